"""An order is brought to what Stripe says now, whatever news led here and however often.

First the order's turn, then Stripe is asked, then its whole answer is applied: so an older answer never
overwrites a newer one. See docs/decisions/0024-an-event-is-a-hint.md.
"""

from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from credits import ledger
from credits.models import LotKind

from ..models import User
from ..turns import take_turn
from . import clawback, disputing, gifts, receipts
from .alerts import alert
from .errors import Parked
from .gateway import payments
from .models import Order, Receipt, StripeCustomer
from .objects import Payment, Session
from .subscribing import sync_subscription

State = Order.State

SETTLED = ("paid", "no_payment_required")
# Of a debit that did not come through: the intent asks for another way to pay, and none is offered any more.
FAILED = ("requires_payment_method", "canceled")
# Longer than a session lives that was asked for at once. Nobody can pay what has none.
NEVER_BEGUN_AFTER = timedelta(hours=25)

FOLLOWS_STRIPE = [
    "session_id",
    "payment_intent_id",
    "state",
    "parked_because",
    "paid_at",
    "amount_paid",
    "amount_discount",
    "amount_tax",
    "amount_refunded",
    "looked_at",
]


@transaction.atomic
def sync_order(order_id: int, *, session_id: str = "") -> Order:
    """Ask Stripe and apply: payment, credits, money back, disputes, receipts. Once or a hundred times.

    `session_id` is what an event was about: taken up by an order that lost its own, refused by any other.
    Raises `PaymentError` where Stripe does not answer, `Parked` where what was applied is contradicted.
    """
    key = Order.objects.values_list("key", flat=True).get(pk=order_id)
    asked_at = take_turn(f"order {key}")
    order = Order.objects.select_for_update(no_key=True, of=("self",)).get(pk=order_id)
    order.looked_at = asked_at
    session_id = session_of(order, session_id)
    if not session_id:
        return without_session(order)
    apply(order, payments.session(session_id))
    return order


def session_of(order: Order, told: str) -> str:
    if order.session_id and told and told != order.session_id:
        raise Parked(f"{told} claims order {order.key}, which has another session")
    return order.session_id or told


def without_session(order: Order) -> Order:
    """Stripe was never asked, or its answer was lost, and the reader with it."""
    if order.state == State.STARTED and order.created_at < timezone.now() - NEVER_BEGUN_AFTER:
        order.state = State.EXPIRED
    order.save(update_fields=["state", "looked_at"])
    return order


def apply(order: Order, session: Session) -> None:
    wrong = mismatch(order, session, reader=reader_of(session.customer_id))
    if wrong:
        park(order, wrong)
        return
    note_session(order, session)
    if order.state == State.PAID and order.what != Order.What.CLUB:
        give(order, session)
        take_back(order, session.payment)
    if session.subscription_id:
        sync_subscription(session.subscription_id)


def reader_of(customer_id: str | None) -> User | None:
    customer = StripeCustomer.objects.filter(stripe_id=customer_id or "").select_related("reader").first()
    return customer.reader if customer else None


def mismatch(order: Order, session: Session, *, reader: User | None) -> str:
    """What of the session is not the order's: in words, or empty. `reader` is whose customer pays it."""
    quantity = sum(line.quantity for line in session.lines) if session.lines else order.quantity
    facts = [
        ("order", session.order_key, str(order.key)),
        ("mode", session.mode, "subscription" if order.what == Order.What.CLUB else "payment"),
        ("livemode", session.livemode, order.livemode),
        ("currency", session.currency, order.currency),
        ("amount", session.amount_subtotal, amount_asked(order, session)),
        ("quantity", quantity, order.quantity),
        ("customer's reader", reader and reader.by_now.pk, order.reader.by_now.pk),
    ]
    return "; ".join(f"{what} {is_!r} instead of {due!r}" for what, is_, due in facts if is_ != due)


def amount_asked(order: Order, session: Session) -> int:
    """Where a club begins with free days, nothing is asked today."""
    return 0 if order.trial_days and session.amount_subtotal == 0 else order.amount


