"""One at a time is at a thing: whoever comes meanwhile waits, whichever process they are in."""

from datetime import datetime

from django.db import connection

SQL = "SELECT statement_timestamp(), pg_advisory_xact_lock(hashtextextended(%s, 0))"


def take_turn(about: str) -> datetime:
    """Wait until nobody else is at it; ends with the transaction, which has to be open.

    Answers when that was asked for, by the database's clock: what Stripe is asked from now on, it says later.
    """
    with connection.cursor() as cursor:
        cursor.execute(SQL, [about])
        (asked_at, _) = cursor.fetchone()
    moment: datetime = asked_at
    return moment
