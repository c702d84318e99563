"""Checkout sessions: what is bought, what it comes to, and how long the page is open."""

from typing import Any

from . import coupons, tax
from .api import Asked, listed, refuse_missing, retrieved, route
from .catalogue import BEHAVIOURS, RECURRING, amount_in, make_price, make_product
from .customers import living, tax_ids
from .errors import invalid
from .expansion import on_demand
from .pagination import page, whole_list
from .parameters import (
    Required,
    address_of_page,
    anything,
    currency,
    flag,
    group,
    listing,
    metadata,
    natural,
    one_of,
    positive,
    text,
)
from .reckoning import Line, Reckoned, reckon, tax_of, total_of
from .store import Object, new_id
from .world import World, due

DAY = 86_400
PRICE_DATA = group(
    currency=Required(currency),
    product=text,
    product_data=group(
        name=Required(text),
        description=text,
        images=listing(text),
        metadata=metadata,
        tax_code=text,
        unit_label=text,
    ),
    recurring=RECURRING,
    tax_behavior=BEHAVIOURS,
    unit_amount=natural,
    unit_amount_decimal=text,
)
MESSAGE = group(message=Required(text))
ENABLED = group(enabled=Required(flag))
SUBSCRIPTION_DATA = group(
    billing_cycle_anchor=natural,
    billing_mode=anything,
    description=text,
    invoice_settings=anything,
    metadata=metadata,
    proration_behavior=text,
    trial_end=natural,
    trial_period_days=positive,
    trial_settings=group(
        end_behavior=Required(
            group(
                missing_payment_method=Required(one_of("cancel", "create_invoice", "pause")),
                billing_cycle_anchor=text,
            )
        )
    ),
)


@route(
    "POST",
    "/v1/checkout/sessions",
    adaptive_pricing=ENABLED,
    allow_promotion_codes=flag,
    automatic_tax=group(enabled=Required(flag), liability=anything),
    billing_address_collection=one_of("auto", "required"),
    cancel_url=address_of_page,
    client_reference_id=text,
    consent_collection=group(
        payment_method_reuse_agreement=group(position=Required(one_of("auto", "hidden"))),
        promotions=one_of("auto", "none"),
        terms_of_service=one_of("none", "required"),
    ),
    currency=currency,
    custom_fields=anything,
    custom_text=group(
        after_submit=MESSAGE, shipping_address=MESSAGE, submit=MESSAGE, terms_of_service_acceptance=MESSAGE
    ),
    customer=text,
    customer_creation=one_of("always", "if_required"),
    customer_email=text,
    customer_update=group(
        address=one_of("auto", "never"), name=one_of("auto", "never"), shipping=one_of("auto", "never")
    ),
    discounts=listing(group(coupon=text, promotion_code=text)),
    expires_at=natural,
    invoice_creation=group(
        enabled=Required(flag),
        invoice_data=group(
            account_tax_ids=anything,
            custom_fields=anything,
            description=text,
            footer=text,
            issuer=anything,
            metadata=metadata,
            rendering_options=anything,
        ),
    ),
    line_items=listing(
        group(
            adjustable_quantity=group(enabled=Required(flag), maximum=natural, minimum=natural),
            metadata=metadata,
            price=text,
            price_data=PRICE_DATA,
            quantity=positive,
        )
    ),
    locale=text,
    metadata=metadata,
    mode=Required(one_of("payment", "subscription", "setup")),
    name_collection=anything,
    payment_intent_data=group(
        capture_method=text,
        description=text,
        metadata=metadata,
        receipt_email=text,
        setup_future_usage=one_of("off_session", "on_session"),
        statement_descriptor=text,
        statement_descriptor_suffix=text,
    ),
    payment_method_collection=one_of("always", "if_required"),
    payment_method_configuration=text,
    payment_method_options=anything,
    payment_method_types=listing(text),
    phone_number_collection=ENABLED,
    return_url=address_of_page,
    saved_payment_method_options=group(
        allow_redisplay_filters=listing(text), payment_method_remove=text, payment_method_save=text
    ),
    submit_type=one_of("auto", "book", "donate", "pay", "subscribe"),
    subscription_data=SUBSCRIPTION_DATA,
    success_url=address_of_page,
    tax_id_collection=group(enabled=Required(flag), required=one_of("if_supported", "never")),
    ui_mode=one_of("hosted_page"),
)
def create(world: World, asked: Asked) -> Object:
    _refuse_contradictions(asked)
    mode = asked.params["mode"]
    customer = living(world, asked.params["customer"]) if asked.get("customer") else None
    _refuse_unknown_place(asked, customer)
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


