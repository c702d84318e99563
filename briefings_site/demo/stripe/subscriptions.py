"""Subscriptions: begun, changed, cancelled and resumed. What time does to them is in renewals.py."""

from typing import Any

from . import drawing_up, invoices
from .api import Asked, listed, merged, refuse_missing, retrieved, route
from .customers import ON_DELETION, attached, living
from .errors import invalid
from .pagination import page, whole_list
from .parameters import (
    Required,
    anything,
    flag,
    group,
    listing,
    metadata,
    natural,
    number_or,
    one_of,
    positive,
    text,
)
from .periods import next_end
from .prorations import Change, entries_for
from .store import Object, new_id
from .world import World

DAY = 86_400
LIVE = ("trialing", "active", "past_due", "unpaid", "incomplete", "paused")
BEHAVIOURS = one_of("create_prorations", "always_invoice", "none")
DETAILS = group(
    comment=text,
    feedback=one_of(
        "customer_service",
        "low_quality",
        "missing_features",
        "other",
        "switched_service",
        "too_complex",
        "too_expensive",
        "unused",
    ),
)


def begin(
    world: World, customer: Object, priced: list[tuple[Object, int]], *, money: str, **known: Any
) -> Object:
    """Incomplete, with its first period from now on; told to nobody yet."""
    now = world.now_for(customer["id"])
    subscription = world.new("subscription", "sub", **_blank(customer, money, now) | known)
    end = known.get("trial_end")
    items = [
        make_item(world, subscription, price, quantity, start=now, end=end) for price, quantity in priced
    ]
    subscription["items"] = whole_list(items, url=f"/v1/subscription_items?subscription={subscription['id']}")
    return subscription


def _blank(customer: Object, money: str, now: int) -> Object:
    return {
        "application": None,
        "application_fee_percent": None,
        "automatic_tax": {"disabled_reason": None, "enabled": False, "liability": None},
        "billing_cycle_anchor": now,
        "billing_cycle_anchor_config": None,
        "billing_mode": {"type": "flexible", "flexible": {"proration_discounts": "included"}},
        "billing_schedules": [],
        "billing_thresholds": None,
        "cancel_at": None,
        "cancel_at_period_end": False,
        "canceled_at": None,
        "cancellation_details": {"comment": None, "feedback": None, "reason": None},
        "collection_method": "charge_automatically",
        "currency": money,
        "customer": customer["id"],
        "customer_account": None,
        "days_until_due": None,
        "default_payment_method": None,
        "default_source": None,
        "default_tax_rates": [],
        "description": None,
        "discounts": [],
        "ended_at": None,
        "invoice_settings": {
            "account_tax_ids": None,
            "custom_fields": None,
            "description": None,
            "footer": None,
            "issuer": {"type": "self"},
        },
        "latest_invoice": None,
        "managed_payments": {"enabled": False},
        "metadata": {},
        "next_pending_invoice_item_invoice": None,
        "on_behalf_of": None,
        "pause_collection": None,
        "payment_settings": {
            "payment_method_options": None,
            "payment_method_types": None,
            "save_default_payment_method": "off",
        },
        "pending_invoice_item_interval": None,
        "pending_setup_intent": None,
        "pending_update": None,
        "schedule": None,
        "start_date": now,
        "status": "incomplete",
        "test_clock": customer["test_clock"],
        "transfer_data": None,
        "trial_end": None,
        "trial_settings": {"end_behavior": {"missing_payment_method": "create_invoice"}},
        "trial_start": None,
        "_pending": [],
    }


def make_item(
    world: World, subscription: Object, price: Object, quantity: int, *, start: int, end: int | None
) -> Object:
    return {
        "id": new_id("si", 14),
        "object": "subscription_item",
        "billed_until": None,
        "billing_thresholds": None,
        "created": start,
        "current_period_end": end or next_end(start, price["recurring"], start),
        "current_period_start": start,
        "discounts": [],
        "metadata": {},
        "plan": plan(price),
        "price": price,
        "quantity": quantity,
        "subscription": subscription["id"],
        "tax_rates": [],
    }


