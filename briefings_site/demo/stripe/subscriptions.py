"""Subscriptions: begun, billed and ended.

What is asked of them is in steering.py and switching.py, what time does to them in renewals.py.
"""

from typing import Any

from . import drawing_up, invoices
from .api import Asked, listed, retrieved
from .customers import ON_DELETION
from .pagination import page, whole_list
from .parameters import anything, text
from .periods import next_end
from .store import Object, new_id
from .world import World

DAY = 86_400
LIVE = ("trialing", "active", "past_due", "unpaid", "incomplete", "paused")


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


def end_with_customer(world: World, customer: Object) -> None:
    for subscription in world.store.where("subscription", customer=customer["id"]):
        if subscription["status"] in LIVE:
            end(world, subscription)


ON_DELETION.append(end_with_customer)
