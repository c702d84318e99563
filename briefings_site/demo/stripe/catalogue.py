"""Products and prices."""

from typing import Any

from .api import Asked, listed, merged, refuse_missing, retrieved, route
from .errors import invalid
from .expansion import on_demand
from .pagination import page
from .parameters import (
    Required,
    anything,
    currency,
    decimal,
    flag,
    group,
    listing,
    mapping,
    metadata,
    natural,
    one_of,
    positive,
    text,
)
from .store import Object
from .world import World

BEHAVIOURS = one_of("inclusive", "exclusive", "unspecified")
OPTIONS = mapping(group(unit_amount=natural, unit_amount_decimal=decimal, tax_behavior=BEHAVIOURS))
RECURRING = group(
    interval=Required(one_of("day", "week", "month", "year")),
    interval_count=positive,
    trial_period_days=natural,
    usage_type=one_of("licensed", "metered"),
)
PRODUCT: dict[str, Any] = {
    "active": flag,
    "description": text,
    "images": listing(text),
    "marketing_features": listing(group(name=Required(text))),
    "metadata": metadata,
    "package_dimensions": anything,
    "shippable": flag,
    "statement_descriptor": text,
    "tax_code": text,
    "unit_label": text,
    "url": text,
}
INTERVALS = {"day": 1095, "week": 156, "month": 36, "year": 3}


@route(
    "POST",
    "/v1/products",
    PRODUCT,
    id=text,
    name=Required(text),
    type=one_of("good", "service"),
    default_price_data=group(
        currency=Required(currency),
        unit_amount=natural,
        recurring=RECURRING,
        tax_behavior=BEHAVIOURS,
        metadata=metadata,
    ),
)
def create_product(world: World, asked: Asked) -> Object:
    if world.store.find("product", asked.get("id")):
        raise invalid("Product already exists.", param="id", code="resource_already_exists")
    product = make_product(
        world, **{name: value for name, value in asked.params.items() if name in ("id", "name")}
    )
    _change_product(product, asked)
    world.tell("product.created", product)
    if given := asked.get("default_price_data"):
        product["default_price"] = make_price(world, given | {"product": product["id"]})["id"]
    return product


def make_product(world: World, **known: Any) -> Object:
    product: Object = {
        "active": True,
        "default_price": None,
        "description": None,
        "images": [],
        "marketing_features": [],
        "metadata": {},
        "package_dimensions": None,
        "shippable": None,
        "statement_descriptor": None,
        "tax_code": None,
        "type": "service",
        "unit_label": None,
        "updated": world.now(),
        "url": None,
    }
    return world.new("product", "prod", **(product | known))


def _change_product(product: Object, asked: Asked) -> None:
    given = {
        name: value
        for name, value in asked.params.items()
        if name in product and name not in ("id", "metadata")
    }
    product.update(
        {name: [] if value is None and name == "images" else value for name, value in given.items()}
    )
    if "metadata" in asked.params:
        product["metadata"] = merged(product["metadata"], asked.params["metadata"])


@route("POST", "/v1/products/{product}", PRODUCT, name=text, default_price=text)
def update_product(world: World, asked: Asked) -> Object:
    product = world.store.get("product", asked.ids["product"])
    if default := asked.get("default_price"):
        price = world.store.find("price", default)
        if price is None or price["product"] != product["id"]:
            raise refuse_missing("price", default, param="default_price")
    with world.updating(product, "product.updated"):
        _change_product(product, asked)
        product["updated"] = world.now()
    return product


@route("DELETE", "/v1/products/{product}")
def delete_product(world: World, asked: Asked) -> Object:
    product = world.store.get("product", asked.ids["product"])
    if any(world.store.where("price", product=product["id"])):
        raise invalid("This product cannot be deleted because it has one or more user-created prices.")
    del world.store.table("product")[product["id"]]
    world.tell("product.deleted", product)
    return {"id": product["id"], "object": "product", "deleted": True}


@listed("/v1/products", active=flag, ids=listing(text), shippable=flag, url=text)
def list_products(world: World, asked: Asked) -> Object:
    ids = asked.get("ids")
    found = _with(world.store.where("product"), asked, "active", "shippable", "url")
    return page((one for one in found if ids is None or one["id"] in ids), asked.params, url="/v1/products")


def _with(found: Any, asked: Asked, *names: str) -> Any:
    wanted = {name: asked.params[name] for name in names if asked.params.get(name) is not None}
    return (one for one in found if all(one[name] == value for name, value in wanted.items()))


retrieved("/v1/products/{product}", "product", "product")
retrieved("/v1/prices/{price}", "price", "price")


@route(
    "POST",
    "/v1/prices",
    active=flag,
    billing_scheme=one_of("per_unit"),
    currency=Required(currency),
    currency_options=OPTIONS,
    lookup_key=text,
    metadata=metadata,
    nickname=text,
    product=text,
    product_data=group(name=Required(text), id=text, metadata=metadata, tax_code=text, unit_label=text),
    recurring=RECURRING,
    tax_behavior=BEHAVIOURS,
    transfer_lookup_key=flag,
    unit_amount=natural,
    unit_amount_decimal=decimal,
)
def create_price(world: World, asked: Asked) -> Object:
    given = dict(asked.params)
    if (given.get("product") is None) == (given.get("product_data") is None):
        raise invalid(
            "You must pass exactly one of: product, product_data", param="product", code="parameter_missing"
        )
    if given.get("product") and not world.store.find("product", given["product"]):
        raise refuse_missing("product", given["product"], param="product")
    if given.get("unit_amount") is None and given.get("unit_amount_decimal") is None:
        raise invalid("Missing required param: unit_amount.", param="unit_amount", code="parameter_missing")
    _take_lookup_key(world, None, given)
    if data := given.pop("product_data", None):
        product = make_product(world, **data)
        world.tell("product.created", product)
        given["product"] = product["id"]
    return make_price(world, given)


