"""Where the credits of an order have gone: to which lots they moved, and which order a lot came from."""

from collections.abc import Iterable

from credits.models import CreditLot


def lots_of(grant_id: int | None) -> list[CreditLot]:
    """The lots of a grant, and those that its credits have moved to since."""
    return CreditLot.objects.filter(transaction=grant_id, parent=None).reached() if grant_id else []


def unspent_of(grant_id: int | None) -> int:
    return sum(lot.remaining for lot in lots_of(grant_id))


def grants_of(lots: Iterable[CreditLot]) -> dict[int, int]:
    """By lot, the grant that its credits first came in by."""
    return {lot.pk: first_lot(lot).transaction_id for lot in lots}


def first_lot(lot: CreditLot) -> CreditLot:
    while lot.parent is not None:
        lot = lot.parent
    return lot


def granted_by(grant_id: int) -> int:
    """Credits that came in by a grant."""
    return sum(lot.granted for lot in CreditLot.objects.filter(transaction=grant_id, parent=None))
