"""What a wallet's owner may read: what can be spent, from which lots, and how it came to that."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db.models import Count, Max, Q, QuerySet, Sum, Value, Window

from .models import AccountKind, CreditLot, LedgerAccount, LedgerEntry

BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
END = datetime(9999, 12, 31, tzinfo=UTC)
STREAMED = 2000


@dataclass(frozen=True, kw_only=True)
class StatementLine:
    transaction_id: int
    when: datetime
    kind: str
    reason: str
    reference: str
    amount: int
    balance_after: int

    @property
    def signed(self) -> str:
        """For reading: +3, or −1 with a true minus."""
        return f"{self.amount:+,d}".replace("-", "−")


@dataclass(frozen=True, kw_only=True)
class Statement(Sequence[StatementLine]):
    """A wallet's postings from `start` up to but not including `end`, latest first, sliced by a paginator.

    It ends with the entry that was last when it was drawn up: what is posted meanwhile moves none of it.
    """

    wallet_id: int
    start: datetime
    end: datetime
    opening: int
    came: int
    went: int
    count: int
    last_entry: int

    @property
    def closing(self) -> int:
        return self.opening + self.came + self.went

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, wanted):  # type: ignore[no-untyped-def]
        lines = [_line(entry, entry.running) for entry in self._entries().order_by("-id")[wanted]]
        return lines if isinstance(wanted, slice) else lines[0]

    def in_order(self) -> Iterator[StatementLine]:
        """Oldest first, read from PostgreSQL as it is asked for: a long statement is never held whole."""
        entries = self._entries().order_by("id").iterator(chunk_size=STREAMED)
        return (_line(entry, entry.running) for entry in entries)

    def _entries(self) -> QuerySet[Any]:
        # Summed anew: a posting that began before midnight may come after one that began later, and
        # the balances of a period have to follow from its own lines.
        balance = Value(self.opening) + Window(Sum("amount"), order_by="id")
        return (
            LedgerEntry.objects.filter(account_id=self.wallet_id, id__lte=self.last_entry)
            .filter(_within(self.start, self.end))
            .annotate(running=balance)
            .select_related("transaction")
        )


def spendable(wallet_id: int) -> int:
    """Credits that can be spent now: lots past their expiry do not count, posted away or not."""
    total = CreditLot.objects.spendable().filter(wallet_id=wallet_id).aggregate(n=Sum("remaining", default=0))
    return int(total["n"])


def owed(wallet_id: int) -> int:
    """Credits that the next ones to come in will pay first; nothing is spent until then."""
    debt = LedgerAccount.objects.filter(wallet_id=wallet_id, kind=AccountKind.DEBT).first()
    return -(debt.balance or 0) if debt else 0


def lots(*, wallet_id: int) -> list[CreditLot]:
    """Lots with something to spend, in the order they will be spent."""
    return list(CreditLot.objects.spendable().filter(wallet_id=wallet_id).in_spending_order())


def statement(*, wallet_id: int, limit: int | None = None) -> list[StatementLine]:
    """All that happened, latest first."""
    entries = LedgerEntry.objects.filter(account_id=wallet_id).select_related("transaction")
    return [_line(entry, entry.balance_after or 0) for entry in entries.order_by("-id")[:limit]]


def statement_of(*, wallet_id: int, start: datetime = BEGINNING, end: datetime = END) -> Statement:
    within = _within(start, end)
    totals = LedgerEntry.objects.filter(account_id=wallet_id).aggregate(
        opening=Sum("amount", filter=Q(transaction__created_at__lt=start), default=0),
        came=Sum("amount", filter=within & Q(amount__gt=0), default=0),
        went=Sum("amount", filter=within & Q(amount__lt=0), default=0),
        count=Count("id", filter=within),
        last_entry=Max("id", default=0),
    )
    whole = {name: int(total) for name, total in totals.items()}
    return Statement(wallet_id=wallet_id, start=start, end=end, **whole)


def _within(start: datetime, end: datetime) -> Q:
    return Q(transaction__created_at__gte=start, transaction__created_at__lt=end)


def _line(entry: LedgerEntry, balance_after: int) -> StatementLine:
    posted = entry.transaction
    return StatementLine(
        transaction_id=posted.pk,
        when=posted.created_at,
        kind=posted.kind,
        reason=posted.reason,
        reference=posted.reference,
        amount=entry.amount,
        balance_after=balance_after,
    )
