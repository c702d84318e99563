"""Webhook endpoints: who wants to hear of what."""

from .api import Asked, listed, merged, route
from .errors import invalid
from .events import VERSION
from .pagination import page
from .parameters import Required, address_of_page, flag, listing, metadata, one_of, text
from .store import Object, new_id
from .world import World

EVENTS = listing(text)


@route(
    "POST",
    "/v1/webhook_endpoints",
    api_version=one_of(VERSION),
    connect=flag,
    description=text,
    enabled_events=Required(EVENTS),
    metadata=metadata,
    url=Required(address_of_page),
)
def create(world: World, asked: Asked) -> Object:
    _refuse_empty(asked)
    main = world.post.main
    secret = main.secret if main and main.url == asked.params["url"] else f"whsec_{new_id('', 32)[1:]}"
    endpoint = world.new(
        "webhook_endpoint",
        "we",
        api_version=asked.get("api_version"),
        application=None,
        description=asked.get("description"),
        enabled_events=asked.params["enabled_events"],
        metadata=asked.get("metadata", {}),
        status="enabled",
        url=asked.params["url"],
        _secret=secret,
    )
    return endpoint | {"secret": secret}


def _refuse_empty(asked: Asked) -> None:
    if "enabled_events" in asked.params and not asked.get("enabled_events"):
        raise invalid("enabled_events cannot be empty", param="enabled_events")


@route(
    "POST",
    "/v1/webhook_endpoints/{endpoint}",
    description=text,
    disabled=flag,
    enabled_events=EVENTS,
    metadata=metadata,
    url=address_of_page,
)
def update(world: World, asked: Asked) -> Object:
    endpoint = world.store.get("webhook_endpoint", asked.ids["endpoint"])
    _refuse_empty(asked)
    for name in ("description", "enabled_events", "url"):
        if name in asked.params:
            endpoint[name] = asked.params[name]
    if asked.get("disabled") is not None:
        endpoint["status"] = "disabled" if asked.params["disabled"] else "enabled"
    if "metadata" in asked.params:
        endpoint["metadata"] = merged(endpoint["metadata"], asked.params["metadata"])
    return endpoint


@route("GET", "/v1/webhook_endpoints/{endpoint}")
def retrieve(world: World, asked: Asked) -> Object:
    return world.store.get("webhook_endpoint", asked.ids["endpoint"])


@route("DELETE", "/v1/webhook_endpoints/{endpoint}")
def delete(world: World, asked: Asked) -> Object:
    endpoint = world.store.get("webhook_endpoint", asked.ids["endpoint"])
    del world.store.table("webhook_endpoint")[endpoint["id"]]
    return {"id": endpoint["id"], "object": "webhook_endpoint", "deleted": True}


@listed("/v1/webhook_endpoints")
def list_all(world: World, asked: Asked) -> Object:
    return page(world.store.where("webhook_endpoint"), asked.params, url="/v1/webhook_endpoints")
