"""Adds every entry, lot and balance up again and looks for the first that does not agree.

All checks are one SQL statement, and one statement reads one snapshot: a check beside writers sees the
ledger as it stood at one moment, whichever transaction it is called in.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from django.db import connection

SQL = (Path(__file__).parent / "sql" / "audit.sql").read_text()


@dataclass(frozen=True, kw_only=True)
class Difference:
    """`subject` is the row's id in the table the finding speaks of."""

    finding: str
    subject: int
    detail: str

    def __str__(self) -> str:
        return f"{self.finding} {self.subject}: {self.detail}"


@dataclass(frozen=True, kw_only=True)
class Audit:
    transactions: int
    entries: int
    wallets: int
    lots: int
    held: int
    first_difference: Difference | None

    def __str__(self) -> str:
        counted = (
            f"{self.transactions:,} transactions, {self.entries:,} entries, {self.wallets:,} wallets, "
            f"{self.lots:,} lots, {self.held:,} credits held"
        )
        return f"The ledger agrees: {counted}."


def audit() -> Audit:
    with connection.cursor() as cursor:
        cursor.execute(SQL)
        return _audit_of(cursor.fetchone())


def _audit_of(row: Iterable[object]) -> Audit:
    *counts, finding, subject, detail = row
    transactions, entries, wallets, lots, held = (int(str(count)) for count in counts)
    difference = None
    if finding is not None:
        difference = Difference(finding=str(finding), subject=int(str(subject)), detail=str(detail))
    return Audit(
        transactions=transactions,
        entries=entries,
        wallets=wallets,
        lots=lots,
        held=held,
        first_difference=difference,
    )
