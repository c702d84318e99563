"""``invoices.create_preview``: what a change or a beginning would cost, and nothing is changed."""

from copy import deepcopy

from . import coupons, drawing_up
from .api import Asked, route
from .customers import living
from .errors import invalid
from .events import seen
from .parameters import Required, anything, currency, flag, group, listing, natural, number_or, one_of, text
from .periods import next_end
from .prorations import entries_for
from .renewals import preview, upcoming
from .steering import BEHAVIOURS, ITEM, refuse_ended
from .store import Object, new_id
from .subscriptions import entries_of, items_of, plan
from .switching import changes_of, restarts
from .world import World


@route(
    "POST",
    "/v1/invoices/create_preview",
    automatic_tax=group(enabled=Required(flag), liability=anything),
    currency=currency,
    customer=text,
    customer_details=anything,
    discounts=listing(group(coupon=text, promotion_code=text, discount=text)),
    preview_mode=one_of("next", "recurring"),
    subscription=text,
    subscription_details=group(
        billing_cycle_anchor=one_of("now", "unchanged"),
        cancel_at=natural,
        cancel_at_period_end=flag,
        cancel_now=flag,
        items=listing(ITEM),
        proration_behavior=BEHAVIOURS,
        proration_date=natural,
        resume_at=one_of("now"),
        start_date=natural,
        trial_end=number_or("now"),
    ),
)
def create_preview(world: World, asked: Asked) -> Object:
    details = Asked(ids={}, params=asked.get("subscription_details", {}))
    if named := asked.get("subscription"):
        subscription = world.store.get("subscription", named, param="subscription")
        refuse_ended(subscription, details)
        return _of_change(world, subscription, details)
    if not asked.get("customer"):
        raise invalid("You must pass customer or subscription.", param="customer", code="parameter_missing")
    return _of_beginning(world, asked, details)


def _of_change(world: World, subscription: Object, details: Asked) -> Object:
    changes = changes_of(world, subscription, details.get("items", []))
    if not changes:
        return preview(world, subscription)
    at = details.get("proration_date", world.now_for(subscription["customer"]))
    behaviour = details.get("proration_behavior", "create_prorations")
    anew = restarts(subscription, changes, details)
    charged = behaviour != "none" and subscription["status"] not in ("trialing", "incomplete")
    entries = entries_for(world, subscription, changes, at=at, anew=anew) if charged else []
    changed = deepcopy(subscription)
    by_id = {item["id"]: item for item in items_of(changed)}
    for change in changes:
        if change.item and change.price:
            item = by_id[change.item["id"]]
            item |= {"price": change.price, "plan": plan(change.price), "quantity": change.quantity}
    changed["_pending"] += [vars(entry) for entry in entries]
    if not anew and behaviour != "always_invoice":
        return preview(world, changed)
    if anew:
        for item in items_of(changed):
            item |= {
                "current_period_start": at,
                "current_period_end": next_end(at, item["price"]["recurring"], at),
            }
        entries += entries_of(world, changed)
    return _drawn(world, changed, entries)


def _drawn(world: World, subscription: Object, entries: list[drawing_up.Entry]) -> Object:
    customer = world.store.the("customer", subscription["customer"])
    return _with_balance(upcoming(world, subscription, entries), customer)


def _with_balance(invoice: Object, customer: Object) -> Object:
    due = invoice["total"] + customer["balance"]
    invoice |= {"starting_balance": customer["balance"], "ending_balance": min(0, due)}
    invoice |= {"amount_due": max(0, due), "amount_remaining": max(0, due)}
    return dict(seen(invoice))


def _of_beginning(world: World, asked: Asked, details: Asked) -> Object:
    customer = living(world, asked.params["customer"])
    nothing: Object = {"items": {"data": []}}
    changes = changes_of(world, nothing, details.get("items", []))
    if not changes:
        raise invalid("Nothing to invoice for customer", code="invoice_upcoming_none")
    now = world.now_for(customer["id"])
    entries = []
    for change in changes:
        assert change.price is not None
        money = asked.get("currency", change.price["currency"])
        end = next_end(now, change.price["recurring"], now)
        entries.append(
            drawing_up.entry(
                world, change.price, change.quantity, money=money, start=now, end=end, item=new_id("si")
            )
        )
    total = sum(entry.amount for entry in entries)
    chosen = coupons.resolved(
        world, asked.get("discounts", []), money=money, customer=customer["id"], amount=total
    )
    made = drawing_up.draw_up(
        world,
        customer,
        entries,
        id=new_id("upcoming_in"),
        money=money,
        reason="upcoming",
        automatic_tax=asked.get("automatic_tax", {}).get("enabled", False),
        discount=chosen and {"id": new_id("di"), "source": {"coupon": chosen["coupon"], "type": "coupon"}},
    )
    return _with_balance(made, customer)
