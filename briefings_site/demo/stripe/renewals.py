"""What time does to subscriptions: renewals, ends of trials, retries of what was not paid, and the end."""

from typing import Any

from . import drawing_up, invoices
from .events import seen
from .invoices import subscription_of
from .periods import next_end
from .store import Object, new_id
from .subscriptions import (
    bill,
    end,
    entries_of,
    has_means,
    items_of,
    live_discount,
    period_end,
    remind,
)
from .world import World, due

DAY = 86_400
RETRIES = (3, 5, 7)
RENEWED = ("active", "past_due", "trialing", "unpaid")


@due("renew")
def renew(world: World, subscription: str) -> None:
    found = world.store.find("subscription", subscription)
    if (
        found is None
        or found["status"] not in RENEWED
        or period_end(found) > world.now_for(found["customer"])
    ):
        return
    if found["cancel_at_period_end"]:
        end(world, found, reason="cancellation_requested")
    elif found["status"] == "trialing":
        end_trial(world, found)
    else:
        begin_period(world, found)


@due("end subscription")
def end_when_due(world: World, subscription: str) -> None:
    found = world.store.find("subscription", subscription)
    now = world.now_for(found["customer"]) if found else 0
    if found and found["cancel_at"] and found["cancel_at"] <= now and found["ended_at"] is None:
        end(world, found, reason="cancellation_requested")


def end_trial(world: World, subscription: Object) -> None:
    missing = subscription["trial_settings"]["end_behavior"]["missing_payment_method"]
    if has_means(world, subscription) or missing == "create_invoice":
        begin_period(world, subscription)
    elif missing == "cancel":
        end(world, subscription)
    else:
        with world.updating(subscription, "customer.subscription.updated"):
            subscription["status"] = "paused"
        world.tell("customer.subscription.paused", subscription)


def begin_period(world: World, subscription: Object) -> None:
    with world.updating(subscription, "customer.subscription.updated"):
        for item in items_of(subscription):
            item["current_period_start"] = item["current_period_end"]
            item["current_period_end"] = next_end(
                subscription["billing_cycle_anchor"], item["price"]["recurring"], item["current_period_start"]
            )
        if subscription["status"] == "trialing":
            subscription["status"] = "active"
        entries = entries_of(world, subscription)
        invoice = bill(world, subscription, entries, reason="subscription_cycle", later=True)
    _hold_back(world, subscription, invoice)
    remind(world, subscription)


def _hold_back(world: World, subscription: Object, invoice: Object) -> None:
    """Nothing is collected while collection is paused, or after it was given up."""
    paused = subscription["pause_collection"]
    if subscription["status"] == "unpaid" or (paused and paused["behavior"] == "keep_as_draft"):
        invoice["auto_advance"] = False
    elif paused:
        invoices.finalize(world, invoice)
        (invoices.void if paused["behavior"] == "void" else invoices.write_off)(world, invoice)


@due("announce trial's end")
def announce_trial_end(world: World, subscription: str) -> None:
    found = world.store.find("subscription", subscription)
    now = world.now_for(found["customer"]) if found else 0
    if found and found["status"] == "trialing" and found["trial_end"] - 3 * DAY <= now < found["trial_end"]:
        world.tell("customer.subscription.trial_will_end", found)


@due("announce invoice")
def announce_invoice(world: World, subscription: str) -> None:
    found = world.store.find("subscription", subscription)
    if found is None or found["status"] not in RENEWED or found["cancel_at_period_end"]:
        return
    if not 0 < period_end(found) - world.now_for(found["customer"]) <= 7 * DAY:
        return
    upcoming = preview(world, found)
    world.tell("invoice.upcoming", {key: value for key, value in upcoming.items() if key != "id"})


