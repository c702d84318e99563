"""Events wait here until they are worked, each once or, where that failed, again.

Who works an event first takes it: one more attempt, and not due again for a while. That is committed before
the work begins, so what ends its worker every time cannot stand in the way of the others. The work and its
mark are one transaction. See docs/decisions/0024-an-event-is-a-hint.md.
"""

import logging
import random
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django_tasks.base import Task

from credits.errors import LedgerError

from ..models import User
from . import handlers
from .alerts import alert
from .errors import Foreign, NotSetUp, Parked, PaymentError, Unavailable
from .gateway.client import nobody_waiting
from .intake import put_in
from .models import StripeEvent
from .objects import EventNote

logger = logging.getLogger(__name__)

State = StripeEvent.State

FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(hours=6)
# A dozen tries with these pauses take about fourteen hours.
MOST_ATTEMPTS = 12
LONGEST_WHY = 300
# As long as Stripe itself shows an event.
KEPT = timedelta(days=30)
# So many left waiting one after the other, and it is Stripe that is away, not they that are odd.
PATIENCE = 5
# Taken up at once by the next run, so that one run ends.
A_RUN = 500


@dataclass(frozen=True, kw_only=True)
class Fate:
    state: StripeEvent.State
    why: str = ""


def store(note: EventNote, nudge: "Task[Any, Any] | None" = None) -> StripeEvent | None:
    """None where the event is here already. One of the wrong mode is parked: its keys are mixed up."""
    event = StripeEvent(
        stripe_id=note.id,
        type=note.type,
        object_id=note.object_id,
        api_version=note.api_version[:40],
        livemode=note.livemode,
        happened_at=note.created,
        payload=note.payload,
    )
    if note.livemode != settings.STRIPE_LIVEMODE:
        event.why = f"a {mode(note.livemode)} event, where the keys are {mode(settings.STRIPE_LIVEMODE)}"
        return park(event)
    return event if put_in(event, nudge) else None


@transaction.atomic
def park(event: StripeEvent) -> StripeEvent | None:
    event.state, event.settled_at = State.PARKED, event.next_try_at
    if not put_in(event):
        return None
    tell(event)
    return event


def mode(livemode: bool) -> str:
    return "live" if livemode else "test"


def work_due(*, most: int = A_RUN) -> int:
    """Work what is due, the oldest first, and say how many events that were. The rest waits with Stripe."""
    worked = in_a_row = 0
    due = StripeEvent.objects.due().order_by("happened_at", "pk").values_list("pk", flat=True)
    for pk in list(due[:most]):
        worked += work(pk)
        in_a_row = in_a_row + 1 if is_waiting(pk) else 0
        if in_a_row == PATIENCE:
            break
    return worked


def is_waiting(event_pk: int) -> bool:
    return StripeEvent.objects.filter(pk=event_pk, state=State.WAITING).exists()


def work(event_pk: int) -> bool:
    """False where it is not due: settled, or somebody else is at it."""
    if not take(event_pk):
        return False
    with nobody_waiting(), transaction.atomic():
        event = taken(event_pk)
        if event is not None:
            settle(event, fate_of(event) if event.attempts <= MOST_ATTEMPTS else given_up(event))
    return True


def take(event_pk: int) -> bool:
    """One statement, so of two workers one takes it."""
    attempts = StripeEvent.objects.filter(pk=event_pk).values_list("attempts", flat=True).first()
    if attempts is None:
        return False
    due = StripeEvent.objects.due().filter(pk=event_pk, attempts=attempts)
    taken = due.update(
        attempts=F("attempts") + 1,
        next_try_at=timezone.now() + pause_after(attempts + 1),
        why="Begun, and not finished.",
    )
    return taken == 1


def pause_after(attempts: int) -> timedelta:
    """Twice as long each time, and a little different for each, so that they do not all come back at once."""
    pause = min(FIRST_PAUSE * 2 ** min(attempts - 1, 20), LONGEST_PAUSE)
    return pause * random.uniform(1, 1.2)  # noqa: S311 - nothing secret


def taken(event_pk: int) -> StripeEvent | None:
    """Skipped where a slow worker still holds it past the pause."""
    waiting = StripeEvent.objects.select_for_update(skip_locked=True).filter(state=State.WAITING)
    return waiting.filter(pk=event_pk).first()


def fate_of(event: StripeEvent) -> Fate:
    """What came of it. What failed is undone, and the transaction goes on."""
    try:
        with transaction.atomic():
            handlers.handle(event)
    except Foreign as found:
        return Fate(state=State.IGNORED, why=str(found))
    except (Unavailable, NotSetUp) as error:
        state = State.WAITING if event.attempts < MOST_ATTEMPTS else State.PARKED
        return Fate(state=state, why=f"{type(error).__name__}: {error}")
    except (Parked, PaymentError, LedgerError) as error:
        return Fate(state=State.PARKED, why=f"{type(error).__name__}: {error}")
    return Fate(state=State.DONE)


def given_up(event: StripeEvent) -> Fate:
    """It ended whoever worked it, a dozen times."""
    return Fate(state=State.PARKED, why=event.why)


def settle(event: StripeEvent, fate: Fate) -> None:
    event.state, event.why = fate.state, fate.why[:LONGEST_WHY]
    event.settled_at = None if fate.state == State.WAITING else timezone.now()
    event.save(update_fields=["state", "why", "settled_at"])
    if fate.state == State.PARKED:
        tell(event)


def tell(event: StripeEvent) -> None:
    text = (
        f"Stripe's event {event.stripe_id} ({event.type}, about {event.object_id or 'nothing'}) waits for a "
        f"person.\n\n{event.why}\n\nNothing of it was done. See docs/billing.md, and replay it afterwards."
    )
    alert("an event is parked", text, key=f"event:{event.stripe_id}:{event.attempts}")


def replay(event: StripeEvent, *, by: User) -> None:
    """As if it had just come, and Stripe is asked in any case. Harmless for one that was done."""
    StripeEvent.objects.filter(pk=event.pk).update(
        state=State.WAITING,
        settled_at=None,
        attempts=0,
        why="",
        next_try_at=timezone.now(),
        replayed_by=by,
    )


def forget_payloads() -> int:
    """What Stripe told of people is kept while it may be of use. The rows stay. How many lost theirs."""
    settled = StripeEvent.objects.filter(
        state__in=(State.DONE, State.IGNORED), settled_at__lt=timezone.now() - KEPT
    )
    return settled.exclude(payload={}).update(payload={})
