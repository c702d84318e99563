"""The billing portal: what it allows, and who may come in."""

from .api import Asked, listed, merged, route
from .customers import living
from .errors import invalid
from .pagination import page
from .parameters import (
    Required,
    address_of_page,
    anything,
    flag,
    group,
    listing,
    metadata,
    natural,
    one_of,
    text,
)
from .store import Object, new_id
from .world import World

KIND = "billing_portal.configuration"
BEHAVIOURS = one_of("always_invoice", "create_prorations", "none")
REASONS = listing(text)
FEATURES = group(
    customer_update=group(
        allowed_updates=listing(one_of("address", "email", "name", "phone", "shipping", "tax_id")),
        enabled=flag,
    ),
    invoice_history=group(enabled=Required(flag)),
    payment_method_update=group(enabled=Required(flag), payment_method_configuration=text),
    subscription_cancel=group(
        cancellation_reason=group(enabled=Required(flag), options=REASONS),
        enabled=flag,
        mode=one_of("at_period_end", "immediately"),
        proration_behavior=BEHAVIOURS,
    ),
    subscription_update=group(
        billing_cycle_anchor=one_of("now", "unchanged"),
        default_allowed_updates=listing(one_of("price", "promotion_code", "quantity")),
        enabled=flag,
        products=listing(
            group(product=Required(text), prices=Required(listing(text)), adjustable_quantity=anything)
        ),
        proration_behavior=BEHAVIOURS,
        schedule_at_period_end=group(conditions=listing(group(type=Required(text)))),
        trial_update_behavior=one_of("continue_trial", "end_trial"),
    ),
)
PROFILE = group(headline=text, privacy_policy_url=address_of_page, terms_of_service_url=address_of_page)
CHANGEABLE = {
    "business_profile": PROFILE,
    "default_return_url": address_of_page,
    "features": FEATURES,
    "login_page": group(enabled=Required(flag)),
    "metadata": metadata,
    "name": text,
}
NONE_ALLOWED: Object = {
    "customer_update": {"allowed_updates": [], "enabled": False},
    "invoice_history": {"enabled": False},
    "payment_method_update": {"enabled": False, "payment_method_configuration": None},
    "subscription_cancel": {
        "cancellation_reason": {"enabled": False, "options": []},
        "enabled": False,
        "mode": "at_period_end",
        "proration_behavior": "none",
    },
    "subscription_pause": {"duration": {"interval_options": [], "type": "indefinite"}, "enabled": False},
    "subscription_update": {
        "billing_cycle_anchor": None,
        "default_allowed_updates": [],
        "enabled": False,
        "products": [],
        "proration_behavior": "none",
        "schedule_at_period_end": {"conditions": []},
        "trial_update_behavior": "end_trial",
    },
}


@route("POST", "/v1/billing_portal/configurations", CHANGEABLE, features=Required(FEATURES))
def create(world: World, asked: Asked) -> Object:
    first = not any(world.store.where(KIND))
    made = world.new(
        KIND,
        "bpc",
        active=True,
        application=None,
        business_profile={"headline": None, "privacy_policy_url": None, "terms_of_service_url": None},
        default_return_url=None,
        features={name: dict(feature) for name, feature in NONE_ALLOWED.items()},
        is_default=first,
        login_page={"enabled": False, "url": None},
        metadata={},
        name=None,
        updated=world.now(),
    )
    _change(world, made, asked)
    world.tell("billing_portal.configuration.created", made)
    return made


def _change(world: World, made: Object, asked: Asked) -> None:
    _refuse_unknown_prices(world, asked)
    for name in ("default_return_url", "name"):
        if name in asked.params:
            made[name] = asked.params[name]
    made["business_profile"] |= asked.get("business_profile", {})
    made["login_page"] |= asked.get("login_page", {})
    for name, feature in asked.get("features", {}).items():
        made["features"][name] |= feature
    for product in made["features"]["subscription_update"]["products"] or []:
        product.setdefault("adjustable_quantity", {"enabled": False, "maximum": None, "minimum": 1})
    if "metadata" in asked.params:
        made["metadata"] = merged(made["metadata"], asked.params["metadata"])
    made["updated"] = world.now()


