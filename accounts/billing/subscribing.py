"""The one place where a subscription at Stripe becomes a membership, its credits and its receipts.

Whatever was heard of it, all of it is asked for anew and our rows are brought to that. See
docs/decisions/0026-memberships-follow-the-whole-state.md.

Locks: the subscription's turn, the turn of its reader's clubs, then the wallet.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from ..models import Membership, User
from ..turns import take_turn
from . import allowances, club_money, ending, standing
from .alerts import alert
from .errors import Foreign, Parked
from .models import Order, StripeCustomer, StripePrice, Subscription
from .objects import SubscriptionState
from .seen import Seen, look_at

AN_INSTANT = timedelta(microseconds=1)


def sync_subscription(stripe_id: str, *, now: datetime | None = None) -> Subscription:
    """Bring membership, allowances and receipts to what Stripe says now, and end what has to end.

    Raises `Foreign` for one that no order of ours asked for, `Parked` where order and subscription do not
    fit, `Unavailable`, and of `PaymentError` what Stripe refused. Nothing is written then.
    """
    now = now or timezone.now()
    with transaction.atomic():
        asked_at = take_turn(f"subscription {stripe_id}")
        seen = look_at(stripe_id, now=now)
        order = order_of(seen.state)
        held = written(seen, order, reader_in_turn(order), asked_at)
        club_money.account_for(held, seen)
        seen, before = end_where_it_must(held, seen, now), seen
        if seen is not before:
            club_money.account_for(held, seen)
        hold_membership(held, seen, now)
        allowances.bring_to(held, seen, now)
    return held


def order_of(state: SubscriptionState) -> Order:
    if not state.order_key:
        raise Foreign(f"{state.id} names no order")
    if state.livemode != settings.STRIPE_LIVEMODE:
        raise Parked(f"{state.id} and this site's key are not both live, or both for tests")
    order = Order.objects.select_related("reader").filter(key=state.order_key, what=Order.What.CLUB).first()
    if order is None:
        raise Foreign(f"{state.id} names an order that is not here")
    return order


def reader_in_turn(order: Order) -> User:
    """Whose club it is by now. Their clubs are looked at one by one, and not while they are merged."""
    reader = order.reader.by_now
    while True:
        take_turn(clubs_of(reader))
        by_now = User.objects.get(pk=order.reader_id).by_now
        if by_now.pk == reader.pk:
            return by_now
        reader = by_now


def clubs_of(reader: User) -> str:
    return f"clubs of {reader.pk}"


def written(seen: Seen, order: Order, reader: User, asked_at: datetime) -> Subscription:
    state = seen.state
    if not StripeCustomer.objects.filter(stripe_id=state.customer_id, reader=reader).exists():
        raise Parked(f"{state.id} is of order {order.key}, and {state.customer_id} is not its reader")
    price = StripePrice.objects.filter(stripe_id=state.price_id, tier__isnull=False).first()
    if price is None and seen.lives:
        text = f"Subscription {state.id} is on {state.price_id}, which no tier of ours has. It opens nothing."
        alert("a club is on an unknown price", text, key=f"price:{state.id}:{state.price_id}")
    return Subscription.objects.update_or_create(
        stripe_id=state.id,
        defaults={
            "reader": reader,
            "order": order,
            "tier": price.tier if price else None,
            "interval": price.interval if price else "",
            "price_id": state.price_id,
            **facts(seen),
            "looked_at": asked_at,
        },
    )[0]


def facts(seen: Seen) -> dict[str, object]:
    state = seen.state
    refused = state.status == standing.REFUSED
    return {
        "status": state.status,
        "livemode": state.livemode,
        "created_at": state.created,
        "period_start": state.period_start,
        "period_end": state.period_end,
        "cancel_at": standing.stops_at(state) if seen.lives else None,
        "trial_end": state.trial_end,
        "ended_at": state.ended_at,
        "past_due_since": (standing.unpaid_since(seen.invoices) or state.period_start) if refused else None,
    }


def end_where_it_must(held: Subscription, seen: Seen, now: datetime) -> Seen:
    """Where this one stays, the reader's others are told, and ended in their turn."""
    if seen.lives and (because := ending.reason_to_end(held, seen)):
        ending.ask_to_end(held, Subscription.End(because), now=now)
        ending.end_at_stripe(held)
        seen = seen_again(held, now)
    elif seen.lives:
        for junior in ending.juniors_of(held):
            ending.ask_to_end(junior, Subscription.End.SECOND, now=now)
    return seen_again(held, now) if ending.pay_back(held, seen) else seen


def seen_again(held: Subscription, now: datetime) -> Seen:
    seen = look_at(held.stripe_id, now=now)
    fresh = facts(seen)
    for name, value in fresh.items():
        setattr(held, name, value)
    # Not all of the row: somebody may ask in this moment that it end.
    held.save(update_fields=[*fresh])
    return seen


def hold_membership(held: Subscription, seen: Seen, now: datetime) -> None:
    until = standing.open_until(
        seen.state,
        price_is_known=held.tier is not None,
        unpaid_since=standing.unpaid_since(seen.invoices),
    )
    if until is not None and until > now:
        open_membership(held, until, now)
    elif held.membership is not None:
        close_membership(held.membership, now)


def open_membership(held: Subscription, until: datetime, now: datetime) -> None:
    assert held.tier is not None
    kept = {"reader": held.reader, "tier": held.tier, "ends_at": until}
    if held.membership is None:
        starts = min(held.created_at, now)
        held.membership = Membership.objects.create(
            source=Membership.Source.PAID, starts_at=starts, note=f"Subscription {held.stripe_id}", **kept
        )
        held.save(update_fields=["membership"])
        return
    for name, value in kept.items():
        setattr(held.membership, name, value)
    held.membership.save(update_fields=[*kept])


def close_membership(membership: Membership, now: datetime) -> None:
    if membership.is_live(now) or membership.starts_at > now:
        membership.ends_at = max(now, membership.starts_at + AN_INSTANT)
        membership.save(update_fields=["ends_at"])
