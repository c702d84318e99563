"""Prorations: unused time given back at the old price, what is left charged at the new one."""

from dataclasses import dataclass
from fractions import Fraction

from .catalogue import amount_in
from .drawing_up import Entry
from .store import Object
from .world import World


@dataclass(frozen=True, kw_only=True)
class Change:
    """``item`` gets the price and quantity; without a price it goes, without an item it comes."""

    item: Object | None
    price: Object | None
    quantity: int


def entries_for(
    world: World, subscription: Object, changes: list[Change], *, at: int, anew: bool
) -> list[Entry]:
    """When the period begins ``anew``, what is left of the old one is given back, and the new one due."""
    entries = []
    everything = [change.item["id"] for change in changes if change.item]
    if anew:
        unchanged = [item for item in subscription["items"]["data"] if item["id"] not in everything]
        changes = [*changes, *(Change(item=item, price=None, quantity=0) for item in unchanged)]
    for change in changes:
        if change.item:
            entries.append(_given_back(world, subscription, change.item, at))
        if change.price and not anew:
            entries.append(_charged(world, subscription, change, at))
    return [entry for entry in entries if entry.amount]


def _given_back(world: World, subscription: Object, item: Object, at: int) -> Entry:
    price = world.store.the("price", item["price"]["id"])
    amount = _part(_amount(price, subscription) * item["quantity"], item, at)
    return _entry(world, price, item["quantity"], -amount, "Unused time on", item, at)


def _charged(world: World, subscription: Object, change: Change, at: int) -> Entry:
    item = change.item or subscription["items"]["data"][0]
    assert change.price is not None
    amount = _part(_amount(change.price, subscription) * change.quantity, item, at)
    return _entry(world, change.price, change.quantity, amount, "Remaining time on", item, at)


def _amount(price: Object, subscription: Object) -> int:
    priced = amount_in(price, subscription["currency"])
    return priced[0] if priced else int(price["unit_amount"])


def _part(amount: int, item: Object, at: int) -> int:
    start, end = item["current_period_start"], item["current_period_end"]
    left = min(end - start, max(0, end - at))
    return int(Fraction(amount * left, max(1, end - start)) + Fraction(1, 2))


def _entry(
    world: World, price: Object, quantity: int, amount: int, words: str, item: Object, at: int
) -> Entry:
    name = world.store.the("product", price["product"])["name"]
    return Entry(
        amount=amount,
        price=price,
        quantity=quantity,
        description=f"{words} {name}",
        start=at,
        end=item["current_period_end"],
        item=item["id"],
        proration=True,
    )