def make_price(world: World, given: Object) -> Object:
    """From parameters that were checked. Amounts in minor units."""
    amount = given.get("unit_amount")
    exact = given.get("unit_amount_decimal") or str(amount)
    if amount is None:
        amount = int(exact) if exact.isdecimal() else None
    recurring = given.get("recurring")
    price = world.new(
        "price",
        "price",
        active=given.get("active", True),
        billing_scheme="per_unit",
        currency=given["currency"],
        custom_unit_amount=None,
        lookup_key=given.get("lookup_key"),
        metadata=merged({}, given.get("metadata")),
        nickname=given.get("nickname"),
        product=given["product"],
        recurring=recurring and _recurring(recurring),
        tax_behavior=given.get("tax_behavior") or "unspecified",
        tiers_mode=None,
        transform_quantity=None,
        type="recurring" if recurring else "one_time",
        unit_amount=amount,
        unit_amount_decimal=exact,
        _currency_options=given.get("currency_options") or {},
    )
    world.tell("price.created", price)
    return price


def _recurring(given: Object) -> Object:
    if given.get("interval_count", 1) > INTERVALS[given["interval"]]:
        raise invalid(
            "The interval_count must not be more than three years", param="recurring[interval_count]"
        )
    kept = {"interval_count": 1, "meter": None, "trial_period_days": None, "usage_type": "licensed"}
    return kept | given


def _take_lookup_key(world: World, price: Object | None, given: Object) -> None:
    """A lookup key belongs to one active price. Raises ApiError unless it is handed over."""
    key = given.get("lookup_key")
    holders = [one for one in world.store.where("price", lookup_key=key) if one is not price] if key else []
    if holders and not given.get("transfer_lookup_key"):
        raise invalid(
            f"A price (`{holders[0]['id']}`) already uses that lookup key.",
            param="lookup_key",
            code="resource_already_exists",
        )
    for holder in holders:
        with world.updating(holder, "price.updated"):
            holder["lookup_key"] = None


@route(
    "POST",
    "/v1/prices/{price}",
    active=flag,
    currency_options=OPTIONS,
    lookup_key=text,
    metadata=metadata,
    nickname=text,
    tax_behavior=BEHAVIOURS,
    transfer_lookup_key=flag,
)
def update_price(world: World, asked: Asked) -> Object:
    price = world.store.get("price", asked.ids["price"])
    wanted = asked.get("tax_behavior")
    if wanted and price["tax_behavior"] not in ("unspecified", wanted):
        raise invalid("You cannot change tax_behavior once it has been set", param="tax_behavior")
    _take_lookup_key(world, price, asked.params)
    with world.updating(price, "price.updated"):
        for name in ("active", "lookup_key", "nickname", "tax_behavior"):
            if name in asked.params:
                price[name] = asked.params[name]
        if "metadata" in asked.params:
            price["metadata"] = merged(price["metadata"], asked.params["metadata"])
    price["_currency_options"] |= asked.get("currency_options", {})
    return price


@listed(
    "/v1/prices",
    active=flag,
    currency=currency,
    lookup_keys=listing(text),
    product=text,
    recurring=group(interval=text, usage_type=text, meter=text),
    type=one_of("one_time", "recurring"),
)
def list_prices(world: World, asked: Asked) -> Object:
    keys = asked.get("lookup_keys")
    interval = asked.get("recurring", {}).get("interval")
    found = (
        one
        for one in _with(world.store.where("price"), asked, "active", "currency", "product", "type")
        if (keys is None or one["lookup_key"] in keys)
        and (interval is None or (one["recurring"] and one["recurring"]["interval"] == interval))
    )
    return page(found, asked.params, url="/v1/prices")


@on_demand("price", "currency_options")
def _currency_options(world: World, price: Object) -> Object:
    kept = world.store.the("price", price["id"])
    own = {"unit_amount": price["unit_amount"], "unit_amount_decimal": price["unit_amount_decimal"]}
    own["tax_behavior"] = price["tax_behavior"]
    options = {price["currency"]: own, **kept["_currency_options"]}
    return {money: _option(option) for money, option in options.items()}


def _option(given: Object) -> Object:
    amount = given.get("unit_amount")
    return {
        "custom_unit_amount": None,
        "tax_behavior": given.get("tax_behavior") or "unspecified",
        "unit_amount": amount,
        "unit_amount_decimal": given.get("unit_amount_decimal") or str(amount),
    }


def amount_in(price: Object, money: str) -> tuple[int, str | None] | None:
    """What one costs in that currency and whether tax is within; None when it has no price in it."""
    if money == price["currency"]:
        return price["unit_amount"], price["tax_behavior"]
    option = price["_currency_options"].get(money)
    return (option["unit_amount"], option.get("tax_behavior") or price["tax_behavior"]) if option else None
