"""Events: those that Stripe sends us, and those we ask it for."""

import json
from collections.abc import Iterator
from datetime import datetime
from math import isfinite
from typing import Any, NoReturn

import stripe
from django.conf import settings
from stripe.params import EventListParams

from ..errors import BadEvent
from ..objects import EventNote
from . import reading
from .client import options, stripe_client
from .payments import PAGE

LONGEST_ID = 255
LONGEST_TYPE = 100


def verify(body: bytes, signature: str, *, now: datetime) -> EventNote:
    """The event, if Stripe signed this body within the tolerance before or after `now`.

    STRIPE_WEBHOOK_SECRET may hold several secrets with commas between them: while one is exchanged for the
    next, Stripe signs with both. Raises `BadEvent`.
    """
    if not any(_signed(body, signature, secret) for secret in _secrets()):
        raise BadEvent("no secret of ours signed this")
    # The library lets a signature from the future pass.
    if abs(now.timestamp() - _signed_at(signature)) > settings.STRIPE_WEBHOOK_TOLERANCE:
        raise BadEvent("signed too long ago, or in the future")
    return _note(_parsed(body))


def _secrets() -> list[str]:
    return [secret.strip() for secret in settings.STRIPE_WEBHOOK_SECRET.split(",") if secret.strip()]


def _signed(body: bytes, signature: str, secret: str) -> bool:
    try:
        return stripe.WebhookSignature.verify_header(body, signature, secret)
    except (stripe.SignatureVerificationError, TypeError, ValueError):
        return False


def _signed_at(signature: str) -> int:
    """The time that was signed: of several the first, as the library reads it."""
    parts = (part.split("=") for part in signature.split(","))
    return next(int(part[1]) for part in parts if part[0] == "t")


def _parsed(body: bytes) -> dict[str, Any]:
    try:
        payload = json.loads(body, parse_constant=_refuse)
        cleaned = _storable(payload)
    except (ValueError, RecursionError) as error:
        raise BadEvent("the body is not JSON") from error
    if not isinstance(cleaned, dict):
        raise BadEvent("the body is no event")
    return cleaned


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


def _storable(value: Any) -> Any:
    """PostgreSQL takes neither NUL nor half a pair of surrogates in JSON, nor numbers without end."""
    match value:
        case str():
            return value.encode("utf-8", "replace").decode().replace("\x00", "")
        case dict():
            return {_storable(name): _storable(one) for name, one in value.items()}
        case list():
            return [_storable(one) for one in value]
        case float() if not isfinite(value):
            raise ValueError("a number is too large")
    return value


def _note(payload: dict[str, Any]) -> EventNote:
    match payload:
        case {
            "id": str(event_id),
            "type": str(event_type),
            "created": int(created),
            "livemode": bool(livemode),
            "data": {"object": dict(thing)},
        } if 0 < len(event_id) <= LONGEST_ID and 0 < len(event_type) <= LONGEST_TYPE:
            return EventNote(
                id=event_id,
                type=event_type,
                created=_moment(created),
                livemode=livemode,
                api_version=_text(payload.get("api_version")),
                object_id=_text(thing.get("id")),
                object_type=_text(thing.get("object")),
                payload=payload,
            )
    raise BadEvent("the body is no event")


def _moment(created: int) -> datetime:
    try:
        return reading.moment(created)
    except (OverflowError, OSError, ValueError) as error:
        raise BadEvent("the event is of no time") from error


def _text(value: Any) -> str:
    return value if isinstance(value, str) and len(value) <= LONGEST_ID else ""


def event(event_id: str) -> EventNote:
    """Stripe knows its events for 30 days."""
    with stripe_client() as client:
        return reading.event(client.v1.events.retrieve(event_id, options=options()))


def events_since(moment: datetime, *, undelivered: bool = False) -> Iterator[EventNote]:
    """The newest first. `undelivered`: only those that some endpoint has not answered for."""
    params: EventListParams = {"created": {"gte": int(moment.timestamp())}, "limit": PAGE}
    if undelivered:
        params["delivery_success"] = False
    with stripe_client() as client:
        found = client.v1.events.list(params, options())
        yield from (reading.event(one) for one in found.auto_paging_iter())
