"""A wallet's statement of a period: its balances at both ends and the lines between, paged or at length."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db.models import Count, Max, Q, QuerySet, Sum

from .models import LedgerAccount, LedgerEntry
from .statements import StatementLine

BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
END = datetime(9999, 12, 31, tzinfo=UTC)
STREAMED = 2000
Posted = dict[str, Any]
POSTED = (
    "transaction_id",
    "transaction__created_at",
    "transaction__kind",
    "transaction__reason",
    "transaction__reference",
)


@dataclass(frozen=True, kw_only=True)
class Statement(Sequence[StatementLine]):
    """A wallet's postings from `start` up to but not including `end`, latest first, sliced by a paginator.

    It ends with what was posted last when it was drawn up: what is posted meanwhile moves none of it.
    """

    wallet_id: int
    debt_id: int
    start: datetime
    end: datetime
    opening: int
    came: int
    went: int
    opening_owed: int
    owed: int
    lines: int
    last: int

    @property
    def closing(self) -> int:
        return self.opening + self.came + self.went

    @property
    def out(self) -> int:
        return -self.went

    @property
    def closing_owed(self) -> int:
        return self.opening_owed + self.owed

    def __len__(self) -> int:
        return self.lines

    def __getitem__(self, wanted):  # type: ignore[no-untyped-def]
        if not isinstance(wanted, slice):
            return self[wanted : wanted + 1][0]
        rows = list(self._posted().order_by("-transaction_id")[wanted])
        newer = self._newer_than(rows[0]) if rows and wanted.start else {"held": 0, "due": 0}
        return list(self._latest_first(rows, newer))

    def __iter__(self) -> Iterator[StatementLine]:
        return iter(self[:])

    def in_order(self) -> Iterator[StatementLine]:
        """Oldest first, read from PostgreSQL as it is asked for: a long statement is never held whole."""
        held, owing = self.opening, self.opening_owed
        for row in self._posted().order_by("transaction_id").iterator(chunk_size=STREAMED):
            held, owing = held + row["held"], owing - row["due"]
            yield _line_of(row, held=held, owing=owing)

    def _newer_than(self, row: Posted) -> dict[str, int]:
        return self._entries().filter(transaction_id__gt=row["transaction_id"]).aggregate(**self._legs())

    def _latest_first(self, rows: list[Posted], newer: dict[str, int]) -> Iterator[StatementLine]:
        held, owing = self.closing - newer["held"], self.closing_owed + newer["due"]
        for row in rows:
            yield _line_of(row, held=held, owing=owing)
            held, owing = held - row["held"], owing + row["due"]

    def _posted(self) -> QuerySet[LedgerEntry, Posted]:
        """A row a transaction. The balances after each are summed anew: a posting that began before midnight
        may come after one that began later, and those of a period have to follow from its own lines."""
        return self._entries().values(*POSTED).annotate(**self._legs())

    def _entries(self) -> QuerySet[LedgerEntry]:
        return LedgerEntry.objects.filter(
            account_id__in=(self.wallet_id, self.debt_id),
            transaction_id__lte=self.last,
            transaction__created_at__gte=self.start,
            transaction__created_at__lt=self.end,
        )

    def _legs(self) -> dict[str, Sum]:
        accounts = {"held": self.wallet_id, "due": self.debt_id}
        return {
            leg: Sum("amount", filter=Q(account_id=account), default=0) for leg, account in accounts.items()
        }


def statement_of(*, wallet_id: int, start: datetime = BEGINNING, end: datetime = END) -> Statement:
    debt_id = LedgerAccount.objects.filter(wallet_id=wallet_id).values_list("id", flat=True).first() or 0
    held, due = Q(account_id=wallet_id), Q(account_id=debt_id)
    earlier = Q(transaction__created_at__lt=start)
    within = Q(transaction__created_at__gte=start, transaction__created_at__lt=end)
    totals = LedgerEntry.objects.filter(account_id__in=(wallet_id, debt_id)).aggregate(
        opening=Sum("amount", filter=held & earlier, default=0),
        came=Sum("amount", filter=held & within & Q(amount__gt=0), default=0),
        went=Sum("amount", filter=held & within & Q(amount__lt=0), default=0),
        opening_owed=-Sum("amount", filter=due & earlier, default=0),
        owed=-Sum("amount", filter=due & within, default=0),
        lines=Count("transaction_id", filter=within, distinct=True),
        last=Max("transaction_id", default=0),
    )
    whole = {name: int(total) for name, total in totals.items()}
    return Statement(wallet_id=wallet_id, debt_id=debt_id, start=start, end=end, **whole)


def _line_of(row: Posted, *, held: int, owing: int) -> StatementLine:
    return StatementLine(
        transaction_id=row["transaction_id"],
        when=row["transaction__created_at"],
        kind=row["transaction__kind"],
        reason=row["transaction__reason"],
        reference=row["transaction__reference"],
        amount=int(row["held"]),
        balance_after=int(held),
        owed_after=int(owing),
    )
