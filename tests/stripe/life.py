"""One life of an account, in which every kind of object comes up: told through the real library."""

import json
import urllib.request
from dataclasses import dataclass
from typing import Any

import pytest
import stripe

from ..emulator import (
    ALWAYS_SECURE_CARD,
    DECLINED_CARD,
    GOOD_CARD,
    GOOD_IBAN,
    LATER_DECLINED_CARD,
    SECRET_KEY,
    Emulator,
    EmulatorRefused,
)

JANUARY_31 = 1_769_860_800  # 2026-01-31 12:00 UTC
SHOP = "http://127.0.0.1/shop"


@dataclass(frozen=True, kw_only=True)
class Life:
    """All objects at its end, by kind; and what some calls answered when asked to expand."""

    objects: dict[str, list[dict[str, Any]]]
    expanded: list[dict[str, Any]]


class Shop:
    def __init__(self, asking: stripe.StripeClient) -> None:
        v1 = self.v1 = asking.v1
        v1.products.create({"id": "pack", "name": "Twenty credits"})
        v1.products.create({"id": "club", "name": "Executives Club", "metadata": {"tier": "1"}})
        self.pack = v1.prices.create(
            {
                "product": "pack",
                "currency": "eur",
                "unit_amount": 1900,
                "tax_behavior": "inclusive",
                "currency_options": {"gbp": {"unit_amount": 1700}},
            }
        ).id
        self.month = self.tier("month", 1900)
        self.year = self.tier("year", 19000)
        coupon = v1.coupons.create({"percent_off": 50, "duration": "once", "name": "Half"})
        self.coupon = coupon.id
        self.code = v1.promotion_codes.create(
            {"promotion": {"type": "coupon", "coupon": coupon.id}, "code": "HALF"}
        )

    def tier(self, interval: Any, amount: int) -> str:
        recurring: Any = {"interval": interval}
        return self.v1.prices.create(
            {
                "product": "club",
                "currency": "eur",
                "unit_amount": amount,
                "tax_behavior": "inclusive",
                "lookup_key": f"club-{interval}",
                "recurring": recurring,
            }
        ).id

    def sell(self, **more: Any) -> str:
        return self._session(self.pack, mode="payment", **more)

    def join(self, price: str | None = None, **more: Any) -> str:
        return self._session(price or self.month, mode="subscription", **more)

    def _session(self, price: str, **more: Any) -> str:
        params: Any = {
            "line_items": [{"price": price, "quantity": 1}],
            "success_url": f"{SHOP}?session={{CHECKOUT_SESSION_ID}}",
            "cancel_url": SHOP,
            **more,
        }
        return self.v1.checkout.sessions.create(params).id

    def subscription(self, session: str) -> stripe.Subscription:
        named = self.v1.checkout.sessions.retrieve(session).subscription
        assert isinstance(named, str)
        return self.v1.subscriptions.retrieve(named)


def lived(emulator: Emulator, asking: stripe.StripeClient) -> Life:
    shop = Shop(asking)
    _sell(emulator, shop)
    session = _join(emulator, shop)
    _renew_and_fail(emulator, shop)
    _on_a_clock_of_its_own(emulator, shop)
    _try_with_a_card(emulator, shop)
    _endpoints_and_portal(shop, session)
    expanded = [
        answered(
            emulator,
            f"/v1/checkout/sessions/{session}?expand[]=line_items.data.price.product&expand[]=subscription"
            "&expand[]=line_items.data.taxes&expand[]=line_items.data.discounts&expand[]=customer.tax_ids"
            "&expand[]=invoice.payments.data.payment&expand[]=total_details.breakdown",
        ),
        *answered(emulator, "/v1/charges?expand[]=data.refunds&expand[]=data.balance_transaction")["data"],
        answered(emulator, f"/v1/prices/{shop.pack}?expand[]=currency_options&expand[]=product"),
        answered(emulator, "/v1/account"),
    ]
    state = emulator.control("GET", "/state")
    return Life(objects=state, expanded=expanded)


def answered(emulator: Emulator, path: str) -> Any:
    asked = urllib.request.Request(emulator.address + path.replace("[", "%5B").replace("]", "%5D"))
    asked.add_header("Authorization", f"Bearer {SECRET_KEY}")
    with urllib.request.urlopen(asked) as answer:
        return json.load(answer)