def plan(price: Object) -> Object:
    return {
        "id": price["id"],
        "object": "plan",
        "active": price["active"],
        "amount": price["unit_amount"],
        "amount_decimal": price["unit_amount_decimal"],
        "billing_scheme": "per_unit",
        "created": price["created"],
        "currency": price["currency"],
        "interval": price["recurring"]["interval"],
        "interval_count": price["recurring"]["interval_count"],
        "livemode": False,
        "metadata": price["metadata"],
        "meter": None,
        "nickname": price["nickname"],
        "product": price["product"],
        "tiers_mode": None,
        "transform_usage": None,
        "trial_period_days": None,
        "usage_type": "licensed",
    }


def items_of(subscription: Object) -> list[Object]:
    found: list[Object] = subscription["items"]["data"]
    return found


def period_end(subscription: Object) -> int:
    return int(max(item["current_period_end"] for item in items_of(subscription)))


def has_means(world: World, subscription: Object) -> bool:
    customer = world.store.the("customer", subscription["customer"])
    named = subscription["default_payment_method"] or customer["invoice_settings"]["default_payment_method"]
    return world.store.find("payment_method", named) is not None


def live_discount(world: World, subscription: Object) -> Object | None:
    now = world.now_for(subscription["customer"])
    for named in subscription["discounts"]:
        discount = world.store.the("discount", named)
        if discount["end"] is None or now < discount["end"]:
            return discount
    return None


def bill(
    world: World, subscription: Object, entries: list[drawing_up.Entry], *, reason: str, later: bool
) -> Object:
    """An invoice of the entries and of what is pending; kept as a draft."""
    customer = world.store.the("customer", subscription["customer"])
    pending = [drawing_up.Entry(**one) for one in subscription["_pending"]]
    subscription["_pending"] = []
    discount = live_discount(world, subscription)
    items = items_of(subscription)
    invoice = drawing_up.draw_up(
        world,
        customer,
        [*pending, *entries],
        money=subscription["currency"],
        reason=reason,
        automatic_tax=subscription["automatic_tax"]["enabled"],
        subscription=subscription,
        discount=discount,
        period_start=min(item["current_period_start"] for item in items),
        period_end=period_end(subscription),
    )
    _use_up(world, subscription, discount, invoice)
    subscription["latest_invoice"] = invoice["id"]
    return invoices.keep(world, invoice, later=later)


def _use_up(world: World, subscription: Object, discount: Object | None, invoice: Object) -> None:
    if discount is None or not any(one["amount"] for one in invoice["total_discount_amounts"]):
        return
    coupon = world.store.find("coupon", discount["source"]["coupon"])
    if coupon is None or coupon["duration"] == "once":
        subscription["discounts"] = [named for named in subscription["discounts"] if named != discount["id"]]


def entries_of(world: World, subscription: Object, *, free: bool = False) -> list[drawing_up.Entry]:
    return [
        drawing_up.entry(
            world,
            world.store.the("price", item["price"]["id"]),
            item["quantity"],
            money=subscription["currency"],
            start=item["current_period_start"],
            end=item["current_period_end"],
            item=item["id"],
            free=free,
        )
        for item in items_of(subscription)
    ]


def remind(world: World, subscription: Object) -> None:
    """Of the end of its period, and of what is announced before."""
    clock = world.clock_of(subscription["customer"])
    end = period_end(subscription)
    world.remind(end, "renew", subscription["id"], clock=clock)
    world.remind(max(end - 7 * DAY, world.now(clock)), "announce invoice", subscription["id"], clock=clock)


def remind_of_trial(world: World, subscription: Object) -> None:
    clock = world.clock_of(subscription["customer"])
    at = max(subscription["trial_end"] - 3 * DAY, world.now(clock))
    world.remind(at, "announce trial's end", subscription["id"], clock=clock)