def _refuse_unknown_place(asked: Asked, customer: Object | None) -> None:
    """Tax is reckoned by a customer's own address, unless the page may write it."""
    if customer is None or not asked.get("automatic_tax", {}).get("enabled"):
        return
    known = (customer["address"] or {}).get("country")
    if not known and asked.get("customer_update", {}).get("address") != "auto":
        raise invalid(
            "Automatic tax calculation in Checkout requires a valid address on the Customer. Add a valid "
            "address to the Customer or set either `customer_update[address]` to 'auto' or "
            "`customer_update[shipping]` to 'auto' to save the address entered in Checkout to the Customer.",
            code="customer_tax_location_invalid",
        )


def _clock(world: World, session: Object) -> str | None:
    return world.clock_of(session["customer"])


def _refuse_contradictions(asked: Asked) -> None:
    mode = asked.params["mode"]
    if asked.get("discounts") and asked.get("allow_promotion_codes") is not None:
        raise invalid("You may only specify one of these parameters: allow_promotion_codes, discounts.")
    if asked.get("customer") and (asked.get("customer_email") or asked.get("customer_creation")):
        raise invalid("You may only specify one of these parameters: customer, customer_email.")
    if asked.get("customer_update") and not asked.get("customer"):
        raise invalid("`customer_update` can only be used with `customer`.", param="customer_update")
    collects = asked.get("tax_id_collection", {}).get("enabled") and asked.get("customer")
    if collects and asked.get("customer_update", {}).get("name") != "auto":
        raise invalid(
            "Tax ID collection requires updating business name on the customer. To enable tax ID collection "
            "for an existing customer, please set `customer_update[name]` to `auto`.",
            param="customer_update",
        )
    if mode == "setup":
        raise invalid("This stand-in has no sessions in setup mode.", param="mode")
    if not asked.get("line_items"):
        raise invalid(
            f"`line_items` is required in {mode} mode.", param="line_items", code="parameter_missing"
        )
    if not asked.get("success_url"):
        raise invalid("Missing required param: success_url.", param="success_url", code="parameter_missing")
    ours: dict[str, tuple[str, ...]] = {"subscription": ("subscription_data", "payment_method_collection")}
    ours["payment"] = ("payment_intent_data", "invoice_creation", "customer_creation", "submit_type")
    other = "payment" if mode == "subscription" else "subscription"
    for name in ours[other]:
        if asked.get(name) is not None:
            raise invalid(f"You can not pass `{name}` in `{mode}` mode.", param=name)


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


def known_country(world: World, session: Object) -> str | None:
    customer = world.store.find("customer", session["customer"])
    return customer["address"]["country"] if customer and customer["address"] else None


def levied(
    world: World, session: Object, *, country: str | None, given: list[Object] | None = None
) -> tax.Levy:
    if not session["automatic_tax"]["enabled"]:
        return tax.NONE
    customer = world.store.find("customer", session["customer"])
    exempt = customer["tax_exempt"] if customer else "none"
    return tax.levy(country, given or tax_ids(world, session["customer"]), exempt=exempt)


def trial_days(session: Object) -> bool:
    data = session["_subscription_data"]
    return bool(data.get("trial_period_days") or data.get("trial_end"))


def reckoned(world: World, session: Object, levy: tax.Levy) -> list[Reckoned]:
    """What is due today: nothing of a recurring price during a trial."""
    lines = [
        Line(
            amount=0 if line["_recurring"] and trial_days(session) else line["_amount"],
            inclusive=line["_inclusive"],
            product=line["_product"],
        )
        for line in session["_lines"]
    ]
    coupon = world.store.find("coupon", session["_chosen"]["coupon"]) if session["_chosen"] else None
    return reckon(lines, coupon, levy)


