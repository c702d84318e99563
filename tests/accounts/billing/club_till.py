"""What a test needs to sell memberships at the local Stripe, and to let time pass there."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from django.utils import timezone

from accounts.billing import joining, orders, settling
from accounts.billing.models import Order, StripePrice, Subscription
from accounts.billing.subscribing import sync_subscription
from accounts.models import Membership, Tier, User
from tests.emulator import GOOD_CARD, Emulator

from .till import at_stripe


def make_tier(name: str = "Club", *, monthly: int = 1200, yearly: int = 12000, **terms: Any) -> Tier:
    """Ours, and at Stripe. Prices in pence."""
    slug = f"{name.lower()}-{uuid4().hex[:6]}"
    tier = Tier.objects.create(name=name, slug=slug, price_monthly=monthly, price_yearly=yearly, **terms)
    product = at_stripe().v1.products.create({"name": name})
    for interval, amount in (("month", monthly), ("year", yearly)):
        price = at_stripe().v1.prices.create(
            {
                "currency": "gbp",
                "unit_amount": amount,
                "tax_behavior": "inclusive",
                "product": product.id,
                "recurring": {"interval": interval},
            }
        )
        StripePrice.objects.create(
            stripe_id=price.id,
            product_id=product.id,
            tier=tier,
            interval=interval,
            currency="GBP",
            amount=amount,
            livemode=False,
        )
    return tier


def price_of(tier: Tier, interval: str = "month") -> str:
    return StripePrice.objects.get(tier=tier, interval=interval).stripe_id


def begin(reader: User, tier: Tier, interval: str = "month", **how: Any) -> Order:
    """Written down, and its session open at Stripe."""
    order = joining.start_club(
        reader=reader, tier=tier, interval=interval, back_to="", consent="2026-11", **how
    )
    orders.checkout_url(order)
    order.refresh_from_db()
    return order


@dataclass
class Club:
    """One membership, here and at Stripe. ``now`` is the emulator's time."""

    emulator: Emulator
    stripe_id: str
    now: datetime

    @property
    def row(self) -> Subscription:
        return Subscription.objects.select_related("membership", "tier", "reader").get(
            stripe_id=self.stripe_id
        )

    @property
    def membership(self) -> Membership:
        held = self.row.membership
        assert held is not None
        return held

    @property
    def is_open(self) -> bool:
        """Now: Stripe's clock went on by itself since somebody last moved it."""
        held = self.row.membership
        return held is not None and held.is_live(max(self.now, timezone.now()))

    def sync(self) -> Subscription:
        return sync_subscription(self.stripe_id, now=self.now)

    def after(self, days: float) -> Subscription:
        """So many days later, and looked at."""
        self.now = datetime.fromtimestamp(self.emulator.advance(days=days), UTC)
        return self.sync()

    def switch(self, tier: Tier, interval: str = "month") -> Subscription:
        """As the portal does."""
        seen = at_stripe().v1.subscriptions.retrieve(self.stripe_id)
        at_stripe().v1.subscriptions.update(
            self.stripe_id,
            {
                "items": [{"id": seen.items.data[0].id, "price": price_of(tier, interval)}],
                "proration_behavior": "always_invoice",
            },
        )
        return self.sync()

    def card(self, card: str) -> None:
        customer = at_stripe().v1.subscriptions.retrieve(self.stripe_id).customer
        self.emulator.change_card(str(customer), card=card)

    def latest_intent(self) -> str:
        """What paid the newest invoice."""
        params: Any = {"subscription": self.stripe_id, "limit": 1, "expand": ["data.payments"]}
        invoice = at_stripe().v1.invoices.list(params).data[0]
        assert invoice.payments is not None
        return str(invoice.payments.data[0].payment.payment_intent)

    def pay_back(self, amount: int | None = None) -> None:
        params: Any = {"payment_intent": self.latest_intent()}
        at_stripe().v1.refunds.create(params | ({"amount": amount} if amount else {}))

    def charge(self) -> str:
        return str(at_stripe().v1.payment_intents.retrieve(self.latest_intent()).latest_charge)


def join(
    emulator: Emulator, reader: User, tier: Tier, interval: str = "month", *, card: str = GOOD_CARD
) -> Club:
    order = begin(reader, tier, interval)
    return pay(emulator, order, card=card)


def pay(emulator: Emulator, order: Order, *, card: str = GOOD_CARD) -> Club:
    emulator.pay(order.session_id, card=card)
    settling.sync_order(order.pk)
    order.refresh_from_db()
    now = datetime.fromtimestamp(emulator.advance(seconds=1), UTC)
    held = order.subscriptions.get()
    return Club(emulator=emulator, stripe_id=held.stripe_id, now=now)