def end(world: World, subscription: Object, *, reason: str | None = None) -> None:
    now = world.now_for(subscription["customer"])
    status = "incomplete_expired" if subscription["status"] == "incomplete" else "canceled"
    subscription |= {"status": status, "ended_at": now, "canceled_at": subscription["canceled_at"] or now}
    details = subscription["cancellation_details"]
    details["reason"] = details["reason"] or reason
    for invoice in world.store.where("invoice", status="draft"):
        if invoices.subscription_of(invoice) == subscription["id"]:
            invoice["auto_advance"] = False
    kind = "updated" if status == "incomplete_expired" else "deleted"
    world.tell(f"customer.subscription.{kind}", subscription)


retrieved("/v1/subscriptions/{subscription}", "subscription", "id")


@listed(
    "/v1/subscriptions",
    automatic_tax=anything,
    collection_method=text,
    current_period_end=anything,
    current_period_start=anything,
    customer=text,
    price=text,
    status=text,
    test_clock=text,
)
def list_all(world: World, asked: Asked) -> Object:
    status, price = asked.get("status"), asked.get("price")
    found = world.store.where(
        "subscription", **({"customer": asked.params["customer"]} if asked.get("customer") else {})
    )
    chosen = (
        one
        for one in found
        if _has_status(one, status)
        and (price is None or any(item["price"]["id"] == price for item in items_of(one)))
    )
    return page(chosen, asked.params, url="/v1/subscriptions")


def _has_status(subscription: Object, wanted: str | None) -> bool:
    if wanted == "all":
        return True
    ended = subscription["status"] in ("canceled", "incomplete_expired")
    if wanted is None:
        return not ended
    return ended if wanted == "ended" else bool(subscription["status"] == wanted)


ITEM = group(clear_usage=flag, deleted=flag, id=text, metadata=metadata, price=text, quantity=positive)


@route(
    "POST",
    "/v1/subscriptions/{subscription}",
    automatic_tax=group(enabled=Required(flag), liability=anything),
    billing_cycle_anchor=one_of("now", "unchanged"),
    cancel_at=number_or("max_period_end", "min_period_end"),
    cancel_at_period_end=flag,
    cancellation_details=DETAILS,
    default_payment_method=text,
    description=text,
    discounts=listing(group(coupon=text, promotion_code=text, discount=text)),
    items=listing(ITEM),
    metadata=metadata,
    off_session=flag,
    pause_collection=group(
        behavior=Required(one_of("keep_as_draft", "mark_uncollectible", "void")), resumes_at=natural
    ),
    payment_behavior=text,
    payment_settings=anything,
    proration_behavior=BEHAVIOURS,
    proration_date=natural,
    trial_end=number_or("now"),
    trial_settings=anything,
)
def update(world: World, asked: Asked) -> Object:
    subscription = world.store.get("subscription", asked.ids["subscription"])
    refuse_ended(subscription, asked)
    changes = changes_of(world, subscription, asked.get("items", []))
    if method := asked.get("default_payment_method"):
        customer = living(world, subscription["customer"])
        attached(world, customer, method, param="default_payment_method")
    with world.updating(subscription, "customer.subscription.updated"):
        _set_plainly(subscription, asked)
        _set_cancellation(world, subscription, asked)
        invoice = _switch(world, subscription, changes, asked)
        if "trial_end" in asked.params:
            _move_trial(world, subscription, asked.params["trial_end"])
    if invoice:
        invoices.finalize(world, invoice)
        invoices.collect(world, invoice)
    return subscription


def refuse_ended(subscription: Object, asked: Asked) -> None:
    if subscription["status"] in ("canceled", "incomplete_expired") and asked.params.keys() - {
        "metadata",
        "expand",
    }:
        raise invalid(
            "A canceled subscription can only update its cancellation_details and metadata.",
            code="resource_missing" if subscription["status"] == "canceled" else None,
        )
    if asked.get("cancel_at") and asked.get("cancel_at_period_end"):
        raise invalid("You may only specify one of these parameters: cancel_at, cancel_at_period_end.")


