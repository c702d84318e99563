"""Seals what was posted, and reads the seals again: the first row that is not what it was has a name."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from django.db.models import Max, QuerySet
from django.utils import timezone

from .audit import Difference
from .models import LedgerSeal, LedgerTransaction

FOLDER = Path(__file__).parent / "sql"
ROWS = FOLDER / "0007_canonical_rows.sql"
SQL = (FOLDER / "seals.sql").read_text().replace(f"/* {ROWS.name} */", ROWS.read_text())
BATCH = 10_000
DIGEST = 32
COUNTS = 3


@dataclass(frozen=True, kw_only=True)
class SealCheck:
    seals: int
    sealed: int
    unsealed: int
    differences: Sequence[Difference]

    def __str__(self) -> str:
        return (
            f"The seals agree: {self.seals:,} seals on {self.sealed:,} transactions, "
            f"{self.unsealed:,} not sealed yet."
        )

    @property
    def first_difference(self) -> Difference | None:
        return self.differences[0] if self.differences else None


def seal(*, batch: int = BATCH) -> int:
    """Seal all that was committed, a batch at a time, and return how many transactions that were.

    None are left for whoever comes while another seals.
    """
    sealed = 0
    while fresh := _seal(batch):
        sealed += fresh
    return sealed


def _seal(batch: int) -> int:
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute("SELECT ledger_seal(%s)", [batch])
        return int(cursor.fetchone()[0] or 0)


def waiting() -> QuerySet[LedgerTransaction]:
    """What is not sealed yet, of all that a sealer still looks at."""
    yesterday = timezone.now() - timedelta(days=1)
    settled = LedgerSeal.objects.filter(sealed_at__lt=yesterday).aggregate(n=Max("highest", default=0))["n"]
    return LedgerTransaction.objects.filter(pk__gt=settled, sealed__isnull=True)


def check() -> SealCheck:
    with connection.cursor() as cursor:
        cursor.execute(SQL)
        rows = cursor.fetchall()
    seals, sealed, transactions = (int(count) for count in rows[0][:COUNTS])
    found = [_difference(*row[COUNTS:]) for row in rows if row[COUNTS + 1] is not None]
    return SealCheck(seals=seals, sealed=sealed, unsealed=max(transactions - sealed, 0), differences=found)


def _difference(seal: int | None, finding: str, subject: int, *more: Any) -> Difference:
    *rows, wallets = more
    if finding != "altered rows":
        finding, detail = PLAIN[finding]
        return Difference(finding=finding, subject=subject, detail=detail, wallets=tuple(wallets))
    name, fate = first_change(_rows(*rows[:2]), _rows(*rows[2:]))
    finding, _, number = name.rpartition(" ")
    detail = f"it {fate} after seal {seal}"
    if finding != "transaction":
        detail += f", in transaction {subject}"
    return Difference(finding=finding, subject=int(number), detail=detail, wallets=tuple(wallets))


PLAIN = {
    "missing seal": ("seal", "it is missing"),
    "broken chain": ("seal", "it does not follow the seal before"),
    "altered seal": ("seal", "it does not match what it sealed"),
    "never sealed": ("transaction", "it was never sealed, though later ones were"),
}


def first_change(sealed: dict[str, bytes], now: dict[str, bytes]) -> tuple[str, str]:
    for name, digest in sealed.items():
        if name not in now:
            return name, "went missing"
        if now[name] != digest:
            return name, "was altered"
    return next(name for name in now if name not in sealed), "was added"


def _rows(names: str | None, digests: bytes | None) -> dict[str, bytes]:
    lines = (names or "").splitlines()
    return {name: (digests or b"")[n * DIGEST : (n + 1) * DIGEST] for n, name in enumerate(lines)}
