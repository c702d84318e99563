"""When one reader becomes another, their customers and clubs go along. Of two clubs the older stays."""

from typing import Any

from django.dispatch import receiver

from ..models import Membership, User
from ..signals import merging
from ..turns import take_turn
from . import ending
from .leaving import tell_stripe_soon
from .models import StripeCustomer, Subscription
from .subscribing import clubs_of


@receiver(merging)
def join_clubs(source: User, target: User, **kwargs: Any) -> str:
    """Before their memberships are moved: what a subscription opens follows Stripe and not us."""
    for reader in sorted((source, target), key=lambda one: one.pk):
        take_turn(clubs_of(reader))
    StripeCustomer.objects.filter(reader=source).update(reader=target)
    moved = list(Subscription.objects.filter(reader=source))
    Membership.objects.filter(subscription__in=moved).update(reader=target)
    Subscription.objects.filter(reader=source).update(reader=target)
    did = [f"{len(moved)} club{'' if len(moved) == 1 else 's'} moved"] if moved else []
    return "; ".join([*did, *keep_one(target)])


def keep_one(reader: User) -> list[str]:
    living = list(Subscription.objects.living().filter(reader=reader, end_because=""))
    going = sorted(living, key=ending.seniority)[1:]
    for held in going:
        ending.ask_to_end(held, Subscription.End.MERGED)
        tell_stripe_soon(held)
    return [f"the newer club {held.stripe_id} ends, and its unused time is paid back" for held in going]
