"""Withdrawing from a contract within 14 days: what comes back, that it was declared, and the money.

Directive 2011/83/EU, Art. 9 (14 days), 11a (a function to withdraw, two steps, confirmed at once; added by
Directive (EU) 2023/2673, in force since 19 June 2026), 14(3) (what was delivered until then is paid for) and
16(m) (no right where credits were spent: see consents.py).
"""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from credits.statements import joined

from ..models import User
from ..turns import take_turn
from . import clawback, ending, receipts
from .errors import Parked
from .gateway import payments
from .models import Order, Receipt, Subscription, Withdrawal
from .settling import sync_order
from .subscribing import sync_subscription

DAYS = 14
SATURDAY = 5

Contract = Order | Subscription


class NothingToWithdraw(Exception):
    """The time is over, it was done before, or nothing is left of it."""


@dataclass(frozen=True, kw_only=True)
class Offer:
    """What a withdrawal would do now: unspent paid `credits` and `bonus` go, `amount` comes back.

    `amount` in minor units of `currency`; `until` is the last moment to declare it.
    """

    credits: int
    bonus: int
    amount: int
    currency: str
    until: datetime


def last_moment(concluded: datetime) -> datetime:
    """The end of the 14th day after it, or of the next working day: Regulation 1182/71, Art. 3(1) and (4)."""
    day = timezone.localdate(concluded) + timedelta(days=DAYS)
    while day.weekday() >= SATURDAY:
        day += timedelta(days=1)
    return timezone.make_aware(datetime.combine(day, time.max))


def offer(contract: Contract, now: datetime) -> Offer | None:
    """None where there is nothing, or no more, to withdraw from."""
    held = meant_by(contract)
    if isinstance(held, Subscription):
        return offer_of_club(held, now)
    return offer_of_credits(held, now) if held else None


def meant_by(contract: Contract) -> Contract | None:
    """Who ordered a club withdraws from what came of the order."""
    if isinstance(contract, Order) and contract.what == Order.What.CLUB:
        return contract.subscriptions.first()
    return contract


def offer_of_credits(order: Order, now: datetime) -> Offer | None:
    """A payment that its bank has taken back, or asks back, is between the two of them."""
    if order.state != Order.State.PAID or order.paid_at is None or order.granted_id is None:
        return None
    until = last_moment(order.paid_at)
    if now > until or hasattr(order, "withdrawal") or is_disputed(order):
        return None
    unspent = clawback.unspent(order.granted_id)
    amount = refundable(
        unspent=unspent,
        gone=clawback.taken_back(order.granted_id),
        bought=order.credits,
        paid=order.amount_paid or 0,
        refunded=order.amount_refunded,
    )
    if not amount:
        return None
    bonus = clawback.unspent(order.bonus_granted_id) if order.bonus_granted_id else 0
    return Offer(credits=unspent, bonus=bonus, amount=amount, currency=order.currency, until=until)


def refundable(*, unspent: int, gone: int, bought: int, paid: int, refunded: int) -> int:
    """What was paid for the unspent ones, in minor units; never what would take a spent one with it."""
    amount = min(receipts.share(paid, unspent, bought), paid - refunded)
    while amount and clawback.credits_gone(bought, money_gone=refunded + amount, paid=paid) > gone + unspent:
        amount -= 1
    return amount


def offer_of_club(held: Subscription, now: datetime) -> Offer | None:
    """Reckoned from our own receipts, so that it can be shown and declared while Stripe is away."""
    paid = list(held.receipts.filter(kind=Receipt.Kind.RECEIPT).order_by("issued_at"))
    until = last_moment(paid[0].issued_at if paid else held.created_at)
    if now > until or hasattr(held, "withdrawal") or is_disputed(held):
        return None
    if not held.lives and not paid:
        return None
    back = sum(-note.total for receipt in paid for note in receipt.corrections.all())
    amount = max(0, ending.worth_of_days_to_come(held, at=now) - back)
    if not amount and not held.lives:
        return None
    currency = paid[0].currency if paid else currency_of(held)
    return Offer(credits=0, bonus=0, amount=amount, currency=currency, until=until)


