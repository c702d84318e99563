"""An event comes in once, in one statement: who is first stores it, and a twin in flight is waited for."""

from typing import Any

from django.db import connection
from django.db.models import Field

from .models import StripeEvent

COLUMNS = (
    "stripe_id",
    "type",
    "object_id",
    "api_version",
    "livemode",
    "happened_at",
    "payload",
    "state",
    "why",
    "attempts",
    "next_try_at",
    "settled_at",
)
# Received by the clock that `turns.take_turn` reads: the two are compared, and may be of two machines.
PUT_IN = f"""
INSERT INTO {StripeEvent._meta.db_table} ({", ".join(COLUMNS)}, received_at)
VALUES ({", ".join(["%s"] * len(COLUMNS))}, statement_timestamp())
ON CONFLICT (stripe_id) DO NOTHING RETURNING id, received_at
"""  # noqa: S608 - names from this module


def put_in(event: StripeEvent) -> bool:
    """False where it is here already."""
    with connection.cursor() as cursor:
        cursor.execute(PUT_IN, [prepared(event, name) for name in COLUMNS])
        row = cursor.fetchone()
    if row is None:
        return False
    event.pk, event.received_at = row
    return True


def prepared(event: StripeEvent, name: str) -> Any:
    field = StripeEvent._meta.get_field(name)
    assert isinstance(field, Field)
    return field.get_db_prep_save(getattr(event, name), connection)
