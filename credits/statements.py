"""What a wallet's owner may read: what can be spent, from which lots, and how it came to that."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Sum

from .models import AccountKind, CreditLot, LedgerAccount, LedgerEntry
from .words import in_words


@dataclass(frozen=True, kw_only=True)
class StatementLine:
    """`owed_after` is what the reader owed then: credits that were taken back and were spent already."""

    transaction_id: int
    when: datetime
    kind: str
    reason: str
    reference: str
    amount: int
    balance_after: int
    owed_after: int = 0

    @property
    def what(self) -> str:
        return in_words(self.kind, self.amount)

    @property
    def signed(self) -> str:
        """For reading: +3, or −1 with a true minus."""
        return f"{self.amount:+,d}".replace("-", "−") if self.amount else "0"


def spendable(wallet_id: int) -> int:
    """Credits that can be spent now: lots past their expiry do not count, posted away or not."""
    total = CreditLot.objects.spendable().filter(wallet_id=wallet_id).aggregate(n=Sum("remaining", default=0))
    return int(total["n"])


def owed(wallet_id: int) -> int:
    """Credits that the next ones to come in will pay first; nothing is spent until then."""
    debt = LedgerAccount.objects.filter(wallet_id=wallet_id, kind=AccountKind.DEBT).first()
    return -(debt.balance or 0) if debt else 0


def joined(wallet_id: int) -> set[int]:
    """The wallet and all that were merged into it, or into one of these."""
    found, newest = {wallet_id}, {wallet_id}
    while newest:
        merged = LedgerAccount.objects.filter(merged_into__in=newest).values_list("id", flat=True)
        newest = set(merged) - found
        found |= newest
    return found


def lots(*, wallet_id: int) -> list[CreditLot]:
    """Lots with something to spend, in the order they will be spent."""
    return list(CreditLot.objects.spendable().filter(wallet_id=wallet_id).in_spending_order())


def statement(*, wallet_id: int, limit: int | None = None) -> list[StatementLine]:
    """All that happened, latest first."""
    entries = LedgerEntry.objects.filter(account_id=wallet_id).select_related("transaction")
    return [_line(entry) for entry in entries.order_by("-id")[:limit]]


def _line(entry: LedgerEntry) -> StatementLine:
    posted = entry.transaction
    return StatementLine(
        transaction_id=posted.pk,
        when=posted.created_at,
        kind=posted.kind,
        reason=posted.reason,
        reference=posted.reference,
        amount=entry.amount,
        balance_after=entry.balance_after or 0,
    )
