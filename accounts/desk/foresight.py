"""What reversing a transaction will do, told before it is done, from what remains in the lots."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils import timezone

from credits.models import CreditLot, LedgerTransaction, LotMovement, TransactionKind
from credits.statements import owed

REVERSIBLE = (TransactionKind.GRANT, TransactionKind.SPEND, TransactionKind.REFUND)


@dataclass(frozen=True, kw_only=True)
class Foresight:
    """``amount`` credits move. Of a grant's, ``taken`` are still there and ``owing`` become a debt. Of those
    that come back, ``expiring`` are past their expiry and ``repaying`` go to a debt first.
    """

    amount: int
    taken: int = 0
    owing: int = 0
    returned: int = 0
    expiring: int = 0
    repaying: int = 0

    @property
    def left(self) -> int:
        return self.returned - self.expiring - self.repaying

    @property
    def seen(self) -> str:
        """What a form carries along, so that nobody agrees to something else than they read."""
        return f"{self.amount}:{self.taken}:{self.owing}:{self.expiring}:{self.repaying}"


def foresee(transaction: LedgerTransaction) -> Foresight:
    movements = list(transaction.lot_movements.select_related("lot__wallet"))
    if transaction.kind == TransactionKind.GRANT:
        return of_a_grant(movements)
    return of_what_comes_back(movements)


def of_a_grant(movements: list[LotMovement]) -> Foresight:
    granted = sum(movement.amount for movement in movements)
    left = sum(lot.remaining for lot in lots_of(movements))
    taken = min(granted, left)
    return Foresight(amount=granted, taken=taken, owing=granted - taken)


def of_what_comes_back(movements: list[LotMovement]) -> Foresight:
    returned = taken_by(movements)
    expiring = taken_by(movement for movement in movements if is_past(movement.lot))
    debt = sum(owed(wallet.pk) for wallet in {movement.lot.wallet.holder for movement in movements})
    return Foresight(
        amount=returned,
        returned=returned,
        expiring=expiring,
        repaying=min(debt, returned - expiring),
    )


def taken_by(movements: Iterable[LotMovement]) -> int:
    return -sum(movement.amount + movement.owed for movement in movements)


def is_past(lot: CreditLot) -> bool:
    return lot.expires_at is not None and lot.expires_at <= timezone.now()


def wallets_of(transaction: LedgerTransaction) -> list[int]:
    return [lot.wallet_id for lot in lots_of(transaction.lot_movements.all())]


def lots_of(movements: Iterable[LotMovement]) -> list[CreditLot]:
    """Those of the movements, and those that their credits have moved to since."""
    return CreditLot.objects.filter(pk__in={movement.lot_id for movement in movements}).reached()
