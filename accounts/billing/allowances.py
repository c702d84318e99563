"""The credits of a club's months: given once a month that was paid for, and gone where its money is."""

from datetime import datetime, timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone

from credits import ledger
from credits.models import LotKind

from ..models import Tier
from . import clawback
from .lots import granted_by
from .models import Allowance, Interval, Subscription
from .months import PaidPeriod, months_after, months_begun, paid_periods, payer_of
from .seen import Seen

# How often a year's subscription is asked for at most, whose month has come and gave nothing.
ASKED_AGAIN_AFTER = timedelta(hours=6)


def bring_to(held: Subscription, seen: Seen, now: datetime) -> None:
    periods = paid_periods(seen.invoices)
    give(held, seen, periods, now)
    for allowance in held.allowances.select_related("subscription"):
        take_back(allowance, seen, payer_of(allowance.month_start, periods))


def give(held: Subscription, seen: Seen, periods: list[PaidPeriod], now: datetime) -> None:
    """To whoever is a member now: not after the end, and not for what was paid back."""
    if held.membership is None or not held.membership.is_live(now) or held.reader.closed_at:
        return
    given = set(held.allowances.values_list("month_start", flat=True))
    for month in months_begun(periods, now=now):
        if month not in given and not paid_back(seen, payer_of(month, periods)):
            give_month(held, month)


def give_month(held: Subscription, month: datetime) -> None:
    tier = held.tier
    if tier is None or not tier.allowance:
        return
    posting = ledger.grant(
        wallet_id=held.reader.wallet_id,
        amount=tier.allowance,
        kind=LotKind.PROMOTIONAL,
        reason=f"{tier}: credits of the month from {timezone.localdate(month):%-d %B %Y}",
        reference=held.stripe_id,
        key=f"allowance:{held.stripe_id}:{month:%Y-%m-%d}",
        expires_at=expiry_of(tier),
    )
    Allowance.objects.create(
        subscription=held, reader=held.reader, month_start=month, transaction_id=posting.transaction_id
    )


def expiry_of(tier: Tier) -> datetime | None:
    return timezone.now() + timedelta(days=tier.allowance_days) if tier.allowance_days else None


def paid_back(seen: Seen, invoice_id: str | None) -> bool:
    gone, paid = money(seen, invoice_id)
    return 0 < paid <= gone


def money(seen: Seen, invoice_id: str | None) -> tuple[int, int]:
    """What is gone of what was paid, in minor units. An invoice that no payment was needed for: 0 of 0."""
    payment = seen.payments.get(invoice_id or "")
    return (clawback.money_gone(payment), payment.amount_received) if payment else (0, 0)


def take_back(allowance: Allowance, seen: Seen, invoice_id: str | None) -> None:
    """In proportion, spent or not. What expired meanwhile is gone already, and nobody owes it.

    Where the payment is not seen, nothing is known of it and nothing changes.
    """
    gone, paid = money(seen, invoice_id)
    if not paid:
        return
    grant_id = allowance.transaction_id
    given = granted_by(grant_id)
    target = clawback.credits_gone(given, money_gone=gone, paid=paid)
    clawback.bring_to(
        grant_id,
        min(target, max(clawback.taken_back(grant_id), given - clawback.expired(grant_id))),
        key=f"refund:allowance:{allowance.pk}",
        reason="Paid back: credits of the month",
    )


def clubs_with_a_month_due(now: datetime) -> list[Subscription]:
    """A year's subscription renews once a year, and its months come without any news from Stripe."""
    return [held for held in yearly_clubs(now) if a_month_is_due(held, now)]


def yearly_clubs(now: datetime) -> QuerySet[Subscription]:
    living = Subscription.objects.living().filter(interval=Interval.YEAR, end_because="")
    giving = living.filter(tier__allowance__gt=0, membership__ends_at__gt=now)
    return giving.filter(looked_at__lte=now - ASKED_AGAIN_AFTER).filter(
        Q(trial_end=None) | Q(trial_end__lte=now)
    )


def a_month_is_due(held: Subscription, now: datetime) -> bool:
    months = sorted(held.allowances.values_list("month_start", flat=True))
    if not months:
        return True
    return months_after(months[0], months_between(months[0], months[-1]) + 1) <= now


def months_between(first: datetime, last: datetime) -> int:
    return (last.year - first.year) * 12 + last.month - first.month
