"""What an event is a hint to. Each finds whom it concerns and has that brought to what Stripe says now.

The payload serves to find our row and no more: every object is asked for again, so an event of an older API
version, or one that came late, does no harm. Stripe is not asked where it was since the event came: that
answer held its effect already. So a burst of news about one thing costs one look.
"""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.utils import timezone

from .errors import Foreign, NoSuchObject, Parked
from .gateway import clubs, payments
from .models import Order, StripeCustomer, StripeEvent, Subscription
from .settling import order_of_key, sync_order
from .subscribing import sync_subscription

Handler = Callable[[StripeEvent], None]


def handle(event: StripeEvent) -> None:
    """Raises `Foreign` for what is not ours, `Parked` for what needs a person, and `PaymentError`."""
    handler = HANDLERS.get(event.type)
    if handler is None:
        raise Foreign("no type of event that anything follows from")
    handler(event)


def of_session(event: StripeEvent) -> None:
    order = order_of_session(event)
    if order is None:
        raise foreign(event)
    if order.session_id != event.object_id or not is_known(event, order):
        sync_order(order.pk, session_id=event.object_id)


def order_of_session(event: StripeEvent) -> Order | None:
    by_id = Order.objects.filter(session_id=event.object_id).first()
    return by_id or order_of_key(order_key(event)) if event.object_id else None


def of_payment_intent(event: StripeEvent) -> None:
    settle_payment(event, event.object_id)


def of_what_names_its_payment(event: StripeEvent) -> None:
    """Charges, refunds and disputes. A charge without an intent is none of ours."""
    seen = thing(event)
    settle_payment(event, text(seen.get("payment_intent")) or intent_of(text(seen.get("charge"))))


def intent_of(charge_id: str) -> str:
    try:
        return payments.payment_of_charge(charge_id).intent_id if charge_id else ""
    except NoSuchObject:
        return ""


def settle_payment(event: StripeEvent, intent_id: str) -> None:
    """Of an order, or of a subscription's invoice."""
    if not intent_id:
        raise foreign(event)
    order = Order.objects.filter(payment_intent_id=intent_id).first() or order_of_key(order_key(event))
    if order is None:
        order = order_of_key(payments.payment(intent_id).order_key)
    if order is not None:
        if not is_known(event, order):
            sync_order(order.pk)
        return
    invoice = clubs.invoice_of_payment(intent_id)
    if invoice is None or invoice.subscription_id is None:
        raise foreign(event)
    settle_subscription(event, invoice.subscription_id)


def of_subscription(event: StripeEvent) -> None:
    settle_subscription(event, event.object_id)


def settle_subscription(event: StripeEvent, stripe_id: str) -> None:
    if not is_known(event, Subscription.objects.filter(stripe_id=stripe_id).first()):
        sync_subscription(stripe_id)


def of_invoice(event: StripeEvent) -> None:
    settle_invoice(event, event.object_id, told=subscription_named(event))


def subscription_named(event: StripeEvent) -> str:
    match thing(event):
        case {"parent": {"subscription_details": {"subscription": named}}} | {"subscription": named}:
            return text(named)
    return ""


def of_what_names_its_invoice(event: StripeEvent) -> None:
    """Payments of invoices, and credit notes."""
    settle_invoice(event, text(thing(event).get("invoice")))


def settle_invoice(event: StripeEvent, invoice_id: str, told: str = "") -> None:
    """`told`: the subscription that the payload names. It serves to leave Stripe alone, and for no more."""
    if is_known(event, Subscription.objects.filter(stripe_id=told).first()):
        return
    subscription_id = clubs.invoice(invoice_id).subscription_id if invoice_id else None
    if subscription_id is None:
        raise foreign(event)
    settle_subscription(event, subscription_id)


def is_known(event: StripeEvent, held: Order | Subscription | None) -> bool:
    """Stripe was asked about it since the event came. What a person has worked again is asked for again."""
    if held is None or held.looked_at is None or event.replayed_by_id is not None:
        return False
    return held.looked_at > event.received_at


def of_deleted_customer(event: StripeEvent) -> None:
    """Its subscriptions ended with it."""
    customer = StripeCustomer.objects.filter(stripe_id=event.object_id).first()
    if customer is None:
        raise foreign(event)
    StripeCustomer.objects.filter(pk=customer.pk, deleted_at=None).update(deleted_at=timezone.now())
    living = Subscription.objects.living().filter(reader=customer.reader_id)
    for stripe_id in list(living.order_by("stripe_id").values_list("stripe_id", flat=True)):
        sync_subscription(stripe_id)


def thing(event: StripeEvent) -> dict[str, Any]:
    seen = event.payload.get("data", {}).get("object", {})
    return seen if isinstance(seen, dict) else {}


def metadata(event: StripeEvent) -> dict[str, Any]:
    seen = thing(event).get("metadata")
    return seen if isinstance(seen, dict) else {}


def order_key(event: StripeEvent) -> str:
    return text(metadata(event).get("order"))


def text(value: Any) -> str:
    """An id, or the object in full that some older versions sent in its place."""
    if isinstance(value, dict):
        value = value.get("id")
    return value if isinstance(value, str) else ""


def foreign(event: StripeEvent) -> Foreign | Parked:
    """Not ours; or ours by its mark, and the row is lost: a restored backup is older than it."""
    if metadata(event).get("site") == urlsplit(settings.BASE_URL).netloc:
        return Parked("it bears this site's mark, and no row here knows it")
    return Foreign("another site's, or made by hand")


ONE_HINT: dict[Handler, tuple[str, ...]] = {
    of_session: (
        "checkout.session.async_payment_failed",
        "checkout.session.async_payment_succeeded",
        "checkout.session.completed",
        "checkout.session.expired",
    ),
    of_payment_intent: (
        "payment_intent.canceled",
        "payment_intent.payment_failed",
        "payment_intent.processing",
        "payment_intent.succeeded",
    ),
    of_what_names_its_payment: (
        "charge.dispute.closed",
        "charge.dispute.created",
        "charge.dispute.funds_reinstated",
        "charge.dispute.funds_withdrawn",
        "charge.dispute.updated",
        "charge.failed",
        "charge.refund.updated",
        "charge.refunded",
        "charge.succeeded",
        "charge.updated",
        "refund.created",
        "refund.failed",
        "refund.updated",
    ),
    of_subscription: (
        "customer.subscription.created",
        "customer.subscription.deleted",
        "customer.subscription.paused",
        "customer.subscription.pending_update_applied",
        "customer.subscription.pending_update_expired",
        "customer.subscription.resumed",
        "customer.subscription.trial_will_end",
        "customer.subscription.updated",
    ),
    of_invoice: (
        "invoice.created",
        "invoice.finalization_failed",
        "invoice.finalized",
        "invoice.marked_uncollectible",
        "invoice.paid",
        "invoice.payment_action_required",
        "invoice.payment_failed",
        "invoice.payment_succeeded",
        "invoice.updated",
        "invoice.voided",
    ),
    of_what_names_its_invoice: (
        "credit_note.created",
        "credit_note.updated",
        "credit_note.voided",
        "invoice_payment.paid",
    ),
    of_deleted_customer: ("customer.deleted",),
}

HANDLERS: dict[str, Handler] = {kind: handler for handler, kinds in ONE_HINT.items() for kind in kinds}
# What the webhook endpoint at Stripe is to send.
TYPES = tuple(sorted(HANDLERS))
