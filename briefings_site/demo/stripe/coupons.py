"""Coupons, promotion codes, and the discounts that they become."""

from typing import Any

from .api import Asked, listed, merged, refuse_missing, retrieved, route
from .errors import invalid
from .expansion import on_demand
from .pagination import page
from .parameters import (
    Required,
    currency,
    flag,
    group,
    listing,
    metadata,
    natural,
    one_of,
    percent,
    positive,
    text,
)
from .periods import months_later
from .store import Object, new_id
from .world import World


@route(
    "POST",
    "/v1/coupons",
    id=text,
    amount_off=positive,
    applies_to=group(products=listing(text)),
    currency=currency,
    duration=one_of("once", "repeating", "forever"),
    duration_in_months=positive,
    max_redemptions=positive,
    metadata=metadata,
    name=text,
    percent_off=percent,
    redeem_by=natural,
)
def create_coupon(world: World, asked: Asked) -> Object:
    duration = asked.get("duration", "once")
    if (asked.get("amount_off") is None) == (asked.get("percent_off") is None):
        raise invalid(
            "You must pass exactly one of: amount_off, percent_off",
            param="percent_off",
            code="parameter_missing",
        )
    if asked.get("amount_off") and not asked.get("currency"):
        raise invalid(
            "You must pass currency when passing amount_off", param="currency", code="parameter_missing"
        )
    if (duration == "repeating") != (asked.get("duration_in_months") is not None):
        raise invalid("duration_in_months belongs to a repeating coupon", param="duration_in_months")
    if world.store.find("coupon", asked.get("id")):
        raise invalid("Coupon already exists.", param="id", code="resource_already_exists")
    coupon = world.new(
        "coupon",
        "coupon",
        id=asked.get("id") or new_id("", 8)[1:],
        amount_off=asked.get("amount_off"),
        currency=asked.get("currency"),
        duration=duration,
        duration_in_months=asked.get("duration_in_months"),
        max_redemptions=asked.get("max_redemptions"),
        metadata=asked.get("metadata", {}),
        name=asked.get("name"),
        percent_off=asked.get("percent_off"),
        redeem_by=asked.get("redeem_by"),
        times_redeemed=0,
        valid=True,
        _products=asked.get("applies_to", {}).get("products"),
    )
    world.tell("coupon.created", coupon)
    return coupon


retrieved("/v1/coupons/{coupon}", "coupon", "coupon")
retrieved("/v1/promotion_codes/{promotion_code}", "promotion_code", "promotion_code")


@on_demand("coupon", "applies_to")
def _applies_to(world: World, coupon: Object) -> Object | None:
    products = world.store.the("coupon", coupon["id"])["_products"]
    return {"products": products} if products else None


@route("POST", "/v1/coupons/{coupon}", metadata=metadata, name=text)
def update_coupon(world: World, asked: Asked) -> Object:
    coupon = world.store.get("coupon", asked.ids["coupon"])
    with world.updating(coupon, "coupon.updated"):
        if "name" in asked.params:
            coupon["name"] = asked.params["name"]
        if "metadata" in asked.params:
            coupon["metadata"] = merged(coupon["metadata"], asked.params["metadata"])
    return coupon


@route("DELETE", "/v1/coupons/{coupon}")
def delete_coupon(world: World, asked: Asked) -> Object:
    coupon = world.store.get("coupon", asked.ids["coupon"])
    del world.store.table("coupon")[coupon["id"]]
    world.tell("coupon.deleted", coupon)
    return {"id": coupon["id"], "object": "coupon", "deleted": True}


@listed("/v1/coupons")
def list_coupons(world: World, asked: Asked) -> Object:
    return page(world.store.where("coupon"), asked.params, url="/v1/coupons")


@route(
    "POST",
    "/v1/promotion_codes",
    active=flag,
    code=text,
    customer=text,
    expires_at=natural,
    max_redemptions=positive,
    metadata=metadata,
    promotion=Required(group(type=Required(one_of("coupon")), coupon=Required(text))),
    restrictions=group(
        first_time_transaction=flag, minimum_amount=positive, minimum_amount_currency=currency
    ),
)
def create_promotion_code(world: World, asked: Asked) -> Object:
    coupon = world.store.find("coupon", asked.params["promotion"]["coupon"])
    if coupon is None:
        raise refuse_missing("coupon", asked.params["promotion"]["coupon"], param="promotion[coupon]")
    code = asked.get("code") or new_id("", 8)[1:].upper()
    if active_code(world, code):
        raise invalid("An active promotion code with `code: " + code + "` already exists.", param="code")
    limits = {"first_time_transaction": False, "minimum_amount": None, "minimum_amount_currency": None}
    made = world.new(
        "promotion_code",
        "promo",
        active=asked.get("active", True),
        code=code,
        customer=asked.get("customer"),
        customer_account=None,
        expires_at=asked.get("expires_at"),
        max_redemptions=asked.get("max_redemptions"),
        metadata=asked.get("metadata", {}),
        promotion={"type": "coupon", "coupon": coupon["id"]},
        restrictions=limits | asked.get("restrictions", {}),
        times_redeemed=0,
    )
    world.tell("promotion_code.created", made)
    return made


