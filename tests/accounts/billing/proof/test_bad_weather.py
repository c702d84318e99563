"""Stripe over its limit, broken or gone: reading goes on, the shop says so, and nothing doubles after."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.billing import inbox, withdrawing
from accounts.billing.errors import Unavailable
from accounts.billing.models import Order, Receipt, StripeEvent
from credits.statements import spendable
from insights.models import Unlock
from tests.emulator import Emulator

from .. import till
from ..club_till import make_tier
from .scenes_of_credits import PAID, a_pack
from .stage import Has, Stage

pytestmark = pytest.mark.django_db

SPELLS: dict[str, dict[str, Any]] = {
    "over its limit": {"status": 429, "times": 4},
    "broken": {"status": 500, "times": 4},
    "away for maintenance": {"status": 503, "times": 4},
    "gone before it did it": {"drop": "before", "times": 4},
    "gone after it did it": {"drop": "after", "times": 4},
    "bad for every other call": {"status": 500, "share": 0.5, "seed": 7},
    "losing every other answer": {"drop": "after", "share": 0.5, "seed": 7},
}


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library waits between its tries."""
    monkeypatch.setattr("stripe._http_client.HTTPClient._sleep_time_seconds", lambda *_, **__: 0)


def until_it_answers(deed: Any) -> Any:
    for _ in range(20):
        try:
            return deed()
        except Unavailable:
            continue
    raise AssertionError("Stripe never answered")


@pytest.mark.parametrize("spell", SPELLS.values(), ids=list(SPELLS))
def test_what_is_tried_again_is_done_once(stage: Stage, spell: dict[str, Any]) -> None:
    pack = a_pack()
    stage.emulator.weather(**spell)
    order = until_it_answers(lambda: stage.buy(pack))
    stage.emulator.clear()
    order.refresh_from_db()
    stage.pay(order)
    refund = {"path": "/v1/*", **spell}
    stage.emulator.weather(**refund)
    stage.listen()
    for news in stage.waiting:
        stage.post(news)
    work_until_it_is_done()
    stage.emulator.clear()
    assert stage.has("reader") == PAID
    assert len(stage.emulator.control("GET", "/state")["checkout.session"]) == 1
    assert len(stage.emulator.control("GET", "/state")["customer"]) == 1
    stage.nothing_is_broken()


def work_until_it_is_done() -> None:
    for _ in range(inbox.MOST_ATTEMPTS):
        StripeEvent.objects.filter(state="waiting").update(next_try_at=timezone.now())
        if not inbox.work_due():
            return


def test_without_stripe_all_is_read_and_unlocked_and_nobody_is_sold_to(stage: Stage) -> None:
    page = stage.briefing(4)
    stage.bought(a_pack())
    stage.deliver_all()
    make_tier(visible=True)
    client = Client()
    client.force_login(stage.reader())
    stage.emulator.down()
    before = len(stage.emulator.requests())
    for address in ("/", page.url, "/credits/", "/credits/buy/", "/club/", "/library/", "/account/"):
        assert client.get(address).status_code == 200, address
    assert Client().get(page.url).status_code == 200
    stage.unlock(page)
    assert 'data-state="open"' in client.get(page.url).content.decode()
    assert len(stage.emulator.requests()) == before, "no page asks Stripe"
    pack = Order.objects.get().pack
    assert pack is not None
    said = client.post("/credits/buy/", {"pack": pack.pk, "agreed": "on", "currency": "GBP"})
    assert said.status_code == 200
    assert "The card service does not answer. Nothing was charged." in said.content.decode()
    assert Unlock.objects.standing().count() == 1


def test_news_waits_longer_each_time_then_for_a_person_who_has_it_worked_once(stage: Stage) -> None:
    order = stage.bought(a_pack())
    stage.listen()
    (news,) = [one for one in stage.waiting if one.type == "checkout.session.completed"]
    stage.post(news)
    stage.emulator.down()
    work_until_it_is_done()
    event = StripeEvent.objects.get()
    assert (event.state, event.attempts) == ("parked", inbox.MOST_ATTEMPTS)
    assert stage.has("reader") == Has(orders=("started",))
    stage.emulator.clear()
    inbox.replay(event, by=stage.reader())
    stage.work(news)
    stage.deliver_all()
    assert stage.has("reader") == PAID
    assert Receipt.objects.get().order_id == order.pk


def test_a_refund_whose_answer_was_lost_is_made_once(stage: Stage) -> None:
    order = stage.bought(a_pack())
    stage.deliver_all()
    order.refresh_from_db()
    withdrawal = withdrawing.declare(order, reader=stage.reader(), statement="I withdraw.")
    stage.emulator.weather(path="/v1/refunds", drop="after", times=5)
    with pytest.raises(Unavailable):
        withdrawing.carry_out(withdrawal)
    stage.emulator.clear()
    stage.do_what_is_due()
    stage.deliver_all()
    assert stage.has("reader") == Has(orders=("paid",), receipts=(1000, -1000))
    assert len(refunds_at(stage.emulator)) == 1
    assert spendable(stage.reader().wallet_id) == 0
    stage.nothing_is_broken()


def refunds_at(emulator: Emulator) -> list[Any]:
    made: list[Any] = list(till.at_stripe().v1.refunds.list().data)
    return made
