"""Where our rows and Stripe may differ: each found by looking at lists, without writing anything.

A doubt knows how to look again, so that what the worker did meanwhile is no finding, and whether a repair
helped. What repairs is always one of the two functions that every event ends in.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from credits.models import LedgerTransaction, TransactionKind

from . import catalogue, clawback, inbox, standing
from .errors import NoSuchObject
from .gateway import clubs, events, payments
from .handlers import HANDLERS
from .models import Dispute, Order, Receipt, StripeCustomer, StripeEvent, StripePrice, Subscription
from .objects import Dispute as SeenDispute
from .objects import EventNote, Payment, Refund, Session, SubscriptionState
from .settling import SETTLED, order_of_key, sync_order
from .subscribing import sync_subscription

T = TypeVar("T")

# Younger ones may be on their way through the webhook at this moment.
ON_ITS_WAY = timedelta(minutes=1)
# An order that Stripe was last asked about so long ago is asked about again.
LOOKED_AT_AGAIN = timedelta(days=1)
# So many of those a run: the rest come next time, and no run lasts for ever.
AT_ONCE = 500


@dataclass(frozen=True, kw_only=True)
class Doubt:
    """`differs` says in words what is wrong, or nothing. Without `mend` it is left for a person.

    `about` is an id of Stripe's, or an order's key: never a name or an address.
    """

    kind: str
    about: str
    differs: Callable[[], str]
    mend: Callable[[], object] | None = None


@dataclass(frozen=True, kw_only=True)
class Scope:
    """What is compared: everything made since then, and `full` also what no light run asks for."""

    since: datetime
    full: bool
    heard_since: datetime


Doubts = Iterator[Doubt]


def doubts(scope: Scope) -> Iterator[Doubt | None]:
    """One for each thing compared: None where all is well at the first look. Raises `PaymentError`."""
    for doubt in (found for look in looks(scope) for found in look):
        yield doubt if doubt.differs() else None


def looks(scope: Scope) -> Iterable[Doubts]:
    """Events come last: what they were to tell us is found by name before."""
    yield from (
        of_sessions(payments.sessions_since(scope.since)),
        of_orders_unsettled(),
        of_refunds(payments.refunds_since(scope.since)),
        of_disputes(scope),
        of_subscriptions(scope),
        of_the_ledger(),
        of_what_waits(),
    )
    if scope.full:
        yield from (of_payments(payments.payments_since(scope.since)), of_customers(), of_prices())
    yield of_events(scope)


def ours(site: str) -> bool:
    return site == urlsplit(settings.BASE_URL).netloc


# Orders


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


def if_known(fetch: Callable[[str], T], stripe_id: str) -> T | None:
    try:
        return fetch(stripe_id)
    except NoSuchObject:
        return None


def lost(kind: str, about: str, text: str) -> Doubt:
    """Stripe forgets nothing: most likely the key is another account's."""
    return Doubt(kind=f"lost {kind}", about=about, differs=lambda: text)


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


def of_a_reader(customer_id: str | None) -> bool:
    return bool(customer_id) and StripeCustomer.objects.filter(stripe_id=customer_id).exists()


def stranger(kind: str, about: str, order_key: str) -> Doubt:
    """Paid by a reader, or bearing this site's mark: a backup older than it, or made by hand."""
    text = f"names order {order_key}, which is not here" if order_key else "of a reader, and of no order"
    return Doubt(kind=f"foreign {kind}", about=about, differs=lambda: text)


# Money that went back


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


# Clubs


def of_subscriptions(scope: Scope) -> Doubts:
    """Those made since then; of ours also the living ones that renew now, or, in a full run, all of them."""
    seen = {state.id: state for state in clubs.subscriptions(since=None if scope.full else scope.since)}
    for state in seen.values():
        if held(state.id) or order_of_key(state.order_key):
            yield subscription_doubt(state)
        elif ours(state.site) or bought_from_us(state):
            yield stranger("subscription", state.id, state.order_key)
    living = Subscription.objects.living().exclude(stripe_id__in=list(seen))
    due = living if scope.full else living.filter(period_end__lt=timezone.now())
    for row in due.order_by("looked_at")[:AT_ONCE]:
        # The list of a full run has all there are.
        found = None if scope.full else if_known(clubs.subscription, row.stripe_id)
        if found is not None:
            yield subscription_doubt(found)
        else:
            yield lost("subscription", row.stripe_id, f"{row.status} here, unknown to Stripe")


def bought_from_us(state: SubscriptionState) -> bool:
    return StripePrice.objects.filter(stripe_id=state.price_id).exists() or of_a_reader(state.customer_id)


def subscription_doubt(state: SubscriptionState) -> Doubt:
    return Doubt(
        kind="subscription",
        about=state.id,
        differs=lambda: subscription_differs(state),
        mend=lambda: sync_subscription(state.id),
    )


def subscription_differs(state: SubscriptionState) -> str:
    row = held(state.id)
    if row is None:
        return f"{state.status} at Stripe, unknown here"
    ends = standing.stops_at(state) if row.lives else row.cancel_at
    facts = [
        ("status", state.status, row.status),
        ("price", state.price_id, row.price_id),
        ("period end", state.period_end, row.period_end),
        ("end", ends, row.cancel_at),
    ]
    return "; ".join(
        f"{what}: {there} at Stripe, {here} here" for what, there, here in facts if there != here
    )


def of_customers() -> Doubts:
    living = payments.living_customers()
    known = StripeCustomer.objects.filter(deleted_at=None, livemode=settings.STRIPE_LIVEMODE)
    for customer in known:
        if customer.stripe_id not in living:
            yield customer_doubt(customer)


def customer_doubt(customer: StripeCustomer) -> Doubt:
    def differs() -> str:
        gone = StripeCustomer.objects.filter(pk=customer.pk, deleted_at=None).exists()
        return "deleted at Stripe, in use here" if gone else ""

    def mend() -> None:
        living = Subscription.objects.living().filter(reader=customer.reader_id)
        for stripe_id in list(living.values_list("stripe_id", flat=True)):
            sync_subscription(stripe_id)
        StripeCustomer.objects.filter(pk=customer.pk).update(deleted_at=timezone.now())

    return Doubt(kind="customer", about=customer.stripe_id, differs=differs, mend=mend)


def of_prices() -> Doubts:
    yield Doubt(kind="catalogue", about="stripe_sync", differs=catalogue_differs)


def catalogue_differs() -> str:
    try:
        steps = catalogue.plan(catalogue.read()).steps
    except catalogue.Refused as refused:
        return refused.reasons[0]
    return f"{len(steps)} things are not as our data say: run stripe_sync" if steps else ""


# What our own books say


def of_the_ledger() -> Doubts:
    """Grants that no paid order has, and paid orders that have no grant. No question to Stripe."""
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


# What we were never told


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