def park(order: Order, wrong: str) -> None:
    """Nothing is granted. What was granted on a session that agreed stays, and somebody looks."""
    if order.paid_at:
        raise Parked(f"order {order.key} is paid, and its session has {wrong} now")
    if set_aside(order):
        order.save(update_fields=["looked_at"])
        return
    order.state, order.parked_because = State.PARKED, wrong[:300]
    order.save(update_fields=["state", "parked_because", "looked_at"])
    text = (
        f"The checkout session of order {order.key} does not agree with the order: {wrong}.\n\n"
        "Nothing was granted. See docs/billing.md."
    )
    alert("an order does not agree with its payment", text, key=f"order:{order.key}:{wrong}")


def set_aside(order: Order) -> bool:
    """A person settled it outside, so that it waits for nobody any more."""
    return order.state == State.FAILED and bool(order.parked_because)


def note_session(order: Order, session: Session) -> None:
    payment = session.payment
    order.session_id = session.id
    order.payment_intent_id = payment.intent_id if payment else order.payment_intent_id
    order.parked_because = ""
    order.state = state_after(State(order.state), session)
    if order.state == State.PAID:
        order.paid_at = order.paid_at or timezone.now()
        order.amount_paid = session.amount_total
        order.amount_discount = session.amount_discount
        order.amount_tax = session.amount_tax
        order.amount_refunded = payment.amount_refunded if payment else order.amount_refunded
    order.save(update_fields=FOLLOWS_STRIPE)


def state_after(before: Order.State, session: Session) -> Order.State:
    """Paid is paid: money that goes back is a refund. An unknown word changes nothing and is looked at."""
    if before == State.PAID:
        return State.PAID
    match session.status, session.payment_status:
        case "open", _:
            return State.STARTED
        case "expired", _:
            return State.EXPIRED
        case "complete", "paid" | "no_payment_required":
            return State.PAID
        case "complete", "unpaid":
            has_failed = session.payment is not None and session.payment.status in FAILED
            return State.FAILED if has_failed else State.PENDING
    raise Parked(f"{session.id} is {session.status!r} and {session.payment_status!r}")


def give(order: Order, session: Session) -> None:
    """The credits that the order says, to whom it says, once."""
    assert order.paid_at is not None
    wallet_id = wallet_of(order)
    if order.granted_id is None:
        tell_of_a_closed_account(order)
        order.granted_id = ledger.grant(
            wallet_id=wallet_id,
            amount=order.credits,
            kind=LotKind.PAID,
            reason=order.title,
            reference=str(order.key),
            key=f"checkout:{order.key}",
        ).transaction_id
    if order.bonus and order.bonus_granted_id is None:
        order.bonus_granted_id = ledger.grant(
            wallet_id=wallet_id,
            amount=order.bonus,
            kind=LotKind.PROMOTIONAL,
            reason=f"Bonus: {order.title}",
            reference=str(order.key),
            key=f"checkout:{order.key}:bonus",
            expires_at=order.paid_at + timedelta(days=order.bonus_days) if order.bonus_days else None,
        ).transaction_id
    order.save(update_fields=["granted", "bonus_granted"])
    receipts.for_order(order, session)


def tell_of_a_closed_account(order: Order) -> None:
    if order.reader.by_now.closed_at and order.what != Order.What.GIFT:
        text = f"Order {order.key} was paid when its reader's account was closed. Pay it back at Stripe."
        alert("a closed account paid", text, key=f"order:{order.key}:closed")


def wallet_of(order: Order) -> int:
    """The ledger passes on what reaches a wallet that was merged since."""
    return gifts.wallet_of(order) if order.what == Order.What.GIFT else order.reader.wallet_id


def take_back(order: Order, payment: Payment | None) -> None:
    """What was refunded, and what a bank took."""
    if payment is None:
        return
    clawback.lock_wallets_of(order)
    newly_lost = disputing.note_all(payment.disputes, order=order)
    disputing.hold_or_let_go(wallet_of(order), payment.disputes)
    if newly_lost:
        clawback.revoke_what_it_opened(order)
    clawback.take_back(order, money_gone=clawback.money_gone(payment))
    if receipt := Receipt.objects.filter(source=f"order:{order.key}").first():
        clawback.correct(receipt, payment)


def order_of_key(key: str) -> Order | None:
    try:
        return Order.objects.filter(key=UUID(key)).first()
    except ValueError:
        return None
