"""Stripe's door: HTTP and nothing else. What is stored is answered for; all work is done elsewhere."""

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from django_tasks_db import DatabaseBackend

from . import inbox
from .errors import BadEvent
from .gateway import events
from .models import StripeEvent
from .objects import EventNote
from .tasks import work_event


@csrf_exempt
@require_POST
def receive(request: HttpRequest) -> HttpResponse:
    body = request.read(settings.STRIPE_WEBHOOK_MAX_BYTES + 1)
    if len(body) > settings.STRIPE_WEBHOOK_MAX_BYTES:
        return HttpResponse("That is too much.", status=413, content_type="text/plain")
    try:
        note = events.verify(body, request.headers.get("Stripe-Signature", ""), now=timezone.now())
    except BadEvent:
        return HttpResponseBadRequest("Not signed by Stripe, or not now.", content_type="text/plain")
    take_in(note)
    return HttpResponse("Thank you.", content_type="text/plain")


def take_in(note: EventNote) -> None:
    if isinstance(work_event.get_backend(), DatabaseBackend):
        inbox.store(note, nudge=work_event)
    else:
        take_in_and_tell(note)


@transaction.atomic
def take_in_and_tell(note: EventNote) -> None:
    """Where the queue is not in the database."""
    event = inbox.store(note)
    if event is not None and event.state == StripeEvent.State.WAITING:
        work_event.enqueue(event.pk)
