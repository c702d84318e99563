"""One payment: cards, bank debits, tax, codes, refunds and disputes."""

from typing import Any

import pytest
import stripe

from ..emulator import (
    BAD_IBAN,
    DECLINED_CARD,
    DISPUTED_CARD,
    GOOD_CARD,
    GOOD_IBAN,
    POOR_CARD,
    SECURE_CARD,
    Emulator,
    EmulatorRefused,
)
from .life import Shop


@pytest.fixture
def shop(asking: stripe.StripeClient) -> Shop:
    return Shop(asking)


def charge_of(shop: Shop, session: dict[str, Any]) -> stripe.Charge:
    intent = shop.v1.payment_intents.retrieve(session["payment_intent"], {"expand": ["latest_charge"]})
    assert isinstance(intent.latest_charge, stripe.Charge)
    return intent.latest_charge


def told(emulator: Emulator, *beginnings: str) -> list[str]:
    return [event["type"] for event in emulator.events() if event["type"].startswith(beginnings)]


@pytest.mark.parametrize(
    ("card", "code"),
    [
        (DECLINED_CARD, "card_declined"),
        (POOR_CARD, "card_declined"),
        ("4000000000000069", "expired_card"),
        ("4242424242424241", "incorrect_number"),
        ("4111111111111111", "card_declined"),
        ("AT00", "invalid_bank_account_iban"),
    ],
)
def test_a_refused_card_leaves_the_session_open(emulator: Emulator, shop: Shop, card: str, code: str) -> None:
    session = shop.sell()
    with pytest.raises(EmulatorRefused) as refused:
        emulator.pay(session, card=card)
    assert (refused.value.status, refused.value.code) == (402, code)
    assert shop.v1.checkout.sessions.retrieve(session).status == "open"
    assert emulator.pay(session)["payment_status"] == "paid"
    assert len(shop.v1.payment_intents.list({}).data) == 1


def test_a_paid_session_is_told_in_order(emulator: Emulator, shop: Shop) -> None:
    session = emulator.pay(shop.sell(client_reference_id="7", metadata={"order": "7"}))
    assert (session["status"], session["amount_total"], session["client_reference_id"]) == (
        "complete",
        1900,
        "7",
    )
    assert told(emulator, "payment_intent", "charge", "checkout") == [
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
        "charge.updated",
        "checkout.session.completed",
    ]
    with pytest.raises(EmulatorRefused, match="complete"):
        emulator.pay(session["id"])


def test_3d_secure_waits_for_the_buyer(emulator: Emulator, shop: Shop) -> None:
    session = shop.sell()
    assert emulator.pay(session, card=SECURE_CARD, proven=False)["status"] == "open"
    assert "payment_intent.requires_action" in told(emulator, "payment_intent")
    assert emulator.pay(session, card=SECURE_CARD)["payment_status"] == "paid"


@pytest.mark.parametrize(
    ("iban", "days", "status", "event"),
    [
        (GOOD_IBAN, 4, "paid", "checkout.session.async_payment_succeeded"),
        (BAD_IBAN, 4, "unpaid", "checkout.session.async_payment_failed"),
        (GOOD_IBAN, 0, "paid", "checkout.session.async_payment_succeeded"),
    ],
)
def test_a_bank_debit_comes_later(
    emulator: Emulator, shop: Shop, iban: str, days: int, status: str, event: str
) -> None:
    session = emulator.pay(shop.sell(), card=iban)
    assert (session["status"], session["payment_status"]) == ("complete", "unpaid")
    if days:
        emulator.advance(days=days)
    else:
        emulator.settle(session["payment_intent"])
    assert shop.v1.checkout.sessions.retrieve(session["id"]).payment_status == status
    assert told(emulator, "checkout") == ["checkout.session.completed", event]


def test_a_session_that_costs_nothing_needs_no_payment(emulator: Emulator, shop: Shop) -> None:
    free = shop.v1.coupons.create({"percent_off": 100, "duration": "once"}).id
    session = emulator.pay(shop.sell(discounts=[{"coupon": free}]))
    assert (session["payment_status"], session["amount_total"]) == ("no_payment_required", 0)
    assert session["payment_intent"] is None
    assert session["total_details"]["amount_discount"] == 1900


