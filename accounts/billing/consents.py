"""What a reader agrees to about delivery at once, word for word and by version, and that they did.

Directive 2011/83/EU, Art. 16(m): the right to withdraw from a contract for digital content ends with its
delivery where the consumer expressly agreed to that beforehand, acknowledged that they lose the right, and
was sent a confirmation of both.
"""

from datetime import datetime, timedelta

from django.db import connection
from django.utils import timezone

from ..models import User

# A new wording gets a new version. What was agreed to before stays under the old one.
WORDING = "2026-11"
AT_THE_CHECKOUT = (
    "Deliver at once. I know that for credits I spend, my right to withdraw within 14 days ends when the "
    "briefing opens."
)
FOR_THE_CLUB = (
    "Begin at once. I know that if I withdraw within 14 days, I pay for the days until then, and that for "
    "credits I spend the right to withdraw ends when the briefing opens."
)
# The right lasts 14 days, and a few more where the last of them is no working day.
MAY_STILL_WITHDRAW = timedelta(days=18)
RECORD = "SELECT record_delivery(%s, %s, %s, %s, %s)"


def record_delivery(reader: User, *, transaction_id: int, now: datetime | None = None) -> None:
    """Note with a spend that credits went into it which might still have been given back."""
    with connection.cursor() as cursor:
        cursor.execute(RECORD, (transaction_id, reader.pk, *terms(now or timezone.now())))


def terms(now: datetime) -> tuple[str, datetime, datetime]:
    """What the function is told besides: the wording, and since when an order counts."""
    return WORDING, now - MAY_STILL_WITHDRAW, now
