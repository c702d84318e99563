"""A club that has to end at once: why, and what is paid back with it.

The wish to end it is a note on our row. Whoever syncs the subscription next carries it out, so that it
outlives an hour without Stripe. What is paid back follows from the reason, the time of the end and what was
paid back before, so a second try adds nothing.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from fractions import Fraction

from django.utils import timezone
from django.utils.dateparse import parse_datetime

from . import disputing
from .alerts import alert
from .gateway import clubs
from .gateway import payments as gateway
from .models import Receipt, Subscription
from .objects import Payment
from .seen import Seen
from .standing import PAID_FOR

End = Subscription.End

Span = tuple[datetime, datetime, int]
A_DAY = timedelta(days=1)


def ask_to_end(held: Subscription, because: Subscription.End, *, now: datetime | None = None) -> None:
    """In the caller's transaction. The first reason stands, but a withdrawal may follow a cancelling."""
    if held.end_because in ("", End.CANCELLED):
        held.end_because, held.end_asked_at = because, now or timezone.now()
        held.save(update_fields=["end_because", "end_asked_at"])


def reason_to_end(held: Subscription, seen: Seen) -> str:
    if held.end_because:
        return held.end_because
    if held.reader.closed_at:
        return End.CLOSED
    if any(disputing.lost(payment.disputes) for payment in seen.payments.values()):
        return End.DISPUTED
    return End.SECOND if senior_to(held) else ""


def senior_to(held: Subscription) -> Subscription | None:
    """The reader's club that stays, if it is another one."""
    best = min(clubs_that_count(held), key=seniority, default=held)
    return None if best.pk == held.pk else best


def juniors_of(held: Subscription) -> list[Subscription]:
    """The reader's clubs that go where this one stays."""
    rivals = [rival for rival in clubs_that_count(held) if rival.pk != held.pk]
    return [rival for rival in rivals if seniority(held) < seniority(rival)]


def clubs_that_count(held: Subscription) -> list[Subscription]:
    return list(Subscription.objects.living().filter(reader=held.reader_id, end_because=""))


def seniority(held: Subscription) -> tuple[bool, datetime, str]:
    """What is paid for stays before what is not, then the older before the newer."""
    return held.status not in PAID_FOR, held.created_at, held.stripe_id


def end_at_stripe(held: Subscription) -> None:
    clubs.cancel_now(held.stripe_id, key=f"end:{held.stripe_id}")
    if held.end_because in (End.SECOND, End.DISPUTED, End.CLOSED):
        why = held.get_end_because_display()
        text = f"Subscription {held.stripe_id} was ended at once. {why}. See docs/billing.md."
        alert("a club was ended", text, key=f"ended:{held.stripe_id}")


def pay_back(held: Subscription, seen: Seen) -> bool:
    """Pay back what is due and was not tried before; whether anything was."""
    due = due_back(held, seen)
    for payment, amount in due:
        gateway.refund(
            intent_id=payment.intent_id,
            amount=amount,
            key=f"end:{held.stripe_id}:{payment.intent_id}:{tried(payment)}",
            order_key=seen.state.order_key,
        )
    tell_of_what_is_left(held, seen, sum(amount for _, amount in due))
    return bool(due)


def due_back(held: Subscription, seen: Seen) -> list[tuple[Payment, int]]:
    """By payment, the newest first, in minor units. What a bank has, or asks for, is not ours to pay back."""
    wanted = total_due(held, seen)
    due = []
    for payment in payments_to_give_from(seen):
        share = min(wanted, payment.amount_received)
        wanted -= share
        if (missing := share - tried(payment)) > 0:
            due.append((payment, missing))
    return due


def payments_to_give_from(seen: Seen) -> list[Payment]:
    paid = [seen.payments[invoice.id] for invoice in seen.invoices if invoice.id in seen.payments]
    return [payment for payment in paid if payment.amount_received and not disputing.held_by_bank(payment)]


def tried(payment: Payment) -> int:
    """What was sent on its way back. Also what failed: a closed card would refuse it for ever."""
    return max(payment.amount_refunded, sum(refund.amount for refund in payment.refunds))


def tell_of_what_is_left(held: Subscription, seen: Seen, made: int) -> None:
    """A refund that failed, or a payment that a bank has."""
    back = sum(payment.amount_refunded for payment in seen.payments.values())
    left = total_due(held, seen) - made - back
    if left > 0:
        text = f"Of subscription {held.stripe_id}, {left} more is owed to its reader than can be paid back."
        alert("something cannot be paid back", text, key=f"owed:{held.stripe_id}:{left}")


def total_due(held: Subscription, seen: Seen) -> int:
    """With what was paid back before, in minor units. Nothing before it has ended."""
    over_since = seen.state.ended_at or seen.state.canceled_at
    if seen.lives or over_since is None:
        return 0
    if held.end_because == End.SECOND:
        return sum(payment.amount_received for payment in seen.payments.values())
    if held.end_because == End.CLOSED:
        return paid_since(held.reader.closed_at, seen)
    if held.end_because == End.MERGED:
        return worth_of_days_to_come(held, at=over_since)
    if held.end_because == End.WITHDRAWN:
        return worth_of_days_to_come(held, at=held.withdrawal.asked_at)
    return 0


def paid_since(moment: datetime | None, seen: Seen) -> int:
    late = [invoice for invoice in seen.invoices if moment and invoice.paid_at and invoice.paid_at > moment]
    return sum(seen.payments[one.id].amount_received for one in late if one.id in seen.payments)


def worth_of_days_to_come(held: Subscription, *, at: datetime) -> int:
    """By our own receipts, so that it can be said while Stripe is away, and is the same afterwards."""
    receipts = held.receipts.filter(kind=Receipt.Kind.RECEIPT)
    return unused([span for receipt in receipts for span in spans_of(receipt)], at=at)


def spans_of(receipt: Receipt) -> Iterator[Span]:
    for line in receipt.lines:
        start, end = parse_datetime(line["period_start"] or ""), parse_datetime(line["period_end"] or "")
        if start and end:
            yield start, end, line["total"]


def unused(spans: Iterable[Span], *, at: datetime) -> int:
    """What was paid for days to come, in minor units. Time given back on a switch counts below 0."""
    value = sum((total * share_left(start, end, at) for start, end, total in spans), Fraction(0))
    return max(0, int(value + Fraction(1, 2)))


def share_left(start: datetime, end: datetime, at: datetime) -> Fraction:
    """By whole days, and a day counts as used when it is over."""
    days = max(1, round((end - start) / A_DAY))
    gone = min(max(0, (at - start) // A_DAY), days)
    return Fraction(days - gone, days)
