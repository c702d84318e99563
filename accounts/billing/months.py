"""The months of a club: which were paid for, and by which invoice. Months are counted from the first.

Counted from one beginning, a switch of plan, to and fro, neither adds a month nor loses one.
"""

import calendar
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from .objects import Invoice, Line

# A month that was missed is made up for so long and no longer: a tier that gives credits from today on
# does not give a year of them to whoever paid for a year.
MADE_UP_FOR = timedelta(days=31)
# A month that has begun by Stripe's clock has begun, though ours may be a little behind.
BETWEEN_CLOCKS = timedelta(minutes=10)


@dataclass(frozen=True, kw_only=True)
class PaidPeriod:
    """From `start` up to but not including `end`, paid by one invoice."""

    start: datetime
    end: datetime
    invoice_id: str
    billed_at: datetime

    def holds(self, moment: datetime) -> bool:
        return self.start <= moment < self.end


def paid_periods(invoices: Iterable[Invoice]) -> list[PaidPeriod]:
    return [
        PaidPeriod(start=start, end=end, invoice_id=invoice.id, billed_at=invoice.created)
        for invoice in invoices
        if invoice.status == "paid"
        for start, end in spans(invoice)
    ]


def spans(invoice: Invoice) -> Iterator[tuple[datetime, datetime]]:
    for line in invoice.lines:
        if line.period_start and line.period_end and is_for_time(line, invoice):
            yield line.period_start, line.period_end


def is_for_time(line: Line, invoice: Invoice) -> bool:
    """A trial's line is of 0 on an invoice of 0; time given back on a switch is below 0."""
    return line.total > 0 or (line.total == 0 and invoice.subtotal > 0)


def months_begun(periods: Sequence[PaidPeriod], *, now: datetime) -> list[datetime]:
    """The beginnings, up to now, of months that were paid for and are not too long ago."""
    if not periods:
        return []
    first = min(period.start for period in periods)
    return [
        month
        for month in months_from(first, until=now + BETWEEN_CLOCKS)
        if month > now - MADE_UP_FOR and any(period.holds(month) for period in periods)
    ]


def months_from(first: datetime, *, until: datetime) -> Iterator[datetime]:
    count, month = 0, first
    while month <= until:
        yield month
        count += 1
        month = months_after(first, count)


def months_after(first: datetime, count: int) -> datetime:
    """The 31st becomes the last day of a shorter month, and is the 31st again in the next."""
    year, month = divmod(first.year * 12 + first.month - 1 + count, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return first.replace(year=year, month=month + 1, day=min(first.day, last))


def payer_of(month: datetime, periods: Sequence[PaidPeriod]) -> str | None:
    """The invoice that paid for a month: where several did, after a switch of plan, the latest."""
    paid = [period for period in periods if period.holds(month)]
    return max(paid, key=lambda period: period.billed_at).invoice_id if paid else None
