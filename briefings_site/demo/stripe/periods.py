"""Billing periods: months counted from the anchor, so that the 31st comes back after a short month."""

import calendar
from datetime import UTC, datetime, timedelta

from .store import Object

SECONDS = {"day": 86_400, "week": 604_800}
MONTHS = {"month": 1, "year": 12}


def months_later(start: int, months: int) -> int:
    """The same day and time that many months on, or the month's last day where it has no such day."""
    moment = datetime.fromtimestamp(start, UTC)
    years, month = divmod(moment.month - 1 + months, 12)
    year, month = moment.year + years, month + 1
    day = min(moment.day, calendar.monthrange(year, month)[1])
    return int(moment.replace(year=year, month=month, day=day).timestamp())


def after(anchor: int, recurring: Object, count: int) -> int:
    """When the ``count``-th period from the anchor begins."""
    interval, every = recurring["interval"], recurring["interval_count"]
    if interval in SECONDS:
        return anchor + int(timedelta(seconds=SECONDS[interval] * every * count).total_seconds())
    return months_later(anchor, MONTHS[interval] * every * count)


def next_end(anchor: int, recurring: Object, start: int) -> int:
    """The end of the period that begins at ``start``."""
    count = 1
    while after(anchor, recurring, count) <= start:
        count += 1
    return after(anchor, recurring, count)
