"""Subscriptions: from the first payment over renewals, trials, switches and failures to the end."""

from datetime import UTC, datetime
from typing import Any

import pytest
import stripe

from ..emulator import (
    ALWAYS_SECURE_CARD,
    GOOD_CARD,
    GOOD_IBAN,
    LATER_DECLINED_CARD,
    Emulator,
    EmulatorRefused,
)
from .life import JANUARY_31, Shop
from .test_paying import shop as shop
from .test_paying import told

DAY = 86_400


def joined(emulator: Emulator, shop: Shop, *, card: str = GOOD_CARD, **more: Any) -> stripe.Subscription:
    session = shop.join(**more)
    emulator.pay(session, card=card)
    return shop.subscription(session)


def now(shop: Shop, subscription: stripe.Subscription) -> stripe.Subscription:
    return shop.v1.subscriptions.retrieve(subscription.id)


def item_of(subscription: stripe.Subscription) -> stripe.SubscriptionItem:
    item: stripe.SubscriptionItem = subscription["items"].data[0]
    return item


def dates(subscription: stripe.Subscription) -> tuple[str, str]:
    item = item_of(subscription)
    moments = (item.current_period_start, item.current_period_end)
    start, end = (f"{datetime.fromtimestamp(moment, UTC):%m-%d}" for moment in moments)
    return start, end


def test_a_first_payment_makes_it_active(emulator: Emulator, shop: Shop) -> None:
    session = shop.join(subscription_data={"metadata": {"reader": "1"}})
    with pytest.raises(EmulatorRefused):
        emulator.pay(session, card="4000000000000002")
    assert shop.v1.subscriptions.list({}).data[0].status == "incomplete"
    emulator.pay(session)
    found = shop.subscription(session)
    assert (
        found.status,
        found.metadata["reader"],
        len(shop.v1.subscriptions.list({"status": "all"}).data),
    ) == (
        "active",
        "1",
        1,
    )
    assert told(emulator, "customer.subscription", "invoice", "checkout") == [
        "customer.subscription.created",
        "invoice.created",
        "invoice.finalized",
        "invoice.payment_failed",
        "customer.subscription.updated",
        "invoice_payment.paid",
        "invoice.paid",
        "invoice.payment_succeeded",
        "checkout.session.completed",
    ]


def test_months_that_are_short_come_back_to_the_31st(emulator: Emulator, shop: Shop) -> None:
    clock = shop.v1.test_helpers.test_clocks.create({"frozen_time": JANUARY_31}).id
    customer = shop.v1.customers.create({"test_clock": clock, "email": "a@example.com"}).id
    subscription = joined(emulator, shop, customer=customer)
    assert dates(subscription) == ("01-31", "02-28")
    moments = []
    for days in (29, 60, 91):
        shop.v1.test_helpers.test_clocks.advance(clock, {"frozen_time": JANUARY_31 + days * DAY})
        moments.append(dates(now(shop, subscription)))
    assert moments == [("02-28", "03-31"), ("03-31", "04-30"), ("04-30", "05-31")]
    assert len(shop.v1.invoices.list({"subscription": subscription.id, "status": "paid"}).data) == 4


def test_a_renewal_is_drafted_then_paid_an_hour_later(emulator: Emulator, shop: Shop) -> None:
    subscription = joined(emulator, shop)
    emulator.advance_to(item_of(subscription).current_period_end + 60)
    [draft] = shop.v1.invoices.list({"status": "draft"}).data
    emulator.advance(seconds=3600)
    paid = shop.v1.invoices.retrieve(draft.id)
    assert (paid.status, paid.billing_reason, paid.amount_paid) == ("paid", "subscription_cycle", 1900)
    assert paid.parent is not None
    assert paid.parent.subscription_details is not None
    assert paid.parent.subscription_details.subscription == subscription.id
    assert [event for event in told(emulator, "invoice") if event == "invoice.upcoming"]


def test_dunning_ends_in_recovery(emulator: Emulator, shop: Shop) -> None:
    subscription = joined(emulator, shop, card=LATER_DECLINED_CARD)
    emulator.advance(days=32)
    assert now(shop, subscription).status == "past_due"
    emulator.change_card(str(subscription.customer), card=GOOD_CARD)
    emulator.advance(days=4)
    assert now(shop, subscription).status == "active"