def _sell(emulator: Emulator, shop: Shop) -> None:
    v1 = shop.v1
    plain = shop.sell(metadata={"order": "1"}, payment_intent_data={"metadata": {"order": "1"}})
    with pytest.raises(EmulatorRefused):
        emulator.pay(plain, card=DECLINED_CARD)
    intent = emulator.pay(plain)["payment_intent"]
    v1.refunds.create({"payment_intent": intent, "amount": 500, "reason": "requested_by_customer"})
    emulator.settle_refund(v1.refunds.create({"payment_intent": intent, "amount": 100}).id, succeeds=False)
    debit = emulator.pay(shop.sell(), card=GOOD_IBAN)["payment_intent"]
    emulator.settle(debit)
    disputed = emulator.pay(
        shop.sell(
            invoice_creation={"enabled": True},
            automatic_tax={"enabled": True},
            tax_id_collection={"enabled": True},
            allow_promotion_codes=True,
            consent_collection={"terms_of_service": "required"},
        ),
        country="FR",
        vat="FR12345678901",
        promotion_code="HALF",
        name="Ada",
    )
    charge = v1.payment_intents.retrieve(disputed["payment_intent"]).latest_charge
    assert isinstance(charge, str)
    emulator.close_dispute(emulator.dispute(charge, reason="general"), won=True)
    v1.checkout.sessions.expire(shop.sell())


def _join(emulator: Emulator, shop: Shop) -> str:
    v1 = shop.v1
    session = shop.join(
        automatic_tax={"enabled": True},
        tax_id_collection={"enabled": True},
        discounts=[{"promotion_code": shop.code.id}],
        subscription_data={"metadata": {"reader": "1"}},
    )
    emulator.pay(session, country="DE", vat="DE123456789", email="club@example.com")
    subscription = shop.subscription(session)
    item = subscription["items"].data[0].id
    emulator.advance(days=5)
    items: Any = [{"id": item, "price": shop.year}]
    v1.invoices.create_preview({"subscription": subscription.id, "subscription_details": {"items": items}})
    v1.subscriptions.update(subscription.id, {"items": items, "proration_behavior": "always_invoice"})
    v1.subscriptions.update(subscription.id, {"cancel_at_period_end": True})
    invoice = v1.invoices.list({"subscription": subscription.id}).data[-1].id
    v1.credit_notes.create({"invoice": invoice, "amount": 300, "refund_amount": 100, "credit_amount": 200})
    return session


def _renew_and_fail(emulator: Emulator, shop: Shop) -> None:
    emulator.pay(shop.join(), card=LATER_DECLINED_CARD, email="poor@example.com")
    emulator.pay(shop.join(), card=ALWAYS_SECURE_CARD, email="secure@example.com")
    emulator.advance(days=32)
    emulator.advance(days=20)


def _on_a_clock_of_its_own(emulator: Emulator, shop: Shop) -> None:
    v1 = shop.v1
    clock = v1.test_helpers.test_clocks.create({"frozen_time": JANUARY_31, "name": "trial"}).id
    customer = v1.customers.create(
        {"email": "trial@example.com", "test_clock": clock, "address": {"country": "DE"}}
    )
    end: Any = {"end_behavior": {"missing_payment_method": "pause"}}
    trial: Any = {"trial_period_days": 10, "trial_settings": end}
    session = shop.join(
        customer=customer.id, subscription_data=trial, payment_method_collection="if_required"
    )
    emulator.pay(session, card=GOOD_CARD)
    v1.test_helpers.test_clocks.advance(clock, {"frozen_time": JANUARY_31 + 11 * 86_400})


def _try_with_a_card(emulator: Emulator, shop: Shop) -> None:
    session = shop.join(subscription_data={"trial_period_days": 30})
    emulator.pay(session, email="later@example.com")


def _endpoints_and_portal(shop: Shop, session: str) -> None:
    v1 = shop.v1
    v1.webhook_endpoints.create({"url": "https://example.com/hook", "enabled_events": ["*"]})
    products: Any = [{"product": "club", "prices": [shop.month, shop.year]}]
    v1.billing_portal.configurations.create(
        {
            "features": {
                "invoice_history": {"enabled": True},
                "subscription_update": {
                    "enabled": True,
                    "default_allowed_updates": ["price"],
                    "products": products,
                },
            }
        }
    )
    subscription = shop.subscription(session)
    assert isinstance(subscription.customer, str)
    v1.billing_portal.sessions.create(
        {
            "customer": subscription.customer,
            "return_url": SHOP,
            "flow_data": {
                "type": "subscription_update",
                "subscription_update": {"subscription": subscription.id},
            },
        }
    )
    gone = v1.customers.create({"email": "gone@example.com"})
    v1.customers.delete(gone.id)
