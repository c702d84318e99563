"""Who is in the Club, and what Stripe has of our readers and of what we sell."""

from django.conf import settings
from django.utils import timezone

from .. import catalogue, standing
from ..gateway import clubs, payments
from ..models import StripeCustomer, StripePrice, Subscription
from ..objects import SubscriptionState
from ..settling import order_of_key
from ..subscribing import sync_subscription
from .doubt import AT_ONCE, Doubt, Doubts, Scope, if_known, lost, of_a_reader, ours, stranger
from .money_back import held


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
