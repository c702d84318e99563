"""An event comes in once, and what nudges a worker beside it, in one statement (accounts/sql/0011)."""

from typing import Any
from uuid import uuid4

from django.db import connection
from django.db.models import Field
from django_tasks.base import Task

from .models import StripeEvent

GIVEN = (
    "stripe_id",
    "type",
    "object_id",
    "api_version",
    "livemode",
    "happened_at",
    "payload",
    "why",
    "next_try_at",
)
NUDGED = 5
TAKE_IN = f"SELECT id, received_at FROM take_in({', '.join(['%s'] * (len(GIVEN) + NUDGED))})"  # noqa: S608 - no values


def put_in(event: StripeEvent, nudge: "Task[Any, Any] | None" = None) -> bool:
    """False where it is here already. ``nudge`` is queued with it; its queue has to be in the database."""
    given = [prepared(event, name) for name in GIVEN]
    with connection.cursor() as cursor:
        cursor.execute(TAKE_IN, [*given, *queued(nudge)])
        row = cursor.fetchone()
    if row is None:
        return False
    event.pk, event.received_at = row
    return True


def queued(task: "Task[Any, Any] | None") -> tuple[Any, ...]:
    if task is None:
        return (None,) * NUDGED
    return uuid4(), task.module_path, task.priority, task.queue_name, task.backend


def prepared(event: StripeEvent, name: str) -> Any:
    field = StripeEvent._meta.get_field(name)
    assert isinstance(field, Field)
    return field.get_db_prep_save(getattr(event, name), connection)
