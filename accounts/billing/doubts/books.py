"""What our own books say. No question to Stripe."""

from collections.abc import Iterable

from django.db.models import Exists, F, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce

from credits.models import CreditLot, LedgerTransaction, TransactionKind

from ..models import Order, StripeEvent
from ..settling import sync_order
from .doubt import AT_ONCE, Doubt, Doubts, Scope


def of_the_ledger(scope: Scope) -> Doubts:
    """Grants that no paid order has, and paid orders that have no grant, or one of another number."""
    for posted in grants_without_an_order():
        yield Doubt(
            kind="grant", about=posted.idempotency_key, differs=lambda: "credits without a paid order"
        )
    for order in orders_without_their_credits():
        yield credits_doubt(order)
    for order in orders_with_other_credits(scope):
        yield number_doubt(order)


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


def orders_with_other_credits(scope: Scope) -> Iterable[Order]:
    came_in = {"came_in": credits_of("granted"), "bonus_came_in": credits_of("bonus_granted")}
    paid = Order.objects.paid().filter(paid_at__gte=scope.since).annotate(**came_in)
    differs = ~Q(came_in=F("credits")) & Q(granted__isnull=False)
    bonus_differs = ~Q(bonus_came_in=F("bonus")) & Q(bonus_granted__isnull=False)
    return paid.filter(differs | bonus_differs).order_by("pk")[:AT_ONCE]


def credits_of(grant: str) -> Coalesce:
    """As `lots.granted_by`, as a column of the outer query."""
    lots = CreditLot.objects.filter(transaction=OuterRef(grant), parent=None).order_by()
    total = lots.values("transaction").annotate(n=Sum("granted"))
    return Coalesce(Subquery(total.values("n")), 0)


def number_doubt(order: Order) -> Doubt:
    """Of two numbers only a person can say which is right."""
    came_in = order.came_in + order.bonus_came_in  # type: ignore[attr-defined]
    text = f"{came_in} credits granted, {order.credits + order.bonus} ordered"
    return Doubt(kind="grant", about=str(order.key), differs=lambda: text)


def of_what_waits() -> Doubts:
    for order in Order.objects.filter(state=Order.State.PARKED).order_by("pk")[:AT_ONCE]:
        yield Doubt(kind="parked order", about=str(order.key), differs=lambda why=order.parked_because: why)  # type: ignore[misc]
    for event in StripeEvent.objects.parked().order_by("pk")[:AT_ONCE]:
        yield Doubt(kind="parked event", about=event.stripe_id, differs=lambda why=event.why: why)  # type: ignore[misc]
