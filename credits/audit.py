"""Adds every entry, lot and balance up again and looks for all that does not agree.

All checks are one SQL statement, and one statement reads one snapshot: a check beside writers sees the
ledger as it stood at one moment, whichever transaction it is called in.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import connection

SQL = (Path(__file__).parent / "sql" / "audit.sql").read_text()
COUNTS = 5


@dataclass(frozen=True, kw_only=True)
class Difference:
    """`subject` is the row's id in the table the finding speaks of, `wallets` are those it concerns."""

    finding: str
    subject: int
    detail: str
    wallets: tuple[int, ...] = ()

    def __str__(self) -> str:
        return f"{self.finding} {self.subject}: {self.detail}"

    @property
    def mark(self) -> str:
        """The same as long as it is the same finding, though its figures move on with the ledger."""
        return f"{self.finding} {self.subject}" if self.subject else str(self)


@dataclass(frozen=True, kw_only=True)
class Audit:
    transactions: int
    entries: int
    wallets: int
    lots: int
    held: int
    differences: Sequence[Difference]

    def __str__(self) -> str:
        counted = (
            f"{self.transactions:,} transactions, {self.entries:,} entries, {self.wallets:,} wallets, "
            f"{self.lots:,} lots, {self.held:,} credits held"
        )
        return f"The ledger agrees: {counted}."

    @property
    def first_difference(self) -> Difference | None:
        return self.differences[0] if self.differences else None


def audit() -> Audit:
    with connection.cursor() as cursor:
        cursor.execute(SQL)
        return _audit_of(cursor.fetchall())


def _audit_of(rows: Sequence[Sequence[Any]]) -> Audit:
    transactions, entries, wallets, lots, held = (int(count) for count in rows[0][:COUNTS])
    found = [row[COUNTS:] for row in rows if row[COUNTS] is not None]
    return Audit(
        transactions=transactions,
        entries=entries,
        wallets=wallets,
        lots=lots,
        held=held,
        differences=[
            Difference(finding=finding, subject=subject, detail=detail, wallets=tuple(concerned))
            for finding, subject, detail, concerned in found
        ],
    )