@pytest.mark.parametrize("after", ["canceled", "unpaid", "past_due"])
def test_dunning_ends_after_three_retries(emulator: Emulator, shop: Shop, after: str) -> None:
    emulator.control("POST", "/settings", after_retries=after)
    subscription = joined(emulator, shop, card=LATER_DECLINED_CARD)
    emulator.advance(days=48)
    found = now(shop, subscription)
    assert found.status == after
    assert told(emulator, "invoice.payment_failed") == ["invoice.payment_failed"] * 4
    if after == "canceled":
        assert found.cancellation_details is not None
        assert found.cancellation_details.reason == "payment_failed"


def test_a_renewal_may_ask_for_3d_secure(emulator: Emulator, shop: Shop) -> None:
    joined(emulator, shop, card=ALWAYS_SECURE_CARD)
    emulator.advance(days=32)
    assert told(emulator, "invoice.payment_action_required")


@pytest.mark.parametrize(
    ("means", "missing", "status"),
    [
        (True, "cancel", "active"),
        (False, "cancel", "canceled"),
        (False, "pause", "paused"),
        (False, "create_invoice", "past_due"),
    ],
)
def test_a_trial_ends_as_was_agreed(
    emulator: Emulator, shop: Shop, means: bool, missing: str, status: str
) -> None:
    trial = {"trial_period_days": 14, "trial_settings": {"end_behavior": {"missing_payment_method": missing}}}
    collected = "always" if means else "if_required"
    session = shop.join(subscription_data=trial, payment_method_collection=collected)
    assert emulator.pay(session)["payment_status"] == "no_payment_required"
    subscription = shop.subscription(session)
    assert (subscription.status, subscription.default_payment_method is not None) == ("trialing", means)
    emulator.advance(days=15)
    assert now(shop, subscription).status == status
    assert told(emulator, "customer.subscription.trial") == ["customer.subscription.trial_will_end"]


def test_free_days_do_not_begin_with_a_card_that_is_declined(emulator: Emulator, shop: Shop) -> None:
    session = shop.join(subscription_data={"trial_period_days": 14})
    with pytest.raises(EmulatorRefused, match="declined"):
        emulator.pay(session, card="4000000000000002")
    assert emulator.pay(session)["payment_status"] == "no_payment_required"


def test_a_paused_one_resumes_once_it_can_pay(emulator: Emulator, shop: Shop) -> None:
    trial = {"trial_period_days": 5, "trial_settings": {"end_behavior": {"missing_payment_method": "pause"}}}
    subscription = joined(emulator, shop, subscription_data=trial, payment_method_collection="if_required")
    emulator.advance(days=6)
    emulator.change_card(str(subscription.customer), card=GOOD_CARD)
    assert shop.v1.subscriptions.resume(subscription.id).status == "active"
    assert told(emulator, "customer.subscription.resumed")


def test_it_ends_with_its_period_unless_taken_back(emulator: Emulator, shop: Shop) -> None:
    kept, left = joined(emulator, shop), joined(emulator, shop)
    for one in (kept, left):
        shop.v1.subscriptions.update(one.id, {"cancel_at_period_end": True})
    undone = shop.v1.subscriptions.update(kept.id, {"cancel_at_period_end": False})
    assert (undone.cancel_at, undone.canceled_at, undone.cancel_at_period_end) == (None, None, False)
    emulator.advance(days=33)
    assert (now(shop, kept).status, now(shop, left).status) == ("active", "canceled")
    assert told(emulator, "customer.subscription.deleted") == ["customer.subscription.deleted"]
    assert len(shop.v1.invoices.list({"subscription": left.id}).data) == 1


