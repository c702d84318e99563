"""Money that went back, by us or by a bank."""

from collections.abc import Iterable

from .. import clawback
from ..gateway import clubs, payments
from ..models import Dispute, Order, Receipt, Subscription
from ..objects import Dispute as SeenDispute
from ..objects import Refund
from ..settling import sync_order
from ..subscribing import sync_subscription
from .doubt import AT_ONCE, Doubt, Doubts, Scope, if_known, lost


def of_refunds(refunds: Iterable[Refund]) -> Doubts:
    for refund in refunds:
        whose = owner_of(refund.payment_intent_id)
        if whose is not None:
            yield refund_doubt(refund, whose)


def owner_of(intent_id: str | None) -> Order | Subscription | None:
    """Whom a payment was for. A club's is found by its invoice."""
    if not intent_id:
        return None
    order = Order.objects.filter(payment_intent_id=intent_id).exclude(what=Order.What.CLUB).first()
    if order is not None:
        return order
    invoice = clubs.invoice_of_payment(intent_id)
    return held(invoice.subscription_id) if invoice and invoice.subscription_id else None


def held(stripe_id: str) -> Subscription | None:
    return Subscription.objects.filter(stripe_id=stripe_id).first()


def bring_up_to_date(whose: Order | Subscription) -> None:
    if isinstance(whose, Order):
        sync_order(whose.pk)
    else:
        sync_subscription(whose.stripe_id)


def refund_doubt(refund: Refund, whose: Order | Subscription) -> Doubt:
    def differs() -> str:
        source = f"refund:{refund.id}"
        noted = Receipt.objects.filter(source=source).exists()
        undone = Receipt.objects.filter(source=f"{source}:failed").exists()
        if refund.status in clawback.COUNTED and not noted and has_receipt(whose):
            return f"{refund.amount} {refund.currency} paid back at Stripe, nothing of it here"
        if refund.status in clawback.UNDONE and noted and not undone:
            return f"the refund {refund.status} at Stripe, and stands here"
        return ""

    return Doubt(kind="refund", about=refund.id, differs=differs, mend=lambda: bring_up_to_date(whose))


def has_receipt(whose: Order | Subscription) -> bool:
    """Without one nothing was granted either, and the order itself is in doubt."""
    return isinstance(whose, Subscription) or Receipt.objects.filter(source=f"order:{whose.key}").exists()


def of_disputes(scope: Scope) -> Doubts:
    """The new ones, and those that are open here however old they are."""
    seen = {dispute.id: dispute for dispute in payments.disputes_since(scope.since)}
    still_open = Dispute.objects.filter(closed_at=None).values_list("stripe_id", flat=True)
    for stripe_id in still_open[:AT_ONCE]:
        if stripe_id in seen:
            continue
        if dispute := if_known(payments.dispute, stripe_id):
            seen[stripe_id] = dispute
        else:
            yield lost("dispute", stripe_id, "open here, unknown to Stripe")
    for dispute in seen.values():
        whose = owner_of(dispute.payment_intent_id)
        if whose is not None:
            yield dispute_doubt(dispute, whose)


def dispute_doubt(dispute: SeenDispute, whose: Order | Subscription) -> Doubt:
    def differs() -> str:
        row = Dispute.objects.filter(stripe_id=dispute.id).first()
        if row is None:
            return f"{dispute.status} at Stripe, unknown here"
        return "" if row.status == dispute.status else f"{dispute.status} at Stripe, {row.status} here"

    return Doubt(kind="dispute", about=dispute.id, differs=differs, mend=lambda: bring_up_to_date(whose))
