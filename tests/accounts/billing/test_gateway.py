"""What the gateway asks of Stripe, and how it takes what Stripe answers."""

from datetime import UTC, datetime, timedelta

import pytest
import stripe
from pytest_django import Settings

from accounts.billing.errors import NoSuchObject, NotSetUp, PaymentError, Unavailable
from accounts.billing.gateway import client, events, payments, reading
from accounts.billing.objects import SessionRequest
from accounts.models import User
from tests.emulator import GOOD_IBAN, Emulator

from . import till

LONG_AGO = datetime.now(UTC) - timedelta(days=1)


def an_error(kind: type[stripe.StripeError], status: int, code: str | None = None) -> stripe.StripeError:
    if issubclass(kind, stripe.InvalidRequestError | stripe.CardError):
        return kind("no", None, code, http_status=status)
    return kind("no", http_status=status, code=code)


@pytest.mark.parametrize(
    ("error", "ours"),
    [
        (stripe.APIConnectionError("away"), Unavailable),
        (an_error(stripe.RateLimitError, 429), Unavailable),
        (an_error(stripe.APIError, 500), Unavailable),
        (an_error(stripe.APIError, 503), Unavailable),
        (an_error(stripe.IdempotencyError, 409), Unavailable),
        (an_error(stripe.InvalidRequestError, 409, "lock_timeout"), Unavailable),
        (an_error(stripe.InvalidRequestError, 404, "resource_missing"), NoSuchObject),
        (an_error(stripe.InvalidRequestError, 400, "resource_missing"), NoSuchObject),
        (an_error(stripe.InvalidRequestError, 404), NoSuchObject),
        (an_error(stripe.InvalidRequestError, 400, "parameter_unknown"), PaymentError),
        (an_error(stripe.IdempotencyError, 400), PaymentError),
        (an_error(stripe.CardError, 402, "card_declined"), PaymentError),
        (an_error(stripe.AuthenticationError, 401), NotSetUp),
        (an_error(stripe.PermissionError, 403), NotSetUp),
        (KeyError("items"), PaymentError),
        (AttributeError("status"), PaymentError),
        (ValueError("no item"), PaymentError),
    ],
)
def test_every_trouble_has_one_name_of_ours(error: Exception, ours: type[PaymentError]) -> None:
    with pytest.raises(PaymentError) as raised, client.translated():
        raise error
    assert type(raised.value) is ours


def test_without_a_key_it_is_not_set_up(settings: Settings) -> None:
    settings.STRIPE_SECRET_KEY = ""
    with pytest.raises(NotSetUp):
        payments.session("cs_1")


@pytest.mark.django_db
def test_a_session_carries_the_order_and_comes_back_whole(
    emulator: Emulator, reader: User, settings: Settings
) -> None:
    settings.BASE_URL = "https://news.example"
    order = till.begin(reader, till.make_pack(), quantity=2)
    asked = emulator.requests("/v1/checkout/sessions")[0]
    assert asked["key"] == f"order:{order.key}"
    emulator.pay(order.session_id, name="Ada", vat="GB123456789", country="GB", postal_code="N1 9GU")
    session = payments.session(order.session_id)
    assert (session.order_key, session.mode, session.currency) == (str(order.key), "payment", "GBP")
    assert (session.amount_subtotal, session.amount_total, session.livemode) == (2000, 2000, False)
    assert [(line.quantity, line.total) for line in session.lines] == [(2, 2000)]
    assert (session.buyer.name, session.buyer.vat_ids, session.buyer.country) == (
        "Ada",
        ("GB123456789",),
        "GB",
    )
    assert session.payment is not None
    assert (session.payment.order_key, session.payment.status) == (str(order.key), "succeeded")
    intent = till.at_stripe().v1.payment_intents.retrieve(session.payment.intent_id)
    assert intent.metadata["site"] == "news.example"
    assert payments.payment_of_charge(session.payment.charge_id or "").intent_id == intent.id


@pytest.mark.django_db
def test_a_payment_brings_all_its_refunds_and_disputes(emulator: Emulator, reader: User) -> None:
    order = till.paid(emulator, reader)
    for _ in range(12):
        till.pay_back(order, 10)
    dispute = emulator.dispute(till.charge_of(order), amount=200)
    found = payments.payment(order.payment_intent_id)
    assert (found.amount_refunded, len(found.refunds)) == (120, 12)
    assert [(one.id, one.amount) for one in found.disputes] == [(dispute, 200)]
    assert len(list(payments.refunds_since(LONG_AGO))) == 12
    assert [one.id for one in payments.disputes_since(LONG_AGO)] == [dispute]
    assert payments.dispute(dispute).payment_intent_id == order.payment_intent_id
    assert [one.id for one in payments.sessions_since(LONG_AGO)] == [order.session_id]
    assert [one.intent_id for one in payments.payments_since(LONG_AGO)] == [order.payment_intent_id]


