"""What was ordered, beside what was paid."""

from collections.abc import Iterable
from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from ..gateway import payments
from ..models import Order
from ..objects import Payment, Session
from ..settling import SETTLED, order_of_key, sync_order
from .doubt import AT_ONCE, Doubt, Doubts, if_known, lost, of_a_reader, ours, stranger
from .money_back import held

# An order that Stripe was last asked about so long ago is asked about again.
LOOKED_AT_AGAIN = timedelta(days=1)


def of_sessions(sessions: Iterable[Session]) -> Doubts:
    for session in sessions:
        order = order_of_key(session.order_key)
        if order is not None:
            yield session_doubt(session, order)
        elif session.status == "complete" and (ours(session.site) or of_a_reader(session.customer_id)):
            yield stranger("payment", session.id, session.order_key)


def session_doubt(session: Session, order: Order) -> Doubt:
    def differs() -> str:
        order.refresh_from_db()
        return order_differs(order, session)

    return Doubt(
        kind="payment",
        about=str(order.key),
        differs=differs,
        mend=lambda: sync_order(order.pk, session_id=session.id),
    )


def order_differs(order: Order, session: Session) -> str:
    """Of an order that is parked, or was set aside, a person knows: see `of_what_waits`."""
    if order.parked_because or (session.id != order.session_id and session.status != "complete"):
        return ""
    if session.id != order.session_id:
        return f"{session.id} was paid, and the order has {order.session_id or 'no session'}"
    settled = session.status == "complete" and session.payment_status in SETTLED
    if settled and order.state != Order.State.PAID:
        return f"paid at Stripe, {order.state} here"
    if session.status == "expired" and order.state in (Order.State.STARTED, Order.State.PENDING):
        return f"expired at Stripe, {order.state} here"
    if session.status == "complete" and not settled and order.state == Order.State.STARTED:
        return "on its way at Stripe, started here"
    if order.state == Order.State.PAID and session.amount_total != order.amount_paid:
        return f"{session.amount_total} paid at Stripe, {order.amount_paid} here"
    if settled and order.what != Order.What.CLUB and order.granted_id is None:
        return "paid, and its credits were not granted"
    if settled and session.subscription_id and not held(session.subscription_id):
        return f"paid, and {session.subscription_id} is not here"
    return ""


def of_orders_unsettled() -> Doubts:
    """Older than what is listed: a debit that takes a fortnight, a session that was never made."""
    before = timezone.now() - LOOKED_AT_AGAIN
    unasked = Q(looked_at=None) | Q(looked_at__lt=before)
    waiting = Order.objects.unsettled().filter(unasked, created_at__lt=before).order_by("created_at")
    for order in waiting[:AT_ONCE]:
        if not order.session_id:
            yield never_begun(order)
        elif session := if_known(payments.session, order.session_id):
            yield session_doubt(session, order)
        else:
            yield lost("session", order.session_id, f"{order.state} here, unknown to Stripe")


def never_begun(order: Order) -> Doubt:
    def differs() -> str:
        order.refresh_from_db()
        return "never had a session" if order.state == Order.State.STARTED else ""

    return Doubt(kind="payment", about=str(order.key), differs=differs, mend=lambda: sync_order(order.pk))


def of_payments(found: Iterable[Payment]) -> Doubts:
    for payment in found:
        if payment.status != "succeeded":
            continue
        order = order_of_key(payment.order_key)
        if order is not None:
            yield payment_doubt(payment, order)
        elif ours(payment.site):
            yield stranger("payment", payment.intent_id, payment.order_key)


def payment_doubt(payment: Payment, order: Order) -> Doubt:
    def differs() -> str:
        order.refresh_from_db()
        if order.parked_because or order.payment_intent_id == payment.intent_id:
            return ""
        return f"{payment.intent_id} was paid, and the order has {order.payment_intent_id or 'no payment'}"

    return Doubt(kind="payment", about=str(order.key), differs=differs, mend=lambda: sync_order(order.pk))