def test_a_session_expires_by_itself(emulator: Emulator, shop: Shop) -> None:
    session = shop.sell()
    emulator.advance(seconds=86_401)
    assert shop.v1.checkout.sessions.retrieve(session).status == "expired"
    assert told(emulator, "checkout") == ["checkout.session.expired"]
    with pytest.raises(EmulatorRefused):
        emulator.pay(session)


def test_a_promotion_code_works_as_often_as_it_may(emulator: Emulator, shop: Shop) -> None:
    shop.v1.promotion_codes.create(
        {"promotion": {"type": "coupon", "coupon": shop.coupon}, "code": "ONCE", "max_redemptions": 1}
    )
    with pytest.raises(EmulatorRefused, match="code is invalid"):
        emulator.pay(shop.sell(allow_promotion_codes=True), promotion_code="NONE")
    paid = emulator.pay(shop.sell(allow_promotion_codes=True), promotion_code="once")
    assert (paid["amount_subtotal"], paid["amount_total"]) == (1900, 950)
    with pytest.raises(EmulatorRefused, match="code is invalid"):
        emulator.pay(shop.sell(allow_promotion_codes=True), promotion_code="ONCE")


@pytest.mark.parametrize(
    ("behaviour", "country", "vat", "total", "tax"),
    [
        ("inclusive", "GB", None, 1200, 200),
        ("exclusive", "GB", None, 1440, 240),
        ("inclusive", "DE", None, 1200, 192),
        ("exclusive", "DE", None, 1428, 228),
        ("exclusive", "DE", "DE123456789", 1428, 228),
        ("exclusive", "FR", "FR12345678901", 1200, 0),
        ("inclusive", "FR", None, 1200, 200),
        ("exclusive", "US", None, 1200, 0),
        ("unspecified", "DE", None, 1200, 192),
    ],
)
def test_tax_is_within_or_on_top(
    emulator: Emulator, shop: Shop, behaviour: Any, country: str, vat: str | None, total: int, tax: int
) -> None:
    price = shop.v1.prices.create(
        {"product": "pack", "currency": "eur", "unit_amount": 1200, "tax_behavior": behaviour}
    ).id
    session = shop.sell(
        line_items=[{"price": price, "quantity": 1}],
        automatic_tax={"enabled": True},
        tax_id_collection={"enabled": True},
    )
    paid = emulator.pay(session, country=country, vat=vat)
    assert (paid["amount_total"], paid["total_details"]["amount_tax"]) == (total, tax)
    assert charge_of(shop, paid).amount == total
    reverse = tax == 0 and country == "FR"
    assert paid["customer_details"]["tax_exempt"] == ("reverse" if reverse else "none")


@pytest.mark.parametrize(("named", "country", "percentage"), [("GB_20_in", "GB", 20), ("none_0_ex", None, 0)])
def test_a_rate_is_known_by_the_id_that_taxes_name(
    shop: Shop, named: str, country: str | None, percentage: int
) -> None:
    rate = shop.v1.tax_rates.retrieve(f"txr_{named}clusive")
    assert (rate.country, rate.percentage, rate.inclusive) == (country, percentage, named.endswith("in"))
    with pytest.raises(stripe.InvalidRequestError, match="No such tax_rate"):
        shop.v1.tax_rates.retrieve("txr_XX")


@pytest.mark.parametrize(
    "more",
    [
        {"discounts": [{"coupon": "none"}]},
        {"discounts": [], "allow_promotion_codes": True, "expires_at": 1},
        {"subscription_data": {"trial_period_days": 1}},
        {"customer": "cus_none"},
        {"customer_update": {"name": "auto"}},
        {"mode": "subscription"},
    ],
)
def test_a_session_that_contradicts_itself_is_refused(shop: Shop, more: dict[str, Any]) -> None:
    if more.get("mode"):
        more = more | {"payment_intent_data": {}}
        with pytest.raises(stripe.InvalidRequestError):
            shop.join(payment_intent_data={"description": "x"})
        return
    with pytest.raises(stripe.InvalidRequestError):
        shop.sell(**more)


def test_tax_needs_to_know_where_a_customer_is(emulator: Emulator, shop: Shop) -> None:
    customer = shop.v1.customers.create({"email": "a@example.com"}).id
    taxed: Any = {"automatic_tax": {"enabled": True}, "customer": customer}
    with pytest.raises(stripe.InvalidRequestError) as refused:
        shop.sell(**taxed)
    assert refused.value.code == "customer_tax_location_invalid"
    paid = emulator.pay(shop.sell(**taxed, customer_update={"address": "auto"}), country="DE")
    assert paid["total_details"]["amount_tax"] == 303
    assert shop.sell(**taxed), "the address that was given is the customer's now"


