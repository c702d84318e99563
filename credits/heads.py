"""The head of the chain of seals as a text to keep elsewhere.

Who may write anything in the database could write all of it anew, seals and all. A head that was kept where
they cannot reach it is the one thing that gives such a forgery away.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.core.mail import send_mail
from django.db.models import Sum
from django.utils import timezone

from .audit import Difference
from .models import AccountKind, LedgerEntry, LedgerSeal, SealedTransaction

HASH = re.compile(r"\b[0-9a-f]{64}\b")
NUMBER = re.compile(r"^seal: *(\d+)", re.MULTILINE)


class NoHead(ValueError):
    """A text in which no head can be read."""


@dataclass(frozen=True, kw_only=True)
class Head:
    seal: int
    hash: str
    sealed_at: datetime
    transactions: int
    totals: dict[str, int]

    def __str__(self) -> str:
        return TEXT.format(
            site=settings.SITE_NAME,
            head=self,
            sealed_at=self.sealed_at.isoformat(timespec="seconds"),
            totals="\n".join(f"{kind}: {total}" for kind, total in self.totals.items()),
        )


TEXT = """\
Head of the ledger of {site}

seal: {head.seal}
hash: {head.hash}
sealed at: {sealed_at}
transactions sealed: {head.transactions}

Credits in what is sealed, by kind of account:
{totals}

Keep this where nobody who can change the database can change it. One day it proves what the ledger said:
manage.py check_ledger --seals --head FILE
"""


def head() -> Head | None:
    last = LedgerSeal.objects.order_by("-pk").first()
    if last is None:
        return None
    counted = LedgerSeal.objects.filter(pk__lte=last.pk).aggregate(n=Sum("count"))
    return Head(
        seal=last.pk,
        hash=last.hash,
        sealed_at=last.sealed_at,
        transactions=counted["n"],
        totals=_totals(up_to=last),
    )


def _totals(*, up_to: LedgerSeal) -> dict[str, int]:
    sealed = SealedTransaction.objects.filter(seal__lte=up_to.pk)
    entries = LedgerEntry.objects.filter(transaction__in=sealed.values("transaction"))
    sums = dict(entries.values_list("account__kind").annotate(n=Sum("amount")).order_by())
    return {kind: sums.get(kind, 0) for kind in AccountKind.values}


def keep(*, folder: Path) -> Path | None:
    """Write today's head and mail it, unless that was done; None if there is nothing new to keep."""
    now_head = head()
    path = folder / f"{timezone.now():%Y-%m-%d}.txt"
    if now_head is None or path.exists():
        return None
    post(now_head)
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text(str(now_head))
    return path


def post(kept: Head) -> int:
    """Mail a head to LEDGER_HEAD_TO, and return to how many."""
    to: list[str] = settings.LEDGER_HEAD_TO
    if to:
        send_mail(f"{settings.SITE_NAME}: head of the ledger, seal {kept.seal}", str(kept), None, to)
    return len(to)


def contradiction(text: str) -> Difference | None:
    """What is wrong with the chain if this head, or this hash alone, was once its head. Raises `NoHead`."""
    hashes = HASH.findall(text)
    if not hashes:
        raise NoHead("there is no hash of 64 hexadecimal digits in it")
    number = NUMBER.search(text)
    seals = LedgerSeal.objects.filter(hash__in=hashes)
    if number is None:
        return None if seals.exists() else Difference(finding="seal", subject=0, detail=NOT_THERE)
    subject = int(number[1])
    return (
        None
        if seals.filter(pk=subject).exists()
        else Difference(finding="seal", subject=subject, detail=NOT_THIS)
    )


NOT_THERE = "none has the hash of the head that was kept: seals were made anew"
NOT_THIS = "it is not the one in the head that was kept: seals were made anew"