def preview(world: World, subscription: Object) -> Object:
    """The next renewal's invoice, which is not kept."""
    entries = [drawing_up.Entry(**one) for one in subscription["_pending"]]
    for one in entries_of(world, subscription):
        recurring = one.price["recurring"]
        anchor = subscription["billing_cycle_anchor"]
        after = vars(one) | {"start": one.end, "end": next_end(anchor, recurring, one.end)}
        entries.append(drawing_up.Entry(**after))
    made = upcoming(
        world,
        subscription,
        entries,
        period_start=min(item["current_period_start"] for item in items_of(subscription)),
        next_payment_attempt=period_end(subscription) + invoices.HOUR,
    )
    return dict(seen(made))


def upcoming(world: World, subscription: Object, entries: list[drawing_up.Entry], **more: Any) -> Object:
    """An invoice of these entries, which is not kept."""
    return drawing_up.draw_up(
        world,
        world.store.the("customer", subscription["customer"]),
        entries,
        id=new_id("upcoming_in"),
        money=subscription["currency"],
        reason="upcoming",
        automatic_tax=subscription["automatic_tax"]["enabled"],
        subscription=subscription,
        discount=live_discount(world, subscription),
        period_end=period_end(subscription),
        **more,
    )


def paid(world: World, invoice: Object) -> None:
    found = world.store.find("subscription", subscription_of(invoice))
    if found is None or found["status"] not in ("incomplete", "past_due", "unpaid"):
        return
    first = found["status"] == "incomplete"
    if found["latest_invoice"] == invoice["id"] or not owes(world, found, but=invoice):
        with world.updating(found, "customer.subscription.updated"):
            found["status"] = "active"
    if first:
        remind(world, found)


def owes(world: World, subscription: Object, *, but: Object) -> bool:
    return any(
        one is not but and subscription_of(one) == subscription["id"]
        for one in world.store.where("invoice", status="open")
    )


def failed(world: World, invoice: Object) -> None:
    found = world.store.find("subscription", subscription_of(invoice))
    if found is None or found["status"] == "incomplete":
        return
    retries = world.store.facts.get("retries", RETRIES)
    now = world.now_for(invoice["customer"])
    if invoice.get("_retries", 0) >= len(retries):
        invoice["next_payment_attempt"] = None
        give_up(world, found, invoice)
        return
    invoice["next_payment_attempt"] = now + retries[invoice.get("_retries", 0)] * DAY
    invoice["_retries"] = invoice.get("_retries", 0) + 1
    clock = world.clock_of(invoice["customer"])
    world.remind(invoice["next_payment_attempt"], "retry", invoice["id"], clock=clock)
    if found["status"] in ("active", "trialing"):
        with world.updating(found, "customer.subscription.updated"):
            found["status"] = "past_due"


@due("retry")
def retry(world: World, invoice: str) -> None:
    found = world.store.find("invoice", invoice)
    if found is None or found["status"] != "open" or found["next_payment_attempt"] is None:
        return
    if found["next_payment_attempt"] > world.now_for(found["customer"]):
        return
    subscription = world.store.find("subscription", subscription_of(found))
    if subscription and subscription["status"] not in ("canceled", "incomplete_expired"):
        invoices.collect(world, found)


def give_up(world: World, subscription: Object, invoice: Object) -> None:
    """After the last retry: cancelled unless the account's setting says ``unpaid`` or ``past_due``."""
    wanted = world.store.facts.get("after_retries", "canceled")
    if wanted == "canceled":
        end(world, subscription, reason="payment_failed")
    elif subscription["status"] != wanted:
        with world.updating(subscription, "customer.subscription.updated"):
            subscription["status"] = wanted


@due("expire subscription")
def expire_incomplete(world: World, subscription: str) -> None:
    found = world.store.find("subscription", subscription)
    if found and found["status"] == "incomplete":
        latest = world.store.find("invoice", found["latest_invoice"])
        if latest and latest["status"] == "open":
            invoices.void(world, latest)
        end(world, found)


invoices.ON_PAID.append(paid)
invoices.ON_FAILED.append(failed)