@pytest.mark.django_db
def test_a_refund_is_made_once_under_its_key(emulator: Emulator, reader: User) -> None:
    order = till.paid(emulator, reader)
    asked = {"intent_id": order.payment_intent_id, "amount": 300, "key": "withdrawal:1", "order_key": "o"}
    assert payments.refund(**asked).id == payments.refund(**asked).id
    assert payments.payment(order.payment_intent_id).amount_refunded == 300
    with pytest.raises(PaymentError):
        payments.refund(**asked | {"amount": 400})


@pytest.mark.django_db
def test_events_can_be_asked_for(emulator: Emulator, reader: User) -> None:
    order = till.begin(reader, till.make_pack())
    emulator.pay(order.session_id)
    listed = list(events.events_since(LONG_AGO))
    completed = next(note for note in listed if note.type == "checkout.session.completed")
    assert (completed.object_id, completed.object_type) == (order.session_id, "checkout.session")
    assert events.event(completed.id).payload["data"]["object"]["id"] == order.session_id


@pytest.mark.django_db
def test_a_customer_that_was_deleted_is_known_to_be(emulator: Emulator, reader: User) -> None:
    customer = payments.create_customer(reader=reader, key="customer:1")
    assert payments.customer_lives(customer)
    payments.delete_customer(customer)
    assert not payments.customer_lives(customer)
    assert not payments.customer_lives("cus_never")
    payments.delete_customer("cus_never")


def a_request(**facts: object) -> SessionRequest:
    facts = {
        "mode": "payment",
        "order_key": "o",
        "customer_id": "cus_1",
        "price_id": "price_1",
        "success_url": "https://news.example/",
        "cancel_url": "https://news.example/",
    } | facts
    return SessionRequest(**facts)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("facts", "sent"),
    [
        ({}, {}),
        ({"allow_codes": True}, {"allow_promotion_codes": True}),
        ({"allow_codes": True, "coupon_id": "c"}, {"discounts": [{"coupon": "c"}]}),
        ({"promotion_code_id": "p"}, {"discounts": [{"promotion_code": "p"}]}),
        ({"coupon_id": "c", "promotion_code_id": "p"}, {"discounts": [{"coupon": "c"}]}),
    ],
)
def test_one_discount_goes_with_a_session(facts: dict[str, object], sent: dict[str, object]) -> None:
    asked = payments._session_params(a_request(**facts))
    assert {name: asked[name] for name in ("allow_promotion_codes", "discounts") if name in asked} == sent


@pytest.mark.parametrize(("days", "sent"), [(0, None), (14, 14)])
def test_free_days_are_the_subscriptions(days: int, sent: int | None, settings: Settings) -> None:
    settings.STRIPE_AUTOMATIC_TAX = True
    asked = payments._session_params(a_request(mode="subscription", trial_days=days))
    assert asked["subscription_data"].get("trial_period_days") == sent
    assert asked["subscription_data"]["metadata"]["order"] == "o"
    assert asked["automatic_tax"] == {"enabled": True}
    assert "payment_intent_data" not in asked


def test_while_some_wait_for_stripe_the_others_do_not(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "WAIT_FOR_A_TURN", 0.01)
    for _ in range(client.AT_ONCE):
        assert client.turns.acquire()
    try:
        with pytest.raises(Unavailable):
            payments.customer_lives("cus_1")
    finally:
        client.turns.release(client.AT_ONCE)
    assert not payments.customer_lives("cus_1")
    assert len(emulator.requests("/v1/customers/cus_1")) == 1


def test_an_old_or_odd_interval_is_none_of_ours() -> None:
    quarter = stripe.Price.Recurring.construct_from({"interval": "month", "interval_count": 3}, key=None)
    month = stripe.Price.Recurring.construct_from({"interval": "month", "interval_count": 1}, key=None)
    assert [reading.interval_of(one) for one in (quarter, month, None)] == ["3 month", "month", ""]


@pytest.mark.django_db
@pytest.mark.parametrize("spell", [{"status": 500}, {"drop": "before"}, {"drop": "after"}])
def test_one_bad_answer_is_asked_for_again(
    spell: dict[str, object], emulator: Emulator, reader: User
) -> None:
    emulator.weather(times=1, path="/v1/customers*", **spell)
    customer = payments.create_customer(reader=reader, key="customer:1")
    assert payments.create_customer(reader=reader, key="customer:1") == customer


def test_a_session_of_a_debit_says_that_it_is_on_its_way(emulator: Emulator, reader: User) -> None:
    order = till.begin(reader, till.make_pack(currency="EUR"), currency="EUR")
    emulator.pay(order.session_id, card=GOOD_IBAN)
    session = payments.session(order.session_id)
    assert (session.status, session.payment_status) == ("complete", "unpaid")
    assert session.payment is not None
    assert session.payment.status == "processing"