def test_refunds_add_up_and_never_to_more_than_was_paid(emulator: Emulator, shop: Shop) -> None:
    charge = charge_of(shop, emulator.pay(shop.sell()))
    for amount in (500, 700):
        shop.v1.refunds.create({"charge": charge.id, "amount": amount})
    assert shop.v1.charges.retrieve(charge.id).amount_refunded == 1200
    with pytest.raises(stripe.InvalidRequestError) as refused:
        shop.v1.refunds.create({"charge": charge.id, "amount": 701})
    assert refused.value.code == "amount_too_large"
    last = shop.v1.refunds.create({"charge": charge.id})
    whole = shop.v1.charges.retrieve(charge.id, {"expand": ["refunds"]})
    assert (last.amount, whole.refunded, whole.refunds and len(whole.refunds.data)) == (700, True, 3)
    with pytest.raises(stripe.InvalidRequestError) as again:
        shop.v1.refunds.create({"charge": charge.id})
    assert again.value.code == "charge_already_refunded"
    [*_, event] = emulator.events("charge.refunded")
    assert event["data"]["previous_attributes"] == {"amount_refunded": 1200, "refunded": False}


def test_a_failed_refund_gives_the_charge_its_amount_again(emulator: Emulator, shop: Shop) -> None:
    charge = charge_of(shop, emulator.pay(shop.sell()))
    refund = shop.v1.refunds.create({"charge": charge.id})
    emulator.settle_refund(refund.id, succeeds=False)
    assert shop.v1.refunds.retrieve(refund.id).status == "failed"
    after = shop.v1.charges.retrieve(charge.id)
    assert (after.amount_refunded, after.refunded) == (0, False)
    assert {"refund.failed", "refund.updated", "charge.refund.updated"} <= set(
        told(emulator, "refund", "charge")
    )


@pytest.mark.parametrize(
    ("inquiry", "won", "status", "moved"),
    [
        (False, False, "lost", [-1900]),
        (False, True, "won", [-1900, 1900]),
        (True, False, "warning_closed", []),
    ],
)
def test_a_dispute_moves_the_money(
    emulator: Emulator, shop: Shop, inquiry: bool, won: bool, status: str, moved: list[int]
) -> None:
    charge = charge_of(shop, emulator.pay(shop.sell()))
    dispute = emulator.dispute(charge.id, inquiry=inquiry)
    assert shop.v1.charges.retrieve(charge.id).disputed
    emulator.close_dispute(dispute, won=won)
    found = shop.v1.disputes.retrieve(dispute)
    assert (found.status, [one.amount for one in found.balance_transactions]) == (status, moved)
    assert told(emulator, "charge.dispute")[-1] == "charge.dispute.closed"
    with pytest.raises(EmulatorRefused):
        emulator.close_dispute(dispute, won=won)


def test_the_disputed_card_is_disputed_by_itself(emulator: Emulator, shop: Shop) -> None:
    charge = charge_of(shop, emulator.pay(shop.sell(), card=DISPUTED_CARD))
    emulator.advance(seconds=1)
    [dispute] = shop.v1.disputes.list({"charge": charge.id}).data
    assert dispute.status == "needs_response"
    with pytest.raises(stripe.InvalidRequestError) as refused:
        shop.v1.refunds.create({"charge": charge.id})
    assert refused.value.code == "charge_disputed"


def test_a_session_leaves_an_invoice_when_asked(emulator: Emulator, shop: Shop) -> None:
    paid = emulator.pay(shop.sell(invoice_creation={"enabled": True}), card=GOOD_CARD)
    invoice = shop.v1.invoices.retrieve(paid["invoice"], {"expand": ["payments.data.payment.payment_intent"]})
    assert (invoice.status, invoice.amount_paid, invoice.customer) == ("paid", 1900, paid["customer"])
    by_intent: Any = {"payment": {"type": "payment_intent", "payment_intent": paid["payment_intent"]}}
    assert [one.invoice for one in shop.v1.invoice_payments.list(by_intent).data] == [invoice.id]
