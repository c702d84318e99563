"""What a wallet's owner may read: what can be spent, from which lots, and how it came to that."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Sum

from .models import CreditLot, LedgerEntry


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


def spendable(wallet_id: int) -> int:
    """Credits that can be spent now: lots past their expiry do not count, posted away or not."""
    total = CreditLot.objects.spendable().filter(wallet_id=wallet_id).aggregate(n=Sum("remaining", default=0))
    return int(total["n"])


def lots(*, wallet_id: int) -> list[CreditLot]:
    """Lots with something to spend, in the order they will be spent."""
    return list(CreditLot.objects.spendable().filter(wallet_id=wallet_id).in_spending_order())


def statement(*, wallet_id: int, limit: int | None = None) -> list[StatementLine]:
    """Latest first."""
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