@route("POST", "/v1/promotion_codes/{promotion_code}", active=flag, metadata=metadata)
def update_promotion_code(world: World, asked: Asked) -> Object:
    found = world.store.get("promotion_code", asked.ids["promotion_code"])
    with world.updating(found, "promotion_code.updated"):
        if asked.get("active") is not None:
            found["active"] = asked.params["active"]
        if "metadata" in asked.params:
            found["metadata"] = merged(found["metadata"], asked.params["metadata"])
    return found


@listed("/v1/promotion_codes", active=flag, code=text, coupon=text, customer=text)
def list_promotion_codes(world: World, asked: Asked) -> Object:
    found = (
        one
        for one in world.store.where("promotion_code")
        if asked.get("active") in (None, one["active"])
        and (asked.get("code") is None or one["code"].lower() == asked.params["code"].lower())
        and asked.get("coupon") in (None, one["promotion"]["coupon"])
        and asked.get("customer") in (None, one["customer"])
    )
    return page(found, asked.params, url="/v1/promotion_codes")


def active_code(world: World, code: str) -> Object | None:
    found = world.store.where("promotion_code", active=True)
    return next((one for one in found if one["code"].lower() == code.strip().lower()), None)


def usable(world: World, coupon: Object, *, money: str, customer: str | None) -> bool:
    now = world.now_for(customer)
    return (
        coupon["valid"]
        and (coupon["redeem_by"] is None or now < coupon["redeem_by"])
        and (coupon["max_redemptions"] is None or coupon["times_redeemed"] < coupon["max_redemptions"])
        and coupon["currency"] in (None, money)
    )


def usable_code(world: World, promotion: Object, *, money: str, customer: str | None, amount: int) -> bool:
    now = world.now_for(customer)
    limits = promotion["restrictions"]
    least = limits["minimum_amount"] if limits["minimum_amount_currency"] in (None, money) else None
    bought = any(world.store.where("charge", customer=customer, status="succeeded")) if customer else False
    coupon = world.store.find("coupon", promotion["promotion"]["coupon"])
    return (
        promotion["active"]
        and coupon is not None
        and usable(world, coupon, money=money, customer=customer)
        and (promotion["expires_at"] is None or now < promotion["expires_at"])
        and (
            promotion["max_redemptions"] is None or promotion["times_redeemed"] < promotion["max_redemptions"]
        )
        and promotion["customer"] in (None, customer)
        and (least is None or amount >= least)
        and not (limits["first_time_transaction"] and bought)
    )


def resolved(
    world: World, given: list[Object], *, money: str, customer: str | None, amount: int
) -> Object | None:
    """What ``discounts`` of a call ask for, as ``{coupon, promotion_code}``. Raises ApiError."""
    if not given:
        return None
    if len(given) > 1:
        raise invalid("Only one discount can be given", param="discounts")
    one = given[0]
    if code := one.get("promotion_code"):
        if (promotion := world.store.find("promotion_code", code)) is None:
            raise refuse_missing("promotion code", code, param="discounts[0][promotion_code]")
        if not usable_code(world, promotion, money=money, customer=customer, amount=amount):
            raise invalid("This promotion code cannot be redeemed.", param="discounts[0][promotion_code]")
        return {"coupon": promotion["promotion"]["coupon"], "promotion_code": code}
    if (coupon := world.store.find("coupon", one.get("coupon"))) is None:
        raise refuse_missing("coupon", one.get("coupon"), param="discounts[0][coupon]")
    if not usable(world, coupon, money=money, customer=customer):
        raise invalid(f"Coupon expired: {coupon['id']}", param="discounts[0][coupon]", code="coupon_expired")
    return {"coupon": coupon["id"], "promotion_code": None}


def redeem(world: World, chosen: Object, **owner: Any) -> Object:
    """Counts the redemption and gives the discount, which the customer, session or subscription then has."""
    coupon = world.store.the("coupon", chosen["coupon"])
    coupon["times_redeemed"] += 1
    coupon["valid"] = (
        coupon["max_redemptions"] is None or coupon["times_redeemed"] < coupon["max_redemptions"]
    )
    if promotion := world.store.find("promotion_code", chosen["promotion_code"]):
        promotion["times_redeemed"] += 1
        spent = (
            promotion["max_redemptions"] is not None
            and promotion["times_redeemed"] >= promotion["max_redemptions"]
        )
        promotion["active"] = promotion["active"] and not spent
    start = world.now_for(owner.get("customer"))
    end = months_later(start, coupon["duration_in_months"]) if coupon["duration"] == "repeating" else None
    facts: Object = {
        "checkout_session": None,
        "customer": None,
        "customer_account": None,
        "end": end,
        "invoice": None,
    }
    facts |= {"invoice_item": None, "promotion_code": chosen["promotion_code"], "start": start}
    facts |= {
        "source": {"type": "coupon", "coupon": coupon["id"]},
        "subscription": None,
        "subscription_item": None,
    }
    discount = world.new("discount", "di", **(facts | owner))
    for unknown in ("created", "livemode"):
        del discount[unknown]
    world.tell("customer.discount.created", discount)
    return discount


def reduction(coupon: Object | None, amount: int) -> int:
    """What comes off that amount, in minor units."""
    if coupon is None:
        return 0
    if coupon["amount_off"] is not None:
        return int(min(amount, coupon["amount_off"]))
    return min(amount, round(amount * coupon["percent_off"] / 100 + 1e-9))
