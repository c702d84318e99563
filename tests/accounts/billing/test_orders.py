"""An order is written before Stripe hears of it, and asked for again it is the same one."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone

from accounts.billing import inbox, orders, settling
from accounts.billing.errors import NotSetUp, PaymentError, Unavailable
from accounts.billing.models import Gift, Order, Receipt, StripeCustomer, StripeEvent, StripePrice
from accounts.models import Pack, User
from credits.models import LedgerTransaction
from credits.statements import spendable
from tests.accounts.conftest import make_reader
from tests.emulator import Emulator

from . import till

pytestmark = pytest.mark.django_db
State = Order.State


def started(reader: User, pack: Pack, **facts: Any) -> Order:
    facts = {"currency": "GBP", "back_to": "/", "consent": "2026-11"} | facts
    return orders.start_pack(reader=reader, pack=pack, **facts)


def a_gift(reader: User, pack: Pack, **facts: Any) -> Order:
    facts = {
        "giver_name": "Ada",
        "recipient_name": "Grace",
        "recipient_email": "Grace@example.com",
        "message": "",
        "deliver_on": date(2026, 12, 24),
    } | facts
    return orders.start_gift(reader=reader, pack=pack, currency="GBP", back_to="", consent="2026-11", **facts)


def test_a_second_click_is_the_same_order_and_the_same_session(emulator: Emulator, reader: User) -> None:
    pack = till.make_pack()
    first = started(reader, pack, back_to="/one/")
    address = orders.checkout_url(first)
    second = started(reader, pack, back_to="/two/")
    assert orders.checkout_url(second) == address
    assert (second.pk, second.back_to) == (first.pk, "/two/")
    assert address.startswith("http")
    assert len([one for one in emulator.requests("/v1/checkout/sessions") if one["method"] == "POST"]) == 1


def test_what_differs_is_another_order(emulator: Emulator, reader: User) -> None:
    pack = till.make_pack()
    first = started(reader, pack)
    others = [started(reader, pack, quantity=2), started(make_reader("other@example.com"), pack)]
    Order.objects.filter(pk=first.pk).update(created_at=timezone.now() - timedelta(hours=21))
    others.append(started(reader, pack))
    pack.bonus = 3
    pack.save()
    others.append(started(reader, pack))
    assert len({order.pk for order in [first, *others]}) == 5


def test_a_gift_is_written_with_its_order_and_to_each_recipient_once(reader: User) -> None:
    pack = till.bare_pack()
    pack.prices.create(currency="GBP", amount=1000)
    first = a_gift(reader, pack)
    assert a_gift(reader, pack).pk == first.pk
    assert a_gift(reader, pack, recipient_name="Edsger").pk != first.pk
    assert Gift.objects.count() == 2


@pytest.mark.parametrize("facts", [{"currency": "USD"}, {"quantity": 0}, {"quantity": 11}])
def test_what_is_not_sold_is_not_ordered(facts: dict[str, Any], reader: User) -> None:
    pack = till.bare_pack()
    pack.prices.create(currency="GBP", amount=1000)
    with pytest.raises(NotSetUp):
        started(reader, pack, **facts)
    assert not Order.objects.exists()


def test_no_order_is_sent_off_to_be_paid_at_another_price(emulator: Emulator, reader: User) -> None:
    pack = till.make_pack()
    StripePrice.objects.update(amount=900)
    order = started(reader, pack)
    with pytest.raises(NotSetUp):
        orders.checkout_url(order)
    assert Order.objects.get().session_id == ""


def test_an_order_survives_a_stripe_that_is_away(emulator: Emulator, reader: User) -> None:
    pack = till.make_pack()
    emulator.weather(drop="after", times=2, path="/v1/checkout/sessions", method="POST")
    order = started(reader, pack)
    with pytest.raises(Unavailable):
        orders.checkout_url(order)
    emulator.clear()
    again = started(reader, pack)
    orders.checkout_url(again)
    assert again.pk == order.pk
    assert len(till.at_stripe().v1.checkout.sessions.list().data) == 1


def test_what_is_paid_already_is_not_asked_for_again(emulator: Emulator, reader: User) -> None:
    order = till.begin(reader, till.make_pack())
    emulator.pay(order.session_id)
    page = f"/credits/orders/{order.key}/"
    assert orders.checkout_url(order) == page
    till.settle(order)
    assert orders.checkout_url(order) == page


def test_a_customer_deleted_at_stripe_is_replaced(emulator: Emulator, reader: User) -> None:
    pack = till.make_pack()
    orders.checkout_url(started(reader, pack))
    gone = StripeCustomer.objects.get()
    till.at_stripe().v1.customers.delete(gone.stripe_id)
    order = started(reader, pack, quantity=2)
    assert orders.checkout_url(order).startswith("http")
    gone.refresh_from_db()
    assert gone.deleted_at is not None
    emulator.pay(order.session_id)
    assert till.settle(order).state == State.PAID


def test_a_key_that_may_not_do_it_is_said_to_the_log_alone(emulator: Emulator, reader: User) -> None:
    pack = till.make_pack()
    emulator.weather(status=500, times=4)
    with pytest.raises(PaymentError):
        orders.checkout_url(started(reader, pack))
    assert not StripeCustomer.objects.exists()


# At once


def at_once(deeds: list[Callable[[], Any]]) -> list[Any]:
    start = Barrier(len(deeds))

    def run(deed: Callable[[], Any]) -> Any:
        try:
            start.wait()
            return deed()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(deeds)) as threads:
        return list(threads.map(run, deeds))


@pytest.mark.django_db(transaction=True)
def test_many_at_once_buy_and_settle_one_order_once(emulator: Emulator) -> None:
    """Tabs, workers, the reconciler and the reader's return, all on one order."""
    reader = make_reader("reader@example.com")
    pack = till.make_pack(bonus=2)

    def buy() -> str:
        order = started(reader, pack)
        return orders.checkout_url(order)

    assert len(set(at_once([buy] * 4))) == 1
    order = Order.objects.get()
    assert StripeCustomer.objects.count() == 1
    emulator.pay(order.session_id)
    news = [event for posting in emulator.take_held() if (event := till.store(posting))]
    work = [lambda pk=event.pk: inbox.work(pk) for event in news for _ in range(2)]
    sync = [lambda: settling.sync_order(order.pk)] * 2
    look = [lambda: Order.objects.get(pk=order.pk).state] * 2
    at_once([*work, *sync, *look])
    order.refresh_from_db()
    assert (order.state, spendable(reader.wallet_id)) == (State.PAID, 12)
    assert (LedgerTransaction.objects.count(), Receipt.objects.count()) == (2, 1)
    assert not StripeEvent.objects.filter(state=StripeEvent.State.PARKED).exists()
    assert set(StripeEvent.objects.values_list("attempts", flat=True)) == {1}

    till.pay_back(order, 300)
    dispute = emulator.dispute(till.charge_of(order), amount=400)
    emulator.close_dispute(dispute, won=False)
    news = [event for posting in emulator.take_held(shuffle=7) if (event := till.store(posting))]
    at_once([lambda pk=event.pk: inbox.work(pk) for event in news] + sync)
    assert spendable(reader.wallet_id) == 12 - 7 - 1
    assert sum(note.total for note in Receipt.objects.all()) == 300