def _set_plainly(subscription: Object, asked: Asked) -> None:
    for name in ("default_payment_method", "description", "pause_collection"):
        if name in asked.params:
            subscription[name] = asked.params[name]
    if subscription["pause_collection"]:
        subscription["pause_collection"] = {"resumes_at": None} | subscription["pause_collection"]
    for name in ("automatic_tax", "cancellation_details", "trial_settings"):
        subscription[name] |= asked.get(name, {})
    if "metadata" in asked.params:
        subscription["metadata"] = merged(subscription["metadata"], asked.params["metadata"])


def _set_cancellation(world: World, subscription: Object, asked: Asked) -> None:
    params = asked.params
    if params.get("cancel_at_period_end") is True:
        _will_end(world, subscription, period_end(subscription), at_period_end=True)
    elif params.get("cancel_at") is not None:
        at = params["cancel_at"]
        _will_end(
            world, subscription, at if isinstance(at, int) else period_end(subscription), at_period_end=False
        )
    elif params.get("cancel_at_period_end") is False or "cancel_at" in params:
        subscription |= {"cancel_at": None, "cancel_at_period_end": False, "canceled_at": None}
        subscription["cancellation_details"] = {"comment": None, "feedback": None, "reason": None}


def _will_end(world: World, subscription: Object, at: int, *, at_period_end: bool) -> None:
    now = world.now_for(subscription["customer"])
    if at < now:
        raise invalid("The cancel_at timestamp must be in the future.", param="cancel_at")
    subscription |= {"cancel_at": at, "cancel_at_period_end": at_period_end, "canceled_at": now}
    subscription["cancellation_details"]["reason"] = "cancellation_requested"
    if not at_period_end:
        world.remind(
            at, "end subscription", subscription["id"], clock=world.clock_of(subscription["customer"])
        )


def changes_of(world: World, subscription: Object, given: list[Object]) -> list[Change]:
    """What ``items`` asks for. Raises ApiError."""
    changes = []
    known = {item["id"]: item for item in items_of(subscription)}
    for place, one in enumerate(given):
        item = known.get(one.get("id", ""))
        if one.get("id") and item is None:
            raise refuse_missing("subscription item", one["id"], param=f"items[{place}][id]")
        current = item["price"]["id"] if item else None
        price = world.store.find("price", one.get("price") or current)
        if price is None or price["recurring"] is None:
            raise refuse_missing("price", one.get("price"), param=f"items[{place}][price]")
        if one.get("deleted"):
            price = None
        changes.append(
            Change(item=item, price=price, quantity=one.get("quantity") or (item or {}).get("quantity", 1))
        )
    intervals = {_interval(change.price) for change in changes if change.price}
    if len(intervals) > 1:
        raise invalid("All prices of a subscription must have the same interval here.", param="items")
    return changes


def _interval(price: Object) -> tuple[str, int]:
    return price["recurring"]["interval"], price["recurring"]["interval_count"]


def restarts(subscription: Object, changes: list[Change], asked: Asked) -> bool:
    """Whether the period begins anew: another interval, or because it was asked for."""
    moved = any(
        change.item and change.price and _interval(change.item["price"]) != _interval(change.price)
        for change in changes
    )
    return subscription["status"] != "trialing" and (moved or asked.get("billing_cycle_anchor") == "now")


def _switch(world: World, subscription: Object, changes: list[Change], asked: Asked) -> Object | None:
    """An invoice when one is due now."""
    anew = restarts(subscription, changes, asked)
    if not changes and not anew:
        return None
    now = asked.get("proration_date", world.now_for(subscription["customer"]))
    behaviour = asked.get("proration_behavior", "create_prorations")
    charged = behaviour != "none" and subscription["status"] not in ("trialing", "incomplete")
    entries = entries_for(world, subscription, changes, at=now, anew=anew) if charged else []
    _take_over(world, subscription, changes)
    if anew:
        _start_anew(world, subscription, now)
        entries += entries_of(world, subscription)
    subscription["_pending"] += [vars(entry) for entry in entries]
    if subscription["_pending"] and (anew or behaviour == "always_invoice"):
        return bill(world, subscription, [], reason="subscription_update", later=False)
    return None


