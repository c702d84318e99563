"""A subscription to something else: other prices, another number of them, another period."""

from .api import Asked, refuse_missing
from .errors import invalid
from .periods import next_end
from .prorations import Change, entries_for
from .store import Object
from .subscriptions import bill, entries_of, items_of, make_item, period_end, plan, remind
from .world import World


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


def switch(world: World, subscription: Object, changes: list[Change], asked: Asked) -> Object | None:
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
        start_anew(world, subscription, now)
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


def start_anew(world: World, subscription: Object, now: int) -> None:
    subscription["billing_cycle_anchor"] = now
    for item in items_of(subscription):
        item["current_period_start"] = now
        item["current_period_end"] = next_end(now, item["price"]["recurring"], now)
    if subscription["cancel_at_period_end"]:
        subscription["cancel_at"] = period_end(subscription)
    remind(world, subscription)