def _refuse_unknown_prices(world: World, asked: Asked) -> None:
    for product in asked.get("features", {}).get("subscription_update", {}).get("products") or []:
        for named in product["prices"]:
            price = world.store.find("price", named)
            if price is None or price["product"] != product["product"]:
                raise invalid(f"The price {named} does not belong to {product['product']}.", param="features")


@route("POST", "/v1/billing_portal/configurations/{configuration}", CHANGEABLE, active=flag)
def update(world: World, asked: Asked) -> Object:
    found = world.store.get(KIND, asked.ids["configuration"])
    with world.updating(found, "billing_portal.configuration.updated"):
        _change(world, found, asked)
        if asked.get("active") is not None:
            found["active"] = asked.params["active"]
    return found


@route("GET", "/v1/billing_portal/configurations/{configuration}")
def retrieve(world: World, asked: Asked) -> Object:
    return world.store.get(KIND, asked.ids["configuration"])


@listed("/v1/billing_portal/configurations", active=flag, is_default=flag)
def list_all(world: World, asked: Asked) -> Object:
    wanted = {name: asked.params[name] for name in ("active", "is_default") if asked.get(name) is not None}
    url = "/v1/billing_portal/configurations"
    return page(world.store.where(KIND, **wanted), asked.params, url=url)


@route(
    "POST",
    "/v1/billing_portal/sessions",
    configuration=text,
    customer=Required(text),
    flow_data=group(
        after_completion=group(
            type=Required(one_of("hosted_confirmation", "portal_homepage", "redirect")),
            hosted_confirmation=group(custom_message=text),
            redirect=group(return_url=Required(address_of_page)),
        ),
        subscription_cancel=group(subscription=Required(text), retention=anything),
        subscription_update=group(subscription=Required(text)),
        subscription_update_confirm=group(
            subscription=Required(text),
            items=Required(listing(group(id=Required(text), price=text, quantity=natural))),
            discounts=anything,
        ),
        type=Required(
            one_of(
                "payment_method_update",
                "subscription_cancel",
                "subscription_update",
                "subscription_update_confirm",
            )
        ),
    ),
    locale=text,
    on_behalf_of=text,
    return_url=address_of_page,
)
def create_session(world: World, asked: Asked) -> Object:
    customer = living(world, asked.params["customer"])
    configuration = _configuration(world, asked.get("configuration"))
    _refuse_flow(world, asked.get("flow_data", {}), customer)
    named = new_id("bps")
    session = world.new(
        "billing_portal.session",
        "bps",
        id=named,
        configuration=configuration["id"],
        customer=customer["id"],
        customer_account=None,
        flow=_flow(asked.get("flow_data")),
        locale=asked.get("locale"),
        on_behalf_of=None,
        return_url=asked.get("return_url") or configuration["default_return_url"],
        url=f"{world.address}/p/session/{named}",
    )
    world.tell("billing_portal.session.created", session)
    return session


def _configuration(world: World, named: str | None) -> Object:
    if named:
        return world.store.get(KIND, named, param="configuration")
    found = next(world.store.where(KIND, is_default=True, active=True), None)
    if found is None:
        raise invalid(
            "No configuration provided and your test mode default configuration has not been created. "
            "Provide a configuration or create your default by saving your customer portal settings.",
        )
    return found


def _refuse_flow(world: World, flow: Object, customer: Object) -> None:
    named = (flow.get(flow.get("type", "")) or {}).get("subscription")
    found = world.store.find("subscription", named)
    if named and (found is None or found["customer"] != customer["id"]):
        raise invalid(f"No such subscription: '{named}'", param="flow_data", code="resource_missing")
    if found and found["status"] not in ("active", "trialing", "past_due", "unpaid"):
        raise invalid(f"The subscription is {found['status']}: it cannot be changed here.", param="flow_data")
    if found and found["cancel_at"] and flow["type"] == "subscription_cancel":
        raise invalid("The subscription is already set to be canceled.", param="flow_data")


def _flow(given: Object | None) -> Object | None:
    if given is None:
        return None
    parts = ("subscription_cancel", "subscription_update", "subscription_update_confirm")
    after = {"hosted_confirmation": None, "redirect": None, "type": "portal_homepage"}
    flow = {name: given.get(name) for name in parts}
    if flow["subscription_cancel"]:
        flow["subscription_cancel"] = {"retention": None} | flow["subscription_cancel"]
    return flow | {"after_completion": after | given.get("after_completion", {}), "type": given["type"]}
