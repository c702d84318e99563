"""What a test needs to sell credits at the local Stripe: packs with prices there, readers, orders, news."""

from typing import Any

import stripe
from django.conf import settings
from django.utils import timezone

from accounts.billing import inbox, objects, orders, settling
from accounts.billing.gateway import events
from accounts.billing.models import Order, StripeEvent, StripePrice
from accounts.models import Pack, PackPrice, User
from credits import ledger
from tests.emulator import Emulator, Posting


def at_stripe() -> stripe.StripeClient:
    return stripe.StripeClient(
        settings.STRIPE_SECRET_KEY, base_addresses={"api": settings.STRIPE_API_BASE}, max_network_retries=0
    )


def make_pack(
    *, credits: int = 10, bonus: int = 0, amount: int = 1000, currency: str = "GBP", days: int = 0
) -> Pack:
    """Ours, and at Stripe. `amount` in minor units; `days` until the bonus expires, 0 for never."""
    name = f"{credits} credits for {amount} {currency}"
    pack = Pack.objects.create(name=name, credits=credits, bonus=bonus, bonus_days=days)
    PackPrice.objects.create(pack=pack, currency=currency, amount=amount)
    price = at_stripe().v1.prices.create(
        {
            "currency": currency.lower(),
            "unit_amount": amount,
            "tax_behavior": "inclusive",
            "product_data": {"name": name},
        }
    )
    StripePrice.objects.create(
        stripe_id=price.id,
        product_id=str(price.product),
        pack=pack,
        currency=currency,
        amount=amount,
        livemode=False,
    )
    return pack


def bare_pack() -> Pack:
    """One that Stripe has not heard of."""
    return Pack.objects.create(name="Ten", credits=10)


def a_dispute(*, status: str, amount: int = 1000, id: str = "dp_1") -> objects.Dispute:
    return objects.Dispute(
        id=id,
        amount=amount,
        currency="GBP",
        status=status,
        reason="fraudulent",
        created=timezone.now(),
        charge_id="ch_1",
        payment_intent_id="pi_1",
    )


def begin(reader: User, pack: Pack, *, currency: str = "GBP", quantity: int = 1) -> Order:
    """Written down, and its session open at Stripe."""
    order = orders.start_pack(
        reader=reader, pack=pack, currency=currency, quantity=quantity, back_to="", consent="2026-11"
    )
    orders.checkout_url(order)
    return order


def paid(emulator: Emulator, reader: User, **pack: Any) -> Order:
    """Bought and settled. ``pack`` as for `make_pack`."""
    order = begin(reader, make_pack(**pack))
    emulator.pay(order.session_id)
    return settle(order)


def settle(order: Order) -> Order:
    settling.sync_order(order.pk)
    order.refresh_from_db()
    return order


def pay_back(order: Order, amount: int | None = None) -> str:
    """By staff, at Stripe. All that is left without an amount."""
    params: stripe.params.RefundCreateParams = {"payment_intent": order.payment_intent_id}
    if amount is not None:
        params["amount"] = amount
    return at_stripe().v1.refunds.create(params).id


def spend(reader: User, amount: int, *, key: str = "unlock:one") -> int:
    return ledger.spend(wallet_id=reader.wallet_id, amount=amount, key=key, reason="Unlocked").transaction_id


def store(posting: Posting) -> StripeEvent | None:
    """As the webhook does, without working it."""
    return inbox.store(events.verify(posting.body.encode(), posting.signature, now=timezone.now()))


def hear(emulator: Emulator, **order: Any) -> list[StripeEvent]:
    """All the news of Stripe so far, stored and worked."""
    stored = [event for posting in emulator.take_held(**order) if (event := store(posting))]
    for event in stored:
        inbox.work(event.pk)
        event.refresh_from_db()
    return stored


def charge_of(order: Order) -> str:
    intent = at_stripe().v1.payment_intents.retrieve(order.payment_intent_id)
    return str(intent.latest_charge)
