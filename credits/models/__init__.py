"""The ledger's tables. Rows are written by `credits.ledger` alone; PostgreSQL holds the promises."""

from .account import LedgerAccount
from .freeze import AccountFreeze
from .kinds import AccountKind, LotKind, TransactionKind
from .lot import CreditLot, CreditLotQuerySet, LotMovement
from .transaction import LedgerEntry, LedgerTransaction

__all__ = [
    "AccountFreeze",
    "AccountKind",
    "CreditLot",
    "CreditLotQuerySet",
    "LedgerAccount",
    "LedgerEntry",
    "LedgerTransaction",
    "LotKind",
    "LotMovement",
    "TransactionKind",
]
