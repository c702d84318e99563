"""A member cancels, takes that back, looks after card and plan, or leaves altogether."""

from contextlib import suppress
from uuid import uuid4

from django.conf import settings
from django.db import transaction

from ..models import User
from . import customers, ending
from .errors import Foreign, Parked, Unavailable
from .gateway import clubs
from .joining import club_of
from .models import PortalConfiguration, Subscription
from .standing import PAID_FOR
from .subscribing import sync_subscription
from .tasks import look_at_club

# What of the portal belongs to one subscription.
OF_A_SUBSCRIPTION = ("subscription_update", "subscription_cancel")


class NoClub(Exception):
    """There is nothing of this reader's that lives at Stripe."""


def cancel(reader: User) -> Subscription:
    """At the end of what is paid; at once where nothing is. Raises `NoClub`, `PaymentError`."""
    held = living_club_of(reader)
    if held.status in PAID_FOR:
        # A key of its own each time: cancelled, taken back and cancelled again are three acts.
        clubs.set_cancel_at_period_end(held.stripe_id, True, key=f"cancel:{held.stripe_id}:{uuid4()}")
    else:
        ending.ask_to_end(held, Subscription.End.CANCELLED)
    return looked_at_if_possible(held)


def resume(reader: User) -> Subscription:
    """Take a cancelling back before it takes effect. Raises `NoClub`, `PaymentError`."""
    held = living_club_of(reader)
    clubs.set_cancel_at_period_end(held.stripe_id, False, key=f"resume:{held.stripe_id}:{uuid4()}")
    return looked_at_if_possible(held)


def looked_at_if_possible(held: Subscription) -> Subscription:
    """What was asked is done, or noted to be done. If it cannot be looked at now, its event comes anyway."""
    with suppress(Unavailable, Foreign, Parked):
        return sync_subscription(held.stripe_id)
    return held


def living_club_of(reader: User) -> Subscription:
    held = club_of(reader)
    if held is None or held.end_because:
        raise NoClub
    return held


def portal_url(reader: User, *, return_url: str, flow: str = "") -> str:
    """Stripe's page for card, invoices and plan. Who was merged may have two customers: the club's is meant.

    `flow`: payment_method_update, subscription_update or subscription_cancel. Raises `PaymentError`.
    """
    held = club_of(reader)
    if held is None:
        customer_id = customers.customer_of(reader)
        return clubs.portal(customer_id, return_url=return_url, configuration_id=configuration_id())
    customer_id = clubs.subscription(held.stripe_id).customer_id
    return clubs.portal(
        customer_id,
        return_url=return_url,
        configuration_id=configuration_id(),
        flow=flow,
        subscription_id=held.stripe_id if flow in OF_A_SUBSCRIPTION else None,
    )


def configuration_id() -> str:
    """Empty where `manage.py stripe_sync` has not been run."""
    ours = PortalConfiguration.objects.filter(livemode=settings.STRIPE_LIVEMODE)
    return ours.values_list("stripe_id", flat=True).first() or ""


def end_all(user: User) -> None:
    """In the transaction that closes the account. Stripe hears of it afterwards, however long that takes."""
    for held in Subscription.objects.living().filter(reader=user):
        ending.ask_to_end(held, Subscription.End.CLOSED)
        tell_stripe_soon(held)


def tell_stripe_soon(held: Subscription) -> None:
    stripe_id = held.stripe_id
    transaction.on_commit(lambda: look_at_club.enqueue(stripe_id))
