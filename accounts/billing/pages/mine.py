"""What is a reader's own, and of accounts that were joined to theirs."""

from credits.statements import joined

from ...models import User
from ..models import Order, OrderQuerySet, Subscription, SubscriptionQuerySet


def orders_of(reader: User) -> OrderQuerySet:
    own = Order.objects.filter(reader__wallet__in=joined(reader.wallet_id))
    return own.select_related("pack", "tier", "gift")


def clubs_of(reader: User) -> SubscriptionQuerySet:
    own = Subscription.objects.filter(reader__wallet__in=joined(reader.wallet_id))
    return own.select_related("tier", "membership", "order")
