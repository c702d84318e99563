"""What our own books say. No question to Stripe."""

from collections.abc import Iterable

from django.db.models import Exists, OuterRef, Q

from credits.models import LedgerTransaction, TransactionKind

from ..models import Order, StripeEvent
from ..settling import sync_order
from .doubt import AT_ONCE, Doubt, Doubts


def of_the_ledger() -> Doubts:
    """Grants that no paid order has, and paid orders that have no grant."""
    for posted in grants_without_an_order():
        yield Doubt(
            kind="grant", about=posted.idempotency_key, differs=lambda: "credits without a paid order"
        )
    for order in orders_without_their_credits():
        yield credits_doubt(order)


def grants_without_an_order() -> Iterable[LedgerTransaction]:
    grants = LedgerTransaction.objects.filter(
        kind=TransactionKind.GRANT, idempotency_key__startswith="checkout:", reversed_by=None
    )
    bought = Order.objects.filter(Q(granted=OuterRef("pk")) | Q(bonus_granted=OuterRef("pk"))).paid()
    return grants.exclude(Exists(bought)).order_by("pk")[:AT_ONCE]


def orders_without_their_credits() -> Iterable[Order]:
    paid = Order.objects.paid().exclude(what=Order.What.CLUB)
    return paid.filter(Q(granted=None) | Q(bonus__gt=0, bonus_granted=None)).order_by("pk")[:AT_ONCE]


def credits_doubt(order: Order) -> Doubt:
    def differs() -> str:
        order.refresh_from_db()
        missing = order.granted_id is None or (order.bonus and order.bonus_granted_id is None)
        return "paid, and its credits were not granted" if missing else ""

    return Doubt(kind="grant", about=str(order.key), differs=differs, mend=lambda: sync_order(order.pk))


def of_what_waits() -> Doubts:
    for order in Order.objects.filter(state=Order.State.PARKED).order_by("pk")[:AT_ONCE]:
        yield Doubt(kind="parked order", about=str(order.key), differs=lambda why=order.parked_because: why)  # type: ignore[misc]
    for event in StripeEvent.objects.parked().order_by("pk")[:AT_ONCE]:
        yield Doubt(kind="parked event", about=event.stripe_id, differs=lambda why=event.why: why)  # type: ignore[misc]
