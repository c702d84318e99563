"""The ledger's tables. Rows are written by `credits.ledger` alone; PostgreSQL holds the promises."""

from .account import LedgerAccount
from .audit import LedgerAudit
from .freeze import AccountFreeze
from .kinds import AccountKind, LotKind, TransactionKind
from .lot import CreditLot, CreditLotQuerySet, LotMovement
from .seal import LedgerSeal, SealedTransaction
from .transaction import LedgerEntry, LedgerTransaction

__all__ = [
    "AccountFreeze",
    "AccountKind",
    "CreditLot",
    "CreditLotQuerySet",
    "LedgerAccount",
    "LedgerAudit",
    "LedgerEntry",
    "LedgerSeal",
    "LedgerTransaction",
    "LotKind",
    "LotMovement",
    "SealedTransaction",
    "TransactionKind",
]
