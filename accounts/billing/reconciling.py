"""Compare our rows with Stripe, mend what asking again can mend, and leave the rest for a person.

See docs/billing.md. Nothing here knows more than the worker: every repair is what an event would have done.
"""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.conf import settings
from django.utils import timezone

from credits.errors import LedgerError

from .alerts import alert
from .doubts import Doubt, Scope, doubts
from .errors import Foreign, Parked, PaymentError, Unavailable
from .gateway.client import nobody_waiting
from .models import Reconciliation

LIGHT = timedelta(days=3)
# Longer ago than any site has sold anything.
ALL = timedelta(days=20 * 365)
# Stripe keeps an event for thirty days.
EVENTS_KEPT = timedelta(days=30)
A_NIGHT = timedelta(hours=23)
OVERLAP = timedelta(hours=1)
# So many stand in the row. The report has all of them.
KEPT = 500


class Outcome(StrEnum):
    MENDED = "mended"
    LEFT = "left"
    SEEN = "seen"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """`text` says what differed; where it is left, `why` says what stood in the way of mending it."""

    kind: str
    about: str
    text: str
    outcome: Outcome
    why: str = ""


@dataclass(frozen=True, kw_only=True)
class Report:
    full: bool
    looked_at: int
    findings: list[Finding]

    def count(self, outcome: Outcome) -> int:
        return sum(finding.outcome == outcome for finding in self.findings)

    @property
    def left(self) -> int:
        return len(self.findings) - self.count(Outcome.MENDED)


def reconcile(*, full: bool = False, since: timedelta | None = None, dry_run: bool = False) -> Report:
    """Raises `Unavailable` where Stripe does not answer, and other `PaymentError`s for a key that is wrong.

    What was mended until then stays mended; the run counts as not finished.
    """
    now = timezone.now()
    scope = Scope(
        since=now - (since or (ALL if full else LIGHT)),
        full=full,
        heard_since=heard_since(now, full=full),
    )
    with nobody_waiting():
        if dry_run:
            return compare(scope, dry_run=True)
        row = Reconciliation.objects.create(full=full, started_at=now)
        report = compare(scope, dry_run=False)
        note(row, report)
    return report


def is_due(*, full: bool) -> bool:
    """For the clock: not where nothing is sold, and in full not twice a day, however often it is started."""
    if not settings.STRIPE_SECRET_KEY:
        return False
    ended = Reconciliation.objects.filter(full=True, finished_at__gt=timezone.now() - A_NIGHT)
    return not (full and ended.exists())


def heard_since(now: datetime, *, full: bool) -> datetime:
    """From a little before the last run that came to its end: events in between may never have come."""
    last = Reconciliation.objects.filter(finished_at__isnull=False).order_by("-started_at").first()
    if full or last is None:
        return now - EVENTS_KEPT
    return max(last.started_at - OVERLAP, now - EVENTS_KEPT)


def compare(scope: Scope, *, dry_run: bool) -> Report:
    looked_at, findings = 0, []
    for doubt in doubts(scope):
        looked_at += 1
        if doubt is not None and (finding := settle(doubt, dry_run=dry_run)):
            findings.append(finding)
    return Report(full=scope.full, looked_at=looked_at, findings=findings)


def settle(doubt: Doubt, *, dry_run: bool) -> Finding | None:
    """None where somebody else settled it since."""
    text = doubt.differs()
    if not text:
        return None
    if dry_run:
        return finding_of(doubt, text, Outcome.SEEN)
    if doubt.mend is None:
        return left(doubt, text, "only a person can say what is right")
    try:
        doubt.mend()
    except Unavailable:
        raise
    except (Foreign, Parked, PaymentError, LedgerError) as error:
        return left(doubt, text, f"{type(error).__name__}: {error}")
    if still := doubt.differs():
        return left(doubt, still, "asking Stripe again changed nothing")
    return finding_of(doubt, text, Outcome.MENDED)


def left(doubt: Doubt, text: str, why: str) -> Finding:
    """Somebody is told, once of each. Of what is parked they were told when it was."""
    if not doubt.kind.startswith("parked"):
        message = f"{doubt.kind} {doubt.about}: {text}\n\n{why}\n\nSee docs/billing.md."
        alert(f"a {doubt.kind} does not agree with Stripe", message, key=f"left:{doubt.kind}:{doubt.about}")
    return finding_of(doubt, text, Outcome.LEFT, why)


def finding_of(doubt: Doubt, text: str, outcome: Outcome, why: str = "") -> Finding:
    return Finding(kind=doubt.kind, about=doubt.about, text=text, outcome=outcome, why=why)


def note(row: Reconciliation, report: Report) -> None:
    row.finished_at = timezone.now()
    row.looked_at, row.left = report.looked_at, report.left
    row.mended = report.count(Outcome.MENDED)
    row.findings = [asdict(finding) for finding in report.findings[:KEPT]]
    row.save()
