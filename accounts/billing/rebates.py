"""Credits that were bought and spent lately come off the first club payment, at what was paid for them."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from django.db.models import Max
from django.utils import timezone

from credits.models import LotKind, LotMovement, TransactionKind
from credits.statements import joined

from ..models import Tier, User
from .lots import grants_of
from .models import Interval, Order
from .objects import PromotionCode

COUNTED_FOR = timedelta(days=30)
# What opening a briefing is posted under: see docs/ledger.md.
FOR_UNLOCKS = "unlock:"
# A coupon for a month reaches the first payment after so many free days, and never the second.
LONGEST_TRIAL_WITH_REBATE = 27


@dataclass(frozen=True, kw_only=True)
class Spent:
    """So many of an order's `of` credits were spent. It cost `paid`, of which `kept` was not paid back."""

    credits: int
    of: int
    paid: int
    kept: int


def worth(spent: Iterable[Spent]) -> int:
    """In minor units, rounded down once, over all of it."""
    return int(sum((value_of(one) for one in spent), Fraction(0)))


def value_of(spent: Spent) -> Fraction:
    return min(Fraction(spent.credits * spent.paid, spent.of), Fraction(spent.kept))


def rebate_for(reader: User, tier: Tier, interval: str, *, now: datetime | None = None) -> int:
    """What comes off the first payment, in minor units of the tier's currency; 0 where nothing does."""
    price = price_of(tier, interval)
    return min(worth(spent_lately(reader, tier.currency, now=now or timezone.now())), price or 0)


def price_of(tier: Tier, interval: str) -> int | None:
    return tier.price_yearly if interval == Interval.YEAR else tier.price_monthly


def fits(trial_days: int, interval: str) -> bool:
    """Whether a coupon can be made that takes something off the first payment and off no other."""
    return interval == Interval.YEAR or trial_days <= LONGEST_TRIAL_WITH_REBATE


def coupon_months(trial_days: int) -> int:
    """With free days before it, the first payment is not the first invoice, which uses up a single coupon."""
    return trial_days // (LONGEST_TRIAL_WITH_REBATE + 1) + 1 if trial_days else 0


def spent_lately(reader: User, currency: str, *, now: datetime) -> list[Spent]:
    by_grant = paid_credits_spent(reader, since=counted_from(reader, now))
    orders = Order.objects.paid().filter(granted__in=by_grant, currency=currency, credits__gt=0)
    return [
        Spent(
            credits=by_grant[order.granted_id],
            of=order.credits,
            paid=order.amount_paid or 0,
            kept=(order.amount_paid or 0) - order.amount_refunded,
        )
        for order in orders
        if order.granted_id
    ]


def counted_from(reader: User, now: datetime) -> datetime:
    """What came off one club payment does not come off the next."""
    joined_at = Order.objects.paid().filter(reader__wallet__in=joined(reader.wallet_id), what=Order.What.CLUB)
    last = joined_at.aggregate(last=Max("paid_at"))["last"]
    return max(now - COUNTED_FOR, last or now - COUNTED_FOR)


def paid_credits_spent(reader: User, *, since: datetime) -> Counter[int]:
    """By grant, the credits of paid lots that paid for what is still open."""
    movements = LotMovement.objects.filter(
        lot__wallet__in=joined(reader.wallet_id),
        lot__kind=LotKind.PAID,
        amount__lt=0,
        transaction__kind=TransactionKind.SPEND,
        transaction__reversed_by=None,
        transaction__created_at__gt=since,
        transaction__idempotency_key__startswith=FOR_UNLOCKS,
    ).select_related("lot")
    grants = grants_of(movement.lot for movement in movements)
    spent: Counter[int] = Counter()
    for movement in movements:
        spent[grants[movement.lot_id]] -= movement.amount
    return spent


def taken_off(code: PromotionCode, *, amount: int, currency: str, product_id: str) -> int:
    """What a code takes off a payment of `amount`: 0 where it is not for this."""
    if code.minimum and (code.minimum_currency != currency or amount < code.minimum):
        return 0
    if code.product_ids and product_id not in code.product_ids:
        return 0
    if code.amount_off:
        return min(code.amount_off, amount) if code.currency == currency else 0
    return int(amount * code.percent_off / 100)
