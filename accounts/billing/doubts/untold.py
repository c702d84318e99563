"""What we were never told."""

from datetime import timedelta

from django.utils import timezone

from .. import inbox
from ..gateway import events
from ..handlers import HANDLERS
from ..models import StripeEvent
from ..objects import EventNote
from .doubt import Doubt, Doubts, Scope

# Younger ones may be on their way through the webhook at this moment.
ON_ITS_WAY = timedelta(minutes=1)


def of_events(scope: Scope) -> Doubts:
    latest = timezone.now() - ON_ITS_WAY
    for note in events.events_since(scope.heard_since):
        if note.type in HANDLERS and note.created < latest:
            yield event_doubt(note)


def event_doubt(note: EventNote) -> Doubt:
    def differs() -> str:
        known = StripeEvent.objects.filter(stripe_id=note.id).exists()
        return "" if known else f"{note.type} about {note.object_id} never came"

    def mend() -> None:
        event = inbox.store(note)
        if event is not None:
            inbox.work(event.pk)

    return Doubt(kind="event", about=note.id, differs=differs, mend=mend)
