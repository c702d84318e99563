from contextlib import suppress

from django_tasks import task

from . import inbox
from .errors import PaymentError
from .gateway.client import nobody_waiting
from .subscribing import sync_subscription


@task()
def work_event(event_pk: int) -> None:
    """A nudge, so that a reader who paid waits for a second: what it misses, `work_events` finds."""
    inbox.work(event_pk)


@task()
def look_at_club(stripe_id: str) -> None:
    """A nudge as well: `end_clubs` tries again what fails here."""
    with nobody_waiting(), suppress(PaymentError):
        sync_subscription(stripe_id)
