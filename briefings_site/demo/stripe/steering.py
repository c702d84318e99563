"""What is asked of a subscription: to be another, to end, to go on."""

from . import invoices
from .api import Asked, merged, refuse_missing, route
from .customers import attached, living
from .errors import invalid
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
from .prorations import Change, entries_for
from .store import Object
from .subscriptions import bill, end, entries_of, items_of, period_end, remind, remind_of_trial
from .switching import changes_of, start_anew, switch
from .world import World

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
        invoice = switch(world, subscription, changes, asked)
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
        start_anew(world, subscription, now)
        invoice = bill(
            world, subscription, entries_of(world, subscription), reason="subscription_cycle", later=False
        )
        invoices.finalize(world, invoice)
        if invoices.collect(world, invoice) in ("succeeded", "no_payment_required"):
            subscription["status"] = "active"
    if subscription["status"] == "active":
        world.tell("customer.subscription.resumed", subscription)
    return subscription
