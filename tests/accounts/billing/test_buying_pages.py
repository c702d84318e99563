"""From the gate to the payment page and back: what is shown, and that nothing is granted by showing it."""

import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from accounts.billing import gifts, orders
from accounts.billing.models import Gift, Order
from accounts.models import Pack, PackPrice, User
from credits import freezes, ledger
from credits.models import LotKind
from credits.statements import spendable
from insights.models import Unlock
from tests.emulator import Emulator
from tests.newsroom import Newsroom

from ..conftest import make_reader
from . import till
from .test_gifts import gift_of
from .test_receipts import order_of

pytestmark = pytest.mark.django_db
BUY = "/credits/buy/"
GIFT = {
    "recipient_name": "A Friend",
    "recipient_email": "friend@example.com",
    "giver_name": "R. Eader",
    "message": "With thanks.",
}


def buy(client: Client, pack: Any, **fields: Any) -> Any:
    return client.post(BUY, {"pack": pack.pk, "agreed": "on", "currency": "GBP"} | fields)


def text_of(answer: Any) -> str:
    main = answer.content.decode().split("<main")[1].split("</main>")[0]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main))


def test_a_broke_reader_goes_from_the_gate_to_the_opened_briefing(
    emulator: Emulator, newsroom: Newsroom, reader: User, signed_in: Client
) -> None:
    pack = till.make_pack(credits=5, amount=500)
    briefing = newsroom.publish("Phones at the festival", price=2)
    gate = signed_in.get(briefing.url).content.decode()
    way = re.search(r'href="(/credits/buy/[^"]+)"', gate)
    assert way
    page = signed_in.get(way[1].replace("&amp;", "&"))
    assert "To unlock “Phones at the festival” you need 2 credits" in text_of(page)
    back = re.search(r'name="next" value="([^"]+)"', page.content.decode())
    assert back
    sent = buy(signed_in, pack, next=back[1])
    assert sent.status_code == 303
    assert sent.url.startswith(emulator.address)
    order = Order.objects.get()
    assert (order.consent, order.back_to) == ("2026-11", f"{briefing.url}#insights")
    emulator.pay(order.session_id)
    waiting = signed_in.get(f"/credits/orders/{order.key}/?returning=1")
    assert waiting.status_code == 200
    assert 'http-equiv="refresh"' in waiting.content.decode()
    assert spendable(reader.wallet_id) == 0
    till.hear(emulator)
    back_again = signed_in.get(f"/credits/orders/{order.key}/?returning&turn=1")
    assert (back_again.status_code, back_again.url) == (302, f"{briefing.url}#insights")
    assert Unlock.objects.filter(reader=reader).count() == 1
    assert spendable(reader.wallet_id) == 3
    signed_in.get(f"/credits/orders/{order.key}/?returning=1")
    assert spendable(reader.wallet_id) == 3


def test_credits_bought_for_their_own_sake_unlock_nothing(
    emulator: Emulator, newsroom: Newsroom, reader: User, signed_in: Client
) -> None:
    pack, briefing = till.make_pack(), newsroom.publish()
    signed_in.get(f"{BUY}?unlock={briefing.pk}&next={briefing.url}")
    assert "To unlock" not in text_of(signed_in.get(BUY))
    buy(signed_in, pack)
    order = Order.objects.get()
    emulator.pay(order.session_id)
    till.hear(emulator)
    assert signed_in.get(f"/credits/orders/{order.key}/?returning=1").url == "/credits/"
    assert (spendable(reader.wallet_id), Unlock.objects.count()) == (10, 0)


def test_without_the_tick_nothing_is_sold(emulator: Emulator, signed_in: Client) -> None:
    answer = signed_in.post(BUY, {"pack": till.make_pack().pk, "currency": "GBP"})
    assert "Tick this to go on" in answer.content.decode()
    assert not Order.objects.exists()


def test_two_tabs_and_a_left_payment_page_are_one_order(emulator: Emulator, signed_in: Client) -> None:
    pack = till.make_pack()
    first, second = buy(signed_in, pack), buy(signed_in, pack)
    assert first.url == second.url
    order = Order.objects.get()
    left = signed_in.get(f"{BUY}?cancelled={order.key}")
    assert "Nothing was charged" in text_of(left)
    assert signed_in.post(f"/credits/orders/{order.key}/go-on/").url == first.url
    assert signed_in.get(f"{BUY}?cancelled=nonsense").status_code == 200


