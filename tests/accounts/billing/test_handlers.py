"""Whom an event concerns is found whatever it looks like, and what is nobody's is left alone."""

from typing import Any, get_args, get_type_hints

import pytest
import stripe
from django.utils import timezone

from accounts.billing import handlers, inbox
from accounts.billing.models import Order, StripeEvent
from accounts.models import User
from credits import freezes
from credits.statements import spendable
from tests.emulator import Emulator

from . import till

State = StripeEvent.State


def told(kind: str, thing: dict[str, Any], number: int = 1) -> StripeEvent:
    """What became of an event of that type about that thing."""
    event = StripeEvent.objects.create(
        stripe_id=f"evt_{number}",
        type=kind,
        object_id=thing.get("id", ""),
        livemode=False,
        happened_at=timezone.now(),
        payload={"data": {"object": thing}},
    )
    inbox.work(event.pk)
    event.refresh_from_db()
    return event


def test_we_ask_for_nothing_that_stripe_does_not_send() -> None:
    known = get_args(get_type_hints(stripe.Event)["type"])
    assert set(handlers.TYPES) <= set(known)


@pytest.mark.django_db
def test_every_shape_of_an_event_finds_its_order(emulator: Emulator, reader: User) -> None:
    order = till.paid(emulator, reader)
    intent, charge = order.payment_intent_id, till.charge_of(order)
    refund = till.pay_back(order, 100)
    shapes = [
        ("checkout.session.completed", {"id": order.session_id}),
        ("checkout.session.expired", {"id": order.session_id, "metadata": {"order": "nonsense"}}),
        ("payment_intent.succeeded", {"id": intent}),
        ("charge.succeeded", {"id": charge, "payment_intent": intent}),
        ("charge.refunded", {"id": charge, "payment_intent": {"id": intent, "object": "payment_intent"}}),
        ("refund.created", {"id": refund, "charge": charge, "payment_intent": None}),
        ("charge.refund.updated", {"id": refund, "charge": charge}),
        ("charge.dispute.created", {"id": "dp_1", "charge": {"id": charge}}),
    ]
    for number, (kind, thing) in enumerate(shapes):
        assert told(kind, thing, number).state == State.DONE, kind
    assert spendable(reader.wallet_id) == 9


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kind", "thing"),
    [
        ("checkout.session.completed", {"id": "cs_other", "metadata": {"order": "7"}}),
        ("checkout.session.completed", {"metadata": ["order"]}),
        ("charge.succeeded", {"id": "ch_other", "payment_intent": None}),
        ("refund.created", {"id": "re_other", "charge": "ch_other"}),
        ("invoice_payment.paid", {"id": "inpay_other", "invoice": None}),
        ("product.updated", {"id": "prod_other"}),
    ],
)
def test_what_is_nobodys_is_left_alone(kind: str, thing: dict[str, Any], emulator: Emulator) -> None:
    assert told(kind, thing).state == State.IGNORED


@pytest.mark.django_db
def test_what_another_site_sells_on_the_same_account_is_left_alone(emulator: Emulator, reader: User) -> None:
    price = till.make_pack().stripe_prices.get()
    metadata = {"order": "5d5fd1a2-92b9-4a6e-8f8c-0d9f0d6f8a11", "site": "elsewhere.example"}
    session = till.at_stripe().v1.checkout.sessions.create(
        {
            "mode": "payment",
            "line_items": [{"price": price.stripe_id, "quantity": 1}],
            "success_url": "https://elsewhere.example/",
            "metadata": metadata,
            "payment_intent_data": {"metadata": metadata},
        }
    )
    paid = emulator.pay(session.id)
    till.at_stripe().v1.refunds.create({"payment_intent": paid["payment_intent"]})
    assert {event.state for event in till.hear(emulator)} == {State.IGNORED}
    assert not Order.objects.exists()


@pytest.mark.django_db
def test_the_dispute_may_be_the_first_we_hear(emulator: Emulator, reader: User) -> None:
    order = till.begin(reader, till.make_pack())
    intent = emulator.pay(order.session_id)["payment_intent"]
    charge = str(till.at_stripe().v1.payment_intents.retrieve(intent).latest_charge)
    dispute = emulator.dispute(charge)
    assert told("charge.dispute.created", {"id": dispute, "payment_intent": intent}).state == State.DONE
    order.refresh_from_db()
    assert (order.state, spendable(reader.wallet_id)) == (Order.State.PAID, 10)
    assert freezes.open_freezes(reader.wallet_id).count() == 1


@pytest.mark.django_db
def test_a_burst_of_news_costs_one_look_and_a_replay_another(emulator: Emulator, reader: User) -> None:
    order = till.begin(reader, till.make_pack())
    emulator.pay(order.session_id)
    news = [event for posting in emulator.take_held() if (event := till.store(posting))]
    for event in news:
        inbox.work(event.pk)
    address = f"/v1/checkout/sessions/{order.session_id}"
    assert len(emulator.requests(address)) == 1
    inbox.replay(next(event for event in news if event.object_id == order.session_id), by=reader)
    inbox.work_due()
    assert len(emulator.requests(address)) == 2
    order.refresh_from_db()
    till.pay_back(order, 100)
    till.hear(emulator)
    assert spendable(reader.wallet_id) == 9
