"""Checkout sessions: what is bought, and how long its page is open."""

from typing import Any

from . import coupons, tax
from .api import Asked, listed, refuse_missing, retrieved, route
from .catalogue import amount_in, make_price, make_product
from .checkout_form import SESSION, refuse_contradictions, refuse_unknown_place
from .checkout_sums import known_country, line_items, settle_amounts
from .customers import living, tax_ids
from .errors import invalid
from .pagination import page
from .parameters import Required, group, metadata, one_of, text
from .store import Object, new_id
from .world import World, due

DAY = 86_400


@route("POST", "/v1/checkout/sessions", SESSION)
def create(world: World, asked: Asked) -> Object:
    refuse_contradictions(asked)
    mode = asked.params["mode"]
    customer = living(world, asked.params["customer"]) if asked.get("customer") else None
    refuse_unknown_place(asked, customer)
    lines = [
        _line(world, asked, mode, place, given) for place, given in enumerate(asked.get("line_items", []))
    ]
    money = _money(lines)
    subtotal = sum(line["_amount"] for line in lines)
    chosen = coupons.resolved(
        world, asked.get("discounts", []), money=money, customer=asked.get("customer"), amount=subtotal
    )
    session = _session(world, asked, customer, money)
    session |= {"_lines": lines, "_chosen": chosen}
    session["discounts"] = [chosen] if chosen else []
    settle_amounts(world, session, country=known_country(world, session))
    world.remind(session["expires_at"], "expire session", session["id"], clock=_clock(world, session))
    return session


def _clock(world: World, session: Object) -> str | None:
    return world.clock_of(session["customer"])


def _line(world: World, asked: Asked, mode: str, place: int, given: Object) -> Object:
    where = f"line_items[{place}]"
    price = _price(world, given, where)
    money = asked.get("currency") or price["currency"]
    priced = amount_in(price, money)
    if priced is None:
        raise invalid(f"The price {price['id']} has no amount in {money}.", param=f"{where}[price]")
    if not price["active"]:
        raise invalid("The price specified is inactive. This field only accepts active prices.", param=where)
    if mode == "payment" and price["recurring"]:
        raise invalid(
            "You specified `payment` mode but passed a recurring price. Either switch to `subscription` mode "
            "or use only one-time prices.",
            param=where,
        )
    if (quantity := given.get("quantity")) is None:
        raise invalid("Quantity is required.", param=f"{where}[quantity]", code="parameter_missing")
    product = world.store.the("product", price["product"])
    return {
        "id": new_id("li"),
        "_price": price["id"],
        "_product": product["id"],
        "_recurring": price["recurring"] is not None,
        "_amount": priced[0] * quantity,
        "_inclusive": tax.inclusive(priced[1], money),
        "_currency": money,
        "quantity": quantity,
        "description": product["name"],
        "adjustable_quantity": given.get("adjustable_quantity"),
        "metadata": given.get("metadata", {}),
    }


def _price(world: World, given: Object, where: str) -> Object:
    if (given.get("price") is None) == (given.get("price_data") is None):
        raise invalid(f"You must pass exactly one of: {where}[price], {where}[price_data]", param=where)
    if named := given.get("price"):
        if (price := world.store.find("price", named)) is None:
            raise refuse_missing("price", named, param=f"{where}[price]")
        return price
    data = dict(given["price_data"])
    if data.get("unit_amount") is None:
        raise invalid("Missing required param: unit_amount.", param=f"{where}[price_data][unit_amount]")
    if described := data.pop("product_data", None):
        data["product"] = make_product(world, **described)["id"]
    if world.store.find("product", data.get("product")) is None:
        raise refuse_missing("product", data.get("product"), param=f"{where}[price_data][product]")
    return make_price(world, data)


def _money(lines: list[Object]) -> str:
    currencies = {line["_currency"] for line in lines}
    if len(currencies) > 1:
        raise invalid("All prices on a Checkout Session must have the same currency.", param="line_items")
    return str(currencies.pop())


