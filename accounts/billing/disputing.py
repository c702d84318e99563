"""A bank asks about a payment, or takes it back. Spending is on hold until it is decided."""

from collections.abc import Iterable, Sequence
from enum import Enum

from django.utils import timezone

from credits import freezes

from . import objects
from .alerts import alert
from .models import Dispute, Order, Subscription


class Stage(Enum):
    ASKED = "asked"
    OPEN = "open"
    WON = "won"
    LOST = "lost"


# Stripe's words: https://docs.stripe.com/api/disputes/object#dispute_object-status
STAGES = {
    "warning_needs_response": Stage.ASKED,
    "warning_under_review": Stage.ASKED,
    "warning_closed": Stage.ASKED,
    "needs_response": Stage.OPEN,
    "under_review": Stage.OPEN,
    "prevented": Stage.WON,
    "won": Stage.WON,
    "lost": Stage.LOST,
}


def stage(status: str) -> Stage:
    """A word that Stripe has yet to invent holds the credits until somebody has looked."""
    if status.startswith("warning_"):
        return Stage.ASKED
    return STAGES.get(status, Stage.OPEN)


def is_lost(dispute: objects.Dispute) -> bool:
    return stage(dispute.status) is Stage.LOST


def lost(disputes: Iterable[objects.Dispute]) -> list[objects.Dispute]:
    return [one for one in disputes if is_lost(one)]


def held_by_bank(payment: objects.Payment) -> bool:
    return any(stage(one.status) in (Stage.OPEN, Stage.LOST) for one in payment.disputes)


def hold_or_let_go(wallet_id: int, disputes: Iterable[objects.Dispute]) -> None:
    for one in disputes:
        cause = f"dispute:{one.id}"
        if stage(one.status) is Stage.OPEN:
            freezes.freeze(wallet_id, cause=cause, detail="A payment is disputed.")
        else:
            freezes.lift(wallet_id, cause=cause, because=f"The dispute is {one.status}.")


def note_all(
    disputes: Sequence[objects.Dispute],
    *,
    order: Order | None = None,
    subscription: Subscription | None = None,
) -> list[objects.Dispute]:
    """Those that are lost, and were not when we last looked: what the rest of the money opens later stays."""
    known = Dispute.objects.filter(stripe_id__in=[one.id for one in disputes])
    lost_before = {row.stripe_id for row in known if stage(row.status) is Stage.LOST}
    for one in disputes:
        note(one, order=order, subscription=subscription)
    return [one for one in lost(disputes) if one.id not in lost_before]


def note(
    found: objects.Dispute, *, order: Order | None = None, subscription: Subscription | None = None
) -> Dispute:
    """What stands in our books of it. Somebody is told of each new word of Stripe's."""
    known = Dispute.objects.filter(stripe_id=found.id).first()
    as_before = known is not None and known.status == found.status
    if not as_before:
        tell(found)
    is_over = stage(found.status) in (Stage.WON, Stage.LOST) or found.status == "warning_closed"
    closed_at = known.closed_at if known is not None and as_before else timezone.now()
    facts = {
        "order": order,
        "subscription": subscription,
        "charge_id": found.charge_id,
        "amount": found.amount,
        "currency": found.currency,
        "status": found.status,
        "reason": found.reason[:60],
        "opened_at": found.created,
        "closed_at": closed_at if is_over else None,
    }
    return Dispute.objects.update_or_create(stripe_id=found.id, defaults=facts)[0]


def tell(found: objects.Dispute) -> None:
    unknown = "" if found.status.startswith("warning_") or found.status in STAGES else UNKNOWN
    text = f"Dispute {found.id} of charge {found.charge_id} is {found.status} ({found.reason}).{unknown}"
    alert(f"a dispute is {found.status}", text, key=f"dispute:{found.id}:{found.status}")


UNKNOWN = "\n\nThis word is not known here. Spending stays on hold until the dispute is won or lost."
