"""One at a time asks Stripe about a thing and writes the answer down, so that none writes an older one last."""

from django.db import connection


def take_turn(about: str) -> None:
    """Wait until nobody else is at it; ends with the transaction, which has to be open."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"stripe: {about}"])
