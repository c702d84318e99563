"""Events as Stripe makes them: a snapshot of the object, and what its changed fields were before."""

from copy import deepcopy
from typing import TYPE_CHECKING, Any

from .store import Object

if TYPE_CHECKING:
    from .world import World

VERSION = "2026-10-28.endive"


def tell(world: "World", kind: str, obj: Object, previous: Object | None = None) -> None:
    data = {"object": deepcopy(seen(obj))}
    if previous is not None:
        data["previous_attributes"] = previous
    event = world.new(
        "event",
        "evt",
        created=world.now_for(obj["id"] if obj["object"] == "customer" else obj.get("customer")),
        type=kind,
        api_version=VERSION,
        data=data,
        pending_webhooks=0,
        request={"id": world.request.id, "idempotency_key": world.request.idempotency_key},
    )
    event["pending_webhooks"] = world.post.take(world.store, event)


def seen(value: Any) -> Any:
    """What is answered of an object: all but our own keys."""
    if isinstance(value, dict):
        return {key: seen(part) for key, part in value.items() if not key.startswith("_")}
    return [seen(part) for part in value] if isinstance(value, list) else value


def previous_attributes(before: Object, after: Object) -> Object:
    previous: Object = {}
    for key in before.keys() | after.keys():
        old, new = before.get(key), after.get(key)
        if isinstance(old, dict) and isinstance(new, dict):
            if changed := previous_attributes(old, new):
                previous[key] = changed
        elif old != new:
            previous[key] = old
    return previous
