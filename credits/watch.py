"""The audit that runs by the clock: it freezes the wallets that a new finding concerns, and tells somebody.

Only what the audit before did not find is new. So nobody is told of one thing every hour, and a person who
has looked at a finding and lifted its freeze is not overruled; but a finding that went and came back is new.
"""

import logging
from collections.abc import Sequence

from django.conf import settings
from django.core.mail import send_mail
from django.utils import timezone

from . import freezes, seals
from .audit import Difference, audit
from .models import LedgerAudit

logger = logging.getLogger(__name__)

CAUSE = "audit"
TOLD = 20


def watch() -> LedgerAudit:
    """Audit the ledger and its seals once. It counts as done when whoever is to know has been told."""
    run = LedgerAudit.objects.create()
    ledger, sealed = audit(), seals.check()
    found = [*ledger.differences, *sealed.differences]
    fresh = new_findings(found)
    run.transactions, run.sealed = ledger.transactions, sealed.sealed
    run.differences, run.first_difference = len(found), str(found[0]) if found else ""
    run.wallets_frozen = freeze(fresh)
    run.save()
    if fresh:
        alert(fresh, run)
    run.marks, run.finished_at = sorted({one.mark for one in found}), timezone.now()
    run.save()
    return run


def last_audit() -> LedgerAudit | None:
    return LedgerAudit.objects.filter(finished_at__isnull=False).order_by("-pk").first()


def new_findings(found: Sequence[Difference]) -> list[Difference]:
    before = last_audit()
    known = set(before.marks) if before else set()
    return [one for one in found if one.mark not in known]


def freeze(found: Sequence[Difference]) -> list[int]:
    concerned = {wallet: str(one) for one in reversed(found) for wallet in one.wallets}
    for wallet, detail in concerned.items():
        freezes.freeze(wallet, cause=CAUSE, detail=detail)
    return sorted(concerned)


def alert(fresh: Sequence[Difference], run: LedgerAudit) -> None:
    logger.error("the ledger does not agree: %s", run.first_difference)
    if settings.ALERT_TO:
        subject = f"{settings.SITE_NAME}: the ledger does not agree"
        send_mail(subject, in_words(fresh, run), None, settings.ALERT_TO)


def in_words(fresh: Sequence[Difference], run: LedgerAudit) -> str:
    many = "one new difference" if len(fresh) == 1 else f"{len(fresh)} new differences"
    lines = [f"Audit {run.pk} found {many} in {run.transactions:,} transactions.", ""]
    lines += [f"- {one}" for one in fresh[:TOLD]]
    if len(fresh) > TOLD:
        lines.append(f"- and {len(fresh) - TOLD} more")
    frozen = ", ".join(map(str, run.wallets_frozen)) or "none"
    lines += ["", f"Spending is on hold for these wallets: {frozen}.", "All others go on.", "", WHAT_TO_DO]
    return "\n".join(lines) + "\n"


WHAT_TO_DO = "manage.py check_ledger --seals says the first of them; docs/audit.md says what to do."
