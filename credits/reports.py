"""What the books say: the trial balance by day, and what the house owes its readers.

Days are UTC days whatever the time zone of who reads: two people must not see two trial balances.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db.models import Case, DateField, Min, Q, QuerySet, Sum, Value, When
from django.db.models.functions import TruncDate
from django.utils import timezone

from .models import AccountKind, LedgerAccount, LedgerEntry, LedgerTransaction, LotMovement, TransactionKind

Totals = dict[AccountKind, int]
LAST_NUMBER = 2**63 - 1


@dataclass(frozen=True, kw_only=True)
class DayOfBooks:
    """What each kind of account gained (+) or lost (-) on one day."""

    day: date
    moved: Totals

    @property
    def out_of_balance(self) -> int:
        return sum(self.moved.values())


@dataclass(frozen=True, kw_only=True)
class TrialBalance:
    """From ``first`` to ``last``, both included. Days on which nothing was posted are not listed."""

    first: date
    last: date
    opening: Totals
    days: list[DayOfBooks]
    closing: Totals

    @property
    def out_of_balance(self) -> int:
        return sum(self.closing.values())

    @property
    def agrees(self) -> bool:
        return not self.out_of_balance and not any(day.out_of_balance for day in self.days)


def trial_balance(*, first: date, last: date) -> TrialBalance:
    number = first_number(first)
    opening = nothing()
    for kind, moved in sums_before(number):
        opening[AccountKind(kind)] += moved
    days: dict[date, Totals] = defaultdict(nothing)
    for day, kind, moved in sums_by_day(number, first=first, last=last):
        (opening if day is None else days[day])[AccountKind(kind)] += moved
    listed = [DayOfBooks(day=day, moved=days[day]) for day in sorted(days)]
    closing = {kind: opening[kind] + sum(day.moved[kind] for day in listed) for kind in AccountKind}
    return TrialBalance(first=first, last=last, opening=opening, days=listed, closing=closing)


def first_number(day: date) -> int:
    """The lowest of any transaction from that day on: all lower ones are older, with no need to look."""
    later = LedgerTransaction.objects.filter(created_at__gte=start_of(day))
    return int(later.aggregate(n=Min("pk"))["n"] or LAST_NUMBER)


def sums_before(number: int) -> QuerySet[LedgerEntry, tuple[str, int]]:
    older = LedgerEntry.objects.filter(transaction__lt=number).order_by()
    return older.values_list("account__kind").annotate(moved=Sum("amount"))


def sums_by_day(
    number: int, *, first: date, last: date
) -> QuerySet[LedgerEntry, tuple[date | None, str, int]]:
    """From that number on. One that is older all the same, begun before midnight, has None for its day."""
    before = Q(transaction__created_at__lt=start_of(first))
    day = Case(
        When(before, then=Value(None)),
        default=TruncDate("transaction__created_at", tzinfo=UTC),
        output_field=DateField(),
    )
    posted = {"transaction__gte": number, "transaction__created_at__lt": end_of(last)}
    entries = LedgerEntry.objects.filter(**posted).order_by()
    return entries.annotate(day=day).values_list("day", "account__kind").annotate(moved=Sum("amount"))


def nothing() -> Totals:
    return dict.fromkeys(AccountKind, 0)


def start_of(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=UTC)


def end_of(day: date) -> datetime:
    """The first moment that no longer belongs to it."""
    return start_of(day + timedelta(days=1))


@dataclass(frozen=True, kw_only=True)
class ByKind:
    promotional: int = 0
    paid: int = 0

    @property
    def total(self) -> int:
        return self.promotional + self.paid

    def __add__(self, other: "ByKind") -> "ByKind":
        return ByKind(promotional=self.promotional + other.promotional, paid=self.paid + other.paid)


@dataclass(frozen=True, kw_only=True)
class Liability:
    """What moved lots up to and with one day, line by line, and so what readers may still spend.

    Promotional credits were granted, paid ones bought. The lines add up to ``outstanding``. Of that,
    ``overdue`` is past its expiry and not posted away yet, ``closed`` lies in the wallets named as closed.
    ``owed`` is what readers owe the house.
    """

    on: date
    lines: dict[str, ByKind]
    outstanding: ByKind
    overdue: ByKind
    closed: ByKind
    owed: int


GRANTED, SPENT, EXPIRED = "Granted or bought", "Spent", "Expired"
RETURNED, TAKEN_BACK, REFUNDED = "Spends reversed", "Grants reversed", "Refunded"
REPAID, MOVED = "Repaid debts", "Moved between wallets"
LINES = (GRANTED, SPENT, EXPIRED, RETURNED, TAKEN_BACK, REFUNDED, REPAID, MOVED)
LINE_OF = {
    TransactionKind.GRANT: GRANTED,
    TransactionKind.SPEND: SPENT,
    TransactionKind.EXPIRY: EXPIRED,
    TransactionKind.REFUND: REFUNDED,
    TransactionKind.REPAYMENT: REPAID,
    TransactionKind.TRANSFER: MOVED,
    TransactionKind.MERGE: MOVED,
}
REVERSED = {
    TransactionKind.GRANT: TAKEN_BACK,
    TransactionKind.SPEND: RETURNED,
    TransactionKind.REFUND: REFUNDED,
}


def liability(*, on: date, closed_wallets: QuerySet[Any] | None = None) -> Liability:
    rows = list(sums_by_line(on=on, closed_wallets=closed_wallets))
    lines = dict.fromkeys(LINES, ByKind())
    for row in rows:
        lines[line_of(row["transaction__kind"], row["transaction__reverses__kind"])] += amount_of(
            row, "moved"
        )
    return Liability(
        on=on,
        lines=lines,
        outstanding=sum(lines.values(), ByKind()),
        overdue=sum((amount_of(row, "overdue") for row in rows), ByKind()),
        closed=sum((amount_of(row, "closed") for row in rows), ByKind()),
        owed=owed_on(on),
    )


def sums_by_line(*, on: date, closed_wallets: QuerySet[Any] | None) -> Iterable[Mapping[str, Any]]:
    closed = LedgerAccount.objects.none() if closed_wallets is None else closed_wallets
    past = min(end_of(on), timezone.now())
    moved = LotMovement.objects.filter(transaction__created_at__lt=end_of(on)).order_by()
    return moved.values("lot__kind", "transaction__kind", "transaction__reverses__kind").annotate(
        moved=Sum("amount"),
        overdue=Sum("amount", filter=Q(lot__expires_at__lte=past), default=0),
        closed=Sum("amount", filter=Q(lot__wallet__in=closed), default=0),
    )


def line_of(kind: str, reversed_kind: str | None) -> str:
    return (
        LINE_OF[TransactionKind(kind)] if reversed_kind is None else REVERSED[TransactionKind(reversed_kind)]
    )


def amount_of(row: Mapping[str, Any], figure: str) -> ByKind:
    return ByKind(**{row["lot__kind"]: int(row[figure])})


def owed_on(day: date) -> int:
    debts = LedgerEntry.objects.filter(
        account__kind=AccountKind.DEBT, transaction__created_at__lt=end_of(day)
    )
    return -int(debts.aggregate(n=Sum("amount", default=0))["n"])