def settle_amounts(
    world: World, session: Object, *, country: str | None, given: list[Object] | None = None
) -> None:
    levy = levied(world, session, country=country, given=given)
    lines = reckoned(world, session, levy)
    session["amount_subtotal"] = sum(line.amount for line in lines)
    session["amount_total"] = total_of(lines)
    discount = sum(line.discount for line in lines)
    session["total_details"] = {
        "amount_discount": discount,
        "amount_shipping": 0,
        "amount_tax": tax_of(lines),
    }
    session["_levy"] = {"percentage": levy.percentage, "country": levy.country, "reason": levy.reason}
    if session["automatic_tax"]["enabled"] and country:
        session["automatic_tax"]["status"] = "complete"
    for kept, line in zip(session["_lines"], lines, strict=True):
        kept |= {
            "_discount": line.discount,
            "_tax": line.tax,
            "_total": line.total,
            "_subtotal": line.amount,
            "_taxable": line.taxable,
        }


def line_items(world: World, session: Object) -> list[Object]:
    return [
        {
            "id": line["id"],
            "object": "item",
            "adjustable_quantity": line["adjustable_quantity"],
            "amount_discount": line["_discount"],
            "amount_subtotal": line["_subtotal"],
            "amount_tax": line["_tax"],
            "amount_total": line["_total"],
            "currency": session["currency"],
            "description": line["description"],
            "metadata": line["metadata"],
            "price": world.store.the("price", line["_price"]),
            "quantity": line["quantity"],
        }
        for line in session["_lines"]
    ]


@on_demand("checkout.session", "line_items")
def _line_items(world: World, session: Object) -> Object:
    kept = world.store.the("checkout.session", session["id"])
    return whole_list(line_items(world, kept), url=f"/v1/checkout/sessions/{session['id']}/line_items")


def line_taxes(session: Object, line: Object) -> list[Object]:
    levy = tax.Levy(**session["_levy"])
    if not session["automatic_tax"]["enabled"] or levy.country is None:
        return []
    rate = tax.rate_object(levy, inclusive=line["_inclusive"], created=session["created"])
    return [
        {
            "amount": line["_tax"],
            "rate": rate,
            "taxability_reason": levy.reason,
            "taxable_amount": line["_taxable"],
        }
    ]


@on_demand("item", "taxes")
def _item_taxes(world: World, item: Object) -> list[Object]:
    session, line = _where_line(world, item["id"])
    return line_taxes(session, line)


@on_demand("item", "discounts")
def _item_discounts(world: World, item: Object) -> list[Object]:
    session, line = _where_line(world, item["id"])
    made = world.store.find("discount", session.get("_discount"))
    return [{"amount": line["_discount"], "discount": made}] if made else []


def _where_line(world: World, wanted: str) -> tuple[Object, Object]:
    return next(
        (session, line)
        for session in world.store.where("checkout.session")
        for line in session["_lines"]
        if line["id"] == wanted
    )


def breakdown(world: World, session: Object) -> Object:
    made = world.store.find("discount", session.get("_discount"))
    discount = session["total_details"]["amount_discount"]
    taxes: list[Object] = []
    for line in session["_lines"]:
        taxes += line_taxes(session, line)
    return {"discounts": [{"amount": discount, "discount": made}] if made else [], "taxes": _summed(taxes)}


def _summed(taxes: list[Object]) -> list[Object]:
    by_rate: dict[str, Object] = {}
    for one in taxes:
        kept = by_rate.setdefault(one["rate"]["id"], one | {"amount": 0, "taxable_amount": 0})
        kept["amount"] += one["amount"]
        kept["taxable_amount"] += one["taxable_amount"]
    return list(by_rate.values())


@on_demand("checkout.session.total_details", "breakdown")
def _breakdown(world: World, session: Object) -> Object:
    return breakdown(world, world.store.the("checkout.session", session["id"]))


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