def test_spending_on_hold_is_said_where_credits_are_shown_and_sold(reader: User, signed_in: Client) -> None:
    held = "Spending from your wallet is on hold until we have looked at it"
    for address in ("/credits/", BUY):
        assert held not in text_of(signed_in.get(address))
    freezes.freeze(reader.wallet_id, cause="staff")
    for address in ("/credits/", BUY):
        assert held in text_of(signed_in.get(address))
    assert "to spend" not in text_of(signed_in.get("/credits/"))


def test_stripe_away_or_not_set_up_is_said_politely(
    emulator: Emulator, signed_in: Client, settings: Any
) -> None:
    pack = till.make_pack()
    emulator.down()
    assert "The card service does not answer. Nothing was charged." in text_of(buy(signed_in, pack))
    emulator.clear()
    settings.STRIPE_SECRET_KEY = ""
    assert "Cards cannot be taken here" in text_of(signed_in.get(BUY))
    assert "Cards cannot be taken here" in text_of(signed_in.get("/credits/gift/"))


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("started", "This order is not paid yet"),
        ("pending", "Your payment is on its way"),
        ("failed", "The payment failed"),
        ("expired", "This order was not paid"),
        ("parked", "We are looking at your payment"),
    ],
)
def test_each_state_is_said_in_plain_words(reader: User, signed_in: Client, state: str, said: str) -> None:
    order = order_of(reader, state=state, paid_at=None)
    answer = signed_in.get(f"/credits/orders/{order.key}/")
    assert said in text_of(answer)
    assert "refresh" not in answer.content.decode()
    returning = signed_in.get(f"/credits/orders/{order.key}/?returning=1").content.decode()
    assert ('http-equiv="refresh"' in returning) == (state == "started")


def test_a_page_that_waited_long_enough_stops_looking(reader: User, signed_in: Client) -> None:
    order = order_of(reader, paid_at=None)
    for turn in ("99", "-1", "nonsense"):
        page = signed_in.get(f"/credits/orders/{order.key}/?returning&turn={turn}")
        assert "This takes longer than usual" in text_of(page)
        assert 'http-equiv="refresh"' not in page.content.decode()


def test_what_is_anothers_is_not_there(reader: User, client: Client) -> None:
    order, gift = order_of(reader), gift_of(reader)
    client.force_login(make_reader("other@example.com"))
    for address in (order.key, gift.order.key, uuid4()):
        for way in ("", "withdraw/"):
            assert client.get(f"/credits/orders/{address}/{way}").status_code == 404
        assert client.post(f"/credits/orders/{address}/go-on/").status_code == 404
    assert "You have bought nothing yet" in text_of(client.get("/credits/orders/"))


def test_a_gift_is_ordered_with_its_words_and_shown_with_its_state(
    emulator: Emulator, reader: User, signed_in: Client
) -> None:
    pack = till.make_pack()
    fields = GIFT | {"deliver_on": timezone.localdate().isoformat()}
    sent = signed_in.post("/credits/gift/", {"pack": pack.pk, "agreed": "on", "currency": "GBP"} | fields)
    assert sent.status_code == 303, text_of(sent)
    order = Order.objects.get()
    emulator.pay(order.session_id)
    till.hear(emulator)
    assert spendable(reader.wallet_id) == 0
    page = signed_in.get(f"/credits/orders/{order.key}/?returning=1")
    assert "Your gift is paid" in text_of(page)
    link = re.search(r"http://testserver(/gift/[0-9a-f]+/)", page.content.decode())
    assert link
    friend = make_reader("friend@example.com")
    signed_in.force_login(friend)
    assert "R. Eader gives you 10 credits" in text_of(signed_in.get(link[1]))
    assert signed_in.post(link[1]).url == "/credits/"
    assert spendable(friend.wallet_id) == 10
    assert "You have claimed this gift" in text_of(signed_in.get(link[1]))
    signed_in.force_login(reader)
    assert "This gift has been claimed" in text_of(signed_in.get(link[1]))
    assert "A Friend has claimed it" in text_of(signed_in.get("/credits/orders/"))