def is_disputed(contract: Contract) -> bool:
    """Not where a bank merely asks."""
    return contract.disputes.filter(closed_at=None).exclude(status__startswith="warning_").exists()


def currency_of(held: Subscription) -> str:
    return held.order.currency if held.order else ""


@transaction.atomic
def declare(contract: Contract, *, reader: User, statement: str, now: datetime | None = None) -> Withdrawal:
    """The reader withdraws. From now on the credits are gone and the club ends; the money follows.

    Stripe is not asked here: `carry_out` does that, now or when it answers again. Raises
    `NothingToWithdraw`.
    """
    now = now or timezone.now()
    held = meant_by(contract)
    if held is None or held.reader.wallet_id not in joined(reader.wallet_id):
        raise NothingToWithdraw
    held = locked_for_good(held)
    found = offer(held, now)
    if found is None:
        raise NothingToWithdraw
    withdrawal = Withdrawal.objects.create(
        order=held if isinstance(held, Order) else None,
        subscription=held if isinstance(held, Subscription) else None,
        reader=reader,
        asked_at=now,
        statement=statement,
        credits=found.credits,
        amount=found.amount,
        currency=found.currency,
    )
    if isinstance(held, Subscription):
        ending.ask_to_end(held, Subscription.End.WITHDRAWN, now=now)
    else:
        give_credits_back(held, found)
    return withdrawal


def locked_for_good(contract: Contract) -> Contract:
    """Whoever syncs it has the turn first: the two never wait for each other crosswise."""
    if isinstance(contract, Subscription):
        take_turn(f"subscription {contract.stripe_id}")
        return Subscription.objects.select_for_update(no_key=True, of=("self",)).get(pk=contract.pk)
    take_turn(f"order {contract.key}")
    return Order.objects.select_for_update(no_key=True, of=("self",)).get(pk=contract.pk)


def give_credits_back(order: Order, found: Offer) -> None:
    """At once, so that none is spent while its money is on the way. Used bonus credits are not owed."""
    assert order.granted_id is not None
    reason = f"Withdrawn: {order.title}"
    gone = clawback.taken_back(order.granted_id)
    key = f"withdrawal:{order.key}"
    clawback.bring_to(order.granted_id, gone + found.credits, key=f"{key}:paid", reason=reason)
    if order.bonus_granted_id and found.bonus:
        gone = clawback.taken_back(order.bonus_granted_id)
        clawback.bring_to(order.bonus_granted_id, gone + found.bonus, key=f"{key}:bonus", reason=reason)


def carry_out_due() -> int:
    """Pay back what was promised and not yet paid. How many were done."""
    return sum(carry_out(withdrawal) for withdrawal in waiting())


def waiting() -> QuerySet[Withdrawal]:
    return Withdrawal.objects.filter(done_at=None).select_related("order", "subscription").order_by("pk")


def carry_out(withdrawal: Withdrawal) -> bool:
    """Once, however often it is asked for. Raises `Unavailable`, and `PaymentError` where Stripe refuses."""
    if withdrawal.order is not None:
        return pay_credits_back(withdrawal, withdrawal.order)
    assert withdrawal.subscription is not None
    held = sync_subscription(withdrawal.subscription.stripe_id)
    return done(withdrawal) if not held.lives else False


def pay_credits_back(withdrawal: Withdrawal, order: Order) -> bool:
    if not order.payment_intent_id:
        raise Parked(f"withdrawal {withdrawal.pk}: order {order.key} has no payment")
    refund = payments.refund(
        intent_id=order.payment_intent_id,
        amount=withdrawal.amount,
        key=f"withdrawal:{withdrawal.pk}",
        order_key=str(order.key),
    )
    done(withdrawal, refund_id=refund.id)
    sync_order(order.pk)
    return True


def done(withdrawal: Withdrawal, *, refund_id: str = "") -> bool:
    waits = Withdrawal.objects.filter(pk=withdrawal.pk, done_at=None)
    return bool(waits.update(done_at=timezone.now(), refund_id=refund_id))