def _take_over(world: World, subscription: Object, changes: list[Change]) -> None:
    items = items_of(subscription)
    for change in changes:
        if change.item is None and change.price:
            first = items[0]
            made = make_item(
                world,
                subscription,
                change.price,
                change.quantity,
                start=world.now_for(subscription["customer"]),
                end=first["current_period_end"],
            )
            items.append(made)
        elif change.item and change.price:
            change.item.update(price=change.price, plan=plan(change.price), quantity=change.quantity)
        elif change.item:
            items.remove(change.item)


def _start_anew(world: World, subscription: Object, now: int) -> None:
    subscription["billing_cycle_anchor"] = now
    for item in items_of(subscription):
        item["current_period_start"] = now
        item["current_period_end"] = next_end(now, item["price"]["recurring"], now)
    if subscription["cancel_at_period_end"]:
        subscription["cancel_at"] = period_end(subscription)
    remind(world, subscription)


def _move_trial(world: World, subscription: Object, wanted: int | str | None) -> None:
    now = world.now_for(subscription["customer"])
    end_at = now if wanted in ("now", None) else int(wanted or 0)
    if end_at < now:
        raise invalid("trial_end must be in the future or `now`.", param="trial_end")
    subscription["trial_end"] = end_at
    subscription["trial_start"] = subscription["trial_start"] or now
    subscription["status"] = "trialing"
    for item in items_of(subscription):
        item["current_period_end"] = end_at
    subscription["billing_cycle_anchor"] = end_at
    remind(world, subscription)
    if end_at > now:
        remind_of_trial(world, subscription)
    else:
        world.pass_now(subscription)


@route(
    "DELETE", "/v1/subscriptions/{subscription}", cancellation_details=DETAILS, invoice_now=flag, prorate=flag
)
def cancel(world: World, asked: Asked) -> Object:
    subscription = world.store.get("subscription", asked.ids["subscription"])
    if subscription["status"] in ("canceled", "incomplete_expired"):
        raise refuse_missing("subscription", subscription["id"], param="id")
    subscription["cancellation_details"] |= asked.get("cancellation_details", {})
    if asked.get("prorate"):
        gone = [Change(item=item, price=None, quantity=0) for item in items_of(subscription)]
        now = world.now_for(subscription["customer"])
        subscription["_pending"] += [
            vars(entry) for entry in entries_for(world, subscription, gone, at=now, anew=False)
        ]
    if asked.get("invoice_now") and subscription["_pending"]:
        invoice = bill(world, subscription, [], reason="subscription_update", later=False)
        invoices.finalize(world, invoice)
        invoices.collect(world, invoice)
    end(world, subscription, reason="cancellation_requested")
    return subscription


@route(
    "POST",
    "/v1/subscriptions/{subscription}/resume",
    billing_cycle_anchor=one_of("now", "unchanged"),
    proration_behavior=BEHAVIOURS,
    proration_date=natural,
)
def resume(world: World, asked: Asked) -> Object:
    subscription = world.store.get("subscription", asked.ids["subscription"])
    if subscription["status"] != "paused":
        raise invalid("Only a paused subscription can be resumed.")
    now = world.now_for(subscription["customer"])
    invoice = None
    with world.updating(subscription, "customer.subscription.updated"):
        _start_anew(world, subscription, now)
        invoice = bill(
            world, subscription, entries_of(world, subscription), reason="subscription_cycle", later=False
        )
        invoices.finalize(world, invoice)
        if invoices.collect(world, invoice) in ("succeeded", "no_payment_required"):
            subscription["status"] = "active"
    if subscription["status"] == "active":
        world.tell("customer.subscription.resumed", subscription)
    return subscription


def end_with_customer(world: World, customer: Object) -> None:
    for subscription in world.store.where("subscription", customer=customer["id"]):
        if subscription["status"] in LIVE:
            end(world, subscription)


ON_DELETION.append(end_with_customer)