@pytest.mark.parametrize(
    ("field", "given", "said"),
    [
        ("message", "See www.example.com", "Leave out web addresses"),
        ("giver_name", "https://example.com", "Leave out web addresses"),
        ("recipient_email", "nobody", "valid email"),
        ("deliver_on", "2020-01-01", "Choose a day from today"),
        ("deliver_on", "2999-01-01", "Choose a day from today"),
        ("pack", "0", "no longer sold"),
    ],
)
def test_a_gift_that_cannot_be_sent_is_not_sold(
    signed_in: Client, settings: Any, field: str, given: str, said: str
) -> None:
    settings.STRIPE_SECRET_KEY = "sk_test_unused"
    pack_priced()
    fields = GIFT | {"deliver_on": timezone.localdate().isoformat(), "agreed": "on", field: given}
    assert said in text_of(signed_in.post("/credits/gift/", fields))
    assert not Order.objects.exists()


def test_another_currency_keeps_what_was_typed_of_a_gift(signed_in: Client, settings: Any) -> None:
    settings.STRIPE_SECRET_KEY = "sk_test_unused"
    pack_priced()
    pack = Pack.objects.get()
    PackPrice.objects.create(pack=pack, currency="EUR", amount=600)
    typed = GIFT | {"recipient_email": "half@", "deliver_on": "2026-12-24", "agreed": "on", "pack": pack.pk}
    page = signed_in.post("/credits/gift/", typed | {"currency": "GBP", "show": "EUR"})
    html = page.content.decode()
    assert page.status_code == 200
    for kept in ("A Friend", "half@", "R. Eader", "With thanks.", "2026-12-24"):
        assert kept in html
    assert "€6" in html
    assert 'name="currency" value="EUR"' in html
    assert len(re.findall(r"<input[^>]* checked", html)) == 2
    assert "field__errors" not in html
    assert not Order.objects.exists()


def pack_priced() -> None:
    PackPrice.objects.create(pack=Pack.objects.create(name="Ten", credits=10), currency="GBP", amount=500)


def test_a_visitor_sees_a_gift_and_signs_up_to_claim_it(reader: User, client: Client) -> None:
    gift = gift_of(reader)
    address = f"/gift/{gifts.token_of(gift.order)}/"
    page = client.get(address)
    assert "Register to claim" in text_of(page)
    assert page["Cache-Control"] == "private, no-store"
    assert client.post(address).url == f"/accounts/signup/?next={address}"
    assert client.get("/gift/nothing/").status_code == 404


def test_a_gift_is_told_from_a_pack_where_contracts_are_withdrawn_from(
    reader: User, signed_in: Client
) -> None:
    gift = gift_of(reader)
    Order.objects.update(amount_paid=1000, paid_at=timezone.now())
    mine = order_of(reader, state=Order.State.PAID, amount_paid=1000, paid_at=timezone.now())
    granted = ledger.grant(wallet_id=reader.wallet_id, amount=10, kind=LotKind.PAID, reason="Bought", key="m")
    Order.objects.filter(pk=mine.pk).update(granted=granted.transaction_id)
    said = text_of(signed_in.get("/account/withdraw/"))
    assert said.count("10 credits bought on") == 1
    assert said.count(f"10 credits, a gift to {gift.recipient_name} bought on") == 1


def test_a_withdrawal_takes_two_steps_and_is_confirmed_by_mail(
    emulator: Emulator, reader: User, signed_in: Client, mailoutbox: list[Any]
) -> None:
    pack = till.make_pack(credits=10, bonus=2, amount=1000)
    buy(signed_in, pack)
    order = Order.objects.get()
    emulator.pay(order.session_id)
    till.hear(emulator)
    assert "Withdraw from this contract" in text_of(signed_in.get(f"/credits/orders/{order.key}/"))
    address = f"/credits/orders/{order.key}/withdraw/"
    assert address in signed_in.get("/account/withdraw/").content.decode()
    declared = signed_in.post(address, {"name": "R. Eader"})
    assert "Confirm withdrawal" in text_of(declared)
    assert spendable(reader.wallet_id) == 12
    signed_in.post(address, {"name": "R. Eader", "confirmed": "1"})
    assert spendable(reader.wallet_id) == 0
    confirmation = next(sent for sent in mailoutbox if "withdrawal" in sent.subject)
    for said in ("R. Eader", "10 credits for 1000 GBP", "£10.00"):
        assert said in confirmation.body
    order.refresh_from_db()
    assert order.amount_refunded == 1000
    assert "There is nothing more to withdraw from" in text_of(signed_in.get(address))