def _session(world: World, asked: Asked, customer: Object | None, money: str) -> Object:
    now = world.now_for(asked.get("customer"))
    expires_at = asked.get("expires_at", now + DAY)
    if not now + 1800 <= expires_at <= now + DAY:
        raise invalid(
            "The `expires_at` timestamp must be between 30 minutes and 24 hours from Checkout "
            "Session creation.",
            param="expires_at",
        )
    mode = asked.params["mode"]
    named = f"cs_test_{new_id('', 58)[1:]}"
    session = {
        "adaptive_pricing": {"enabled": False},
        "after_expiration": None,
        "allow_promotion_codes": asked.get("allow_promotion_codes"),
        "amount_subtotal": 0,
        "amount_total": 0,
        "automatic_tax": _automatic_tax(asked),
        "billing_address_collection": asked.get("billing_address_collection"),
        "cancel_url": asked.get("cancel_url"),
        "client_reference_id": asked.get("client_reference_id"),
        "client_secret": None,
        "collected_information": None,
        "consent": None,
        "consent_collection": _consent(asked.get("consent_collection")),
        "created": now,
        "currency": money,
        "currency_conversion": None,
        "custom_fields": [],
        "custom_text": dict.fromkeys(
            ("after_submit", "shipping_address", "submit", "terms_of_service_acceptance")
        )
        | asked.get("custom_text", {}),
        "customer": asked.get("customer"),
        "customer_account": None,
        "customer_creation": None
        if customer
        else asked.get("customer_creation", "always" if mode == "subscription" else "if_required"),
        "customer_details": None,
        "customer_email": asked.get("customer_email"),
        "expires_at": expires_at,
        "id": named,
        "integration_identifier": None,
        "invoice": None,
        "invoice_creation": _invoice_creation(asked) if mode == "payment" else None,
        "locale": asked.get("locale"),
        "managed_payments": {"enabled": False},
        "metadata": asked.get("metadata", {}),
        "mode": mode,
        "origin_context": None,
        "payment_intent": None,
        "payment_link": None,
        "payment_method_collection": asked.get("payment_method_collection", "always")
        if mode == "subscription"
        else "if_required",
        "payment_method_configuration_details": None,
        "payment_method_options": asked.get("payment_method_options", {}),
        "payment_method_types": asked.get("payment_method_types", ["card", "sepa_debit"]),
        "payment_status": "unpaid",
        "permissions": None,
        "phone_number_collection": asked.get("phone_number_collection", {"enabled": False}),
        "recovered_from": None,
        "saved_payment_method_options": {
            "allow_redisplay_filters": ["always"],
            "payment_method_remove": "disabled",
        }
        | {"payment_method_save": None}
        | asked.get("saved_payment_method_options", {}),
        "setup_intent": None,
        "shipping_address_collection": None,
        "shipping_cost": None,
        "shipping_options": [],
        "status": "open",
        "submit_type": asked.get("submit_type"),
        "subscription": None,
        "success_url": asked.params["success_url"],
        "tax_id_collection": {"enabled": False, "required": "never"} | asked.get("tax_id_collection", {}),
        "total_details": None,
        "ui_mode": "hosted_page",
        "url": f"{world.address}/c/pay/{named}",
        "wallet_options": None,
        "_payment_intent_data": asked.get("payment_intent_data", {}),
        "_subscription_data": asked.get("subscription_data", {}),
        "_customer_update": asked.get("customer_update", {}),
        "_invoice_data": (asked.get("invoice_creation", {})).get("invoice_data", {}),
    }
    if customer and customer["email"]:
        session["customer_details"] = _details(world, customer)
    return world.new("checkout.session", "cs_test", **session)


def _details(world: World, customer: Object) -> Object:
    return {
        "address": customer["address"],
        "business_name": None,
        "email": customer["email"],
        "individual_name": None,
        "name": customer["name"],
        "phone": customer["phone"],
        "tax_exempt": customer["tax_exempt"],
        "tax_ids": [{"type": one["type"], "value": one["value"]} for one in tax_ids(world, customer["id"])],
    }


def _automatic_tax(asked: Asked) -> Object:
    if not asked.get("automatic_tax", {}).get("enabled"):
        return {"enabled": False, "liability": None, "provider": None, "status": None}
    status = "requires_location_inputs"
    return {"enabled": True, "liability": {"type": "self"}, "provider": "stripe", "status": status}


def _consent(given: Object | None) -> Object | None:
    if given is None:
        return None
    return {"payment_method_reuse_agreement": None, "promotions": None, "terms_of_service": None} | given


def _invoice_creation(asked: Asked) -> Object:
    given = asked.get("invoice_creation", {})
    data = {
        "account_tax_ids": None,
        "custom_fields": None,
        "description": None,
        "footer": None,
        "issuer": None,
    }
    data |= {"metadata": {}, "rendering_options": None} | given.get("invoice_data", {})
    return {"enabled": given.get("enabled", False), "invoice_data": data}


retrieved("/v1/checkout/sessions/{session}", "checkout.session", "session")


@listed(
    "/v1/checkout/sessions",
    customer=text,
    customer_details=group(email=Required(text)),
    payment_intent=text,
    payment_link=text,
    status=one_of("open", "complete", "expired"),
    subscription=text,
)
def list_all(world: World, asked: Asked) -> Object:
    names = ("customer", "payment_intent", "status", "subscription")
    wanted = {name: asked.params[name] for name in names if asked.get(name)}
    email = asked.get("customer_details", {}).get("email")
    found: Any = world.store.where("checkout.session", **wanted)
    if email:
        found = (one for one in found if (one["customer_details"] or {}).get("email") == email)
    return page(found, asked.params, url="/v1/checkout/sessions")


@listed("/v1/checkout/sessions/{session}/line_items")
def list_line_items(world: World, asked: Asked) -> Object:
    session = world.store.get("checkout.session", asked.ids["session"])
    url = f"/v1/checkout/sessions/{session['id']}/line_items"
    return page(line_items(world, session), asked.params, url=url, newest_first=False)


@route("POST", "/v1/checkout/sessions/{session}", metadata=metadata)
def update(world: World, asked: Asked) -> Object:
    session = world.store.get("checkout.session", asked.ids["session"])
    session["metadata"] = {**session["metadata"], **asked.get("metadata", {})}
    return session


@route("POST", "/v1/checkout/sessions/{session}/expire")
def expire(world: World, asked: Asked) -> Object:
    session = world.store.get("checkout.session", asked.ids["session"])
    if session["status"] != "open":
        raise invalid(
            'Only Checkout Sessions with a status in ["open"] can be expired. This one has a status '
            f"of {session['status']}."
        )
    close(world, session)
    return session


@due("expire session")
def expire_when_due(world: World, session: str) -> None:
    found = world.store.find("checkout.session", session)
    if found and found["status"] == "open":
        close(world, found)


def close(world: World, session: Object) -> None:
    session |= {"status": "expired", "url": None}
    world.tell("checkout.session.expired", session)