def test_a_switch_to_a_year_gives_back_what_is_left_of_the_month(emulator: Emulator, shop: Shop) -> None:
    subscription = joined(emulator, shop)
    start, end = item_of(subscription).current_period_start, item_of(subscription).current_period_end
    emulator.advance_to((start + end) // 2)
    items: Any = [{"id": item_of(subscription).id, "price": shop.year}]
    preview = shop.v1.invoices.create_preview(
        {"subscription": subscription.id, "subscription_details": {"items": items}}
    )
    switched = shop.v1.subscriptions.update(subscription.id, {"items": items})
    assert isinstance(switched.latest_invoice, str)
    invoice = shop.v1.invoices.retrieve(switched.latest_invoice)
    assert abs(invoice.amount_paid - (19_000 - 950)) <= 1
    assert abs(preview.amount_due - invoice.amount_paid) <= 1
    assert (invoice.billing_reason, item_of(switched).price.id) == ("subscription_update", shop.year)


def test_a_switch_down_becomes_a_credit_that_the_next_invoice_takes(emulator: Emulator, shop: Shop) -> None:
    subscription = joined(emulator, shop, price=shop.year)
    items: Any = [{"id": item_of(subscription).id, "price": shop.month}]
    shop.v1.subscriptions.update(subscription.id, {"items": items, "proration_behavior": "always_invoice"})
    customer = shop.v1.customers.retrieve(str(subscription.customer))
    assert customer.balance is not None
    assert -17_100 - 5 <= customer.balance <= -17_100 + 5
    emulator.advance(days=33)
    after = shop.v1.customers.retrieve(customer.id)
    assert after.balance == customer.balance + 1900
    newest = shop.v1.invoices.list({"subscription": subscription.id}).data[0]
    assert (newest.status, newest.total, newest.amount_paid) == ("paid", 1900, 0)


def test_prorations_wait_for_the_next_invoice(emulator: Emulator, shop: Shop) -> None:
    dearer = shop.v1.prices.create(
        {"product": "club", "currency": "eur", "unit_amount": 2900, "recurring": {"interval": "month"}}
    ).id
    subscription = joined(emulator, shop)
    items: Any = [{"id": item_of(subscription).id, "price": dearer}]
    shop.v1.subscriptions.update(subscription.id, {"items": items})
    assert len(shop.v1.invoices.list({"subscription": subscription.id}).data) == 1
    emulator.advance(days=33)
    newest = shop.v1.invoices.list({"subscription": subscription.id}).data[0]
    assert abs(newest.total - (2900 + 1000)) <= 2
    assert [line.amount > 0 for line in newest.lines.data] == [False, True, True]


def test_a_bank_debit_that_bounces_makes_it_past_due(emulator: Emulator, shop: Shop) -> None:
    session = shop.join()
    assert emulator.pay(session, card=GOOD_IBAN)["payment_status"] == "unpaid"
    subscription = shop.subscription(session)
    assert subscription.status == "active"
    [intent] = shop.v1.payment_intents.list({}).data
    emulator.settle(intent.id, succeeds=False)
    assert now(shop, subscription).status == "past_due"
    assert told(emulator, "checkout") == [
        "checkout.session.completed",
        "checkout.session.async_payment_failed",
    ]


def test_a_deleted_customer_takes_their_subscription_along(emulator: Emulator, shop: Shop) -> None:
    subscription = joined(emulator, shop)
    shop.v1.customers.delete(str(subscription.customer))
    assert now(shop, subscription).status == "canceled"
    assert told(emulator, "customer.deleted", "customer.subscription.deleted") == [
        "customer.subscription.deleted",
        "customer.deleted",
    ]
    assert shop.v1.customers.retrieve(str(subscription.customer))["deleted"]


def test_cancelling_at_once_can_give_back_what_is_left(emulator: Emulator, shop: Shop) -> None:
    subscription = joined(emulator, shop)
    ended = shop.v1.subscriptions.cancel(subscription.id, {"prorate": True, "invoice_now": True})
    assert ended.status == "canceled"
    assert shop.v1.customers.retrieve(str(subscription.customer)).balance == -1900
    with pytest.raises(stripe.InvalidRequestError):
        shop.v1.subscriptions.cancel(subscription.id)


def test_a_coupon_for_once_comes_off_the_first_invoice_alone(emulator: Emulator, shop: Shop) -> None:
    subscription = joined(emulator, shop, discounts=[{"coupon": shop.coupon}])
    emulator.advance(days=33)
    totals = [one.total for one in shop.v1.invoices.list({"subscription": subscription.id}).data]
    assert totals == [1900, 950]


def test_a_status_may_be_one_that_nobody_knows_yet(emulator: Emulator, shop: Shop) -> None:
    subscription = joined(emulator, shop)
    emulator.force_status(subscription.id, "hibernating")
    assert now(shop, subscription).status == "hibernating"