def a_paid_gift(emulator: Emulator, giver: User, **pack: Any) -> Gift:
    order = orders.start_gift(
        reader=giver,
        pack=till.make_pack(**pack),
        currency="GBP",
        back_to="",
        consent="2026-11",
        deliver_on=timezone.localdate() + timedelta(days=1),
        **GIFT,
    )
    orders.checkout_url(order)
    emulator.pay(order.session_id)
    till.settle(order)
    return order.gift


def test_a_claimed_gift_that_is_withdrawn_is_said_to_have_left_its_claimer(
    emulator: Emulator, reader: User, signed_in: Client, mailoutbox: list[Any]
) -> None:
    gift, friend = a_paid_gift(emulator, reader), make_reader("claimer@example.com")
    gifts.claim(gift, reader=friend)
    till.spend(friend, 3)
    order = f"/credits/orders/{gift.order.key}/"
    declared = text_of(signed_in.post(f"{order}withdraw/", {"name": "R. Eader"}))
    for said in ("a gift, ordered on", "A Friend, claimed on", "from the wallet of whoever claimed the gift"):
        assert said in declared
    signed_in.post(f"{order}withdraw/", {"name": "R. Eader", "confirmed": "1"})
    confirmation = next(sent for sent in mailoutbox if "withdrawal" in sent.subject)
    for body in (confirmation.body, confirmation.alternatives[0].content):
        assert "7 unspent credits left the wallet of whoever claimed your gift" in body
        assert "your wallet" not in body
    said = text_of(signed_in.get(order))
    assert "Your gift is paid" not in said
    assert "A Friend had claimed your gift: what was unspent of it left the wallet of whoever did" in said
    signed_in.force_login(friend)
    said = text_of(signed_in.get(f"/gift/{gifts.token_of(gift.order)}/"))
    assert "A part of this gift was taken back" in said
    assert "The payment for 7 of its 10 credits was given back to R. Eader, so they left your wallet" in said
    assert "Its credits are in your wallet" not in said


def test_an_unclaimed_gift_that_is_withdrawn_is_said_to_be_nobodys(
    emulator: Emulator, reader: User, signed_in: Client, mailoutbox: list[Any]
) -> None:
    gift = a_paid_gift(emulator, reader)
    order = f"/credits/orders/{gift.order.key}/"
    assert "A Friend, not claimed so far" in text_of(signed_in.get(f"{order}withdraw/"))
    signed_in.post(f"{order}withdraw/", {"name": "R. Eader", "confirmed": "1"})
    confirmation = next(sent for sent in mailoutbox if "withdrawal" in sent.subject)
    assert "10 unspent credits left your gift, which nobody had claimed, for it" in confirmation.body
    assert "Nobody can claim your gift any more" in text_of(signed_in.get(order))
    assert "This gift was taken back" in text_of(signed_in.get(f"/gift/{gifts.token_of(gift.order)}/"))


def test_a_gift_that_staff_paid_back_is_no_longer_called_paid(
    emulator: Emulator, reader: User, signed_in: Client
) -> None:
    gift, friend = a_paid_gift(emulator, reader), make_reader("claimer@example.com")
    gifts.claim(gift, reader=friend)
    till.pay_back(gift.order)
    till.settle(gift.order)
    said = text_of(signed_in.get(f"/credits/orders/{gift.order.key}/"))
    assert "Your gift was paid back" in said
    assert "A Friend had claimed your gift." in said
    signed_in.force_login(friend)
    said = text_of(signed_in.get(f"/gift/{gifts.token_of(gift.order)}/"))
    assert "This gift was taken back" in said
