"""The Club's page: what it costs this reader, joining, how a member stands, and leaving in one step."""

from io import StringIO
from typing import Any
from urllib.parse import quote

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from accounts.billing.models import Order, Subscription
from accounts.models import Tier, User
from credits import ledger
from tests.emulator import Emulator
from tests.newsroom import PASSWORD

from . import till
from .test_buying_pages import text_of

pytestmark = pytest.mark.django_db
CLUB = "/club/"


def make_tier(**fields: Any) -> Tier:
    """Ours, and at Stripe, with the portal that switches and cancels it."""
    prices = {"price_monthly": 800, "price_yearly": 8000}
    tier = Tier.objects.create(name="Executives Club", slug="club", **prices, **fields)
    call_command("stripe_sync", yes=True, stdout=StringIO())
    return tier


def join(client: Client, **fields: Any) -> Any:
    return client.post(CLUB, {"plan": "club:month", "agreed": "on"} | fields)


def joined(emulator: Emulator, client: Client, **fields: Any) -> Subscription:
    answer = join(client, **fields)
    assert answer.status_code == 303, text_of(answer)
    emulator.pay(Order.objects.latest("pk").session_id)
    till.hear(emulator)
    return Subscription.objects.get()


def test_a_visitor_sees_prices_and_no_form(emulator: Emulator, client: Client) -> None:
    make_tier(perks="Every insight", allowance=5, trial_days=7)
    page = client.get(CLUB)
    for said in ("£8 a month", "£80 a year", "£16 less than by the month", "5 credits every paid month"):
        assert said in text_of(page)
    assert "First 7 days free" in text_of(page)
    assert "csrf" not in page.content.decode()
    assert "Register to join" in text_of(page)
    assert join(client).url == "/accounts/signup/?next=/club/"


def test_a_visitor_who_joins_from_a_gate_is_led_back_to_it(
    emulator: Emulator, reader: User, client: Client
) -> None:
    make_tier()
    gate = "/technology/labs/#insights"
    page = client.get(CLUB, {"next": gate}).content.decode()
    here = "/club/?next=%2Ftechnology%2Flabs%2F%23insights"
    assert f'href="/accounts/login/?next={quote(here)}"' in page
    assert f'href="/accounts/signup/?next={quote(here)}"' in page
    assert join(client, next=gate).url == f"/accounts/signup/?next={quote(here)}"
    assert join(client, next="https://elsewhere.example/").url == "/accounts/signup/?next=/club/"
    came = client.post("/accounts/login/", {"login": reader.email, "password": PASSWORD, "next": here})
    assert came.url == here
    assert f'name="next" value="{gate}"' in client.get(came.url).content.decode()
    joined(emulator, client, next=gate)
    order = Order.objects.get()
    back = client.get(f"/credits/orders/{order.key}/?returning=1")
    assert back.url == gate


def test_a_reader_joins_cancels_and_changes_their_mind(
    emulator: Emulator, reader: User, signed_in: Client
) -> None:
    make_tier()
    joined(emulator, signed_in)
    order = Order.objects.get()
    back = signed_in.get(f"/credits/orders/{order.key}/?returning=1", follow=True)
    assert back.redirect_chain == [("/club/", 302)]
    assert "Welcome to Executives Club" in back.content.decode()
    page = text_of(signed_in.get(CLUB))
    assert "paid by the month, renews on" in page
    assert "Join" not in page.split("What each membership gives")[1]
    cancelled = signed_in.post("/club/cancel/", follow=True)
    assert "You are not charged again" in cancelled.content.decode()
    assert "Executives Club ends on" in text_of(cancelled)
    assert "Stay a member" in text_of(cancelled)
    assert "renews on" in text_of(signed_in.post("/club/resume/", follow=True))
    assert "renews on" in text_of(signed_in.get("/account/"))
    portal = signed_in.post("/club/portal/")
    assert portal.url.startswith(emulator.address)
    assert "You are a member already" in text_of(join(signed_in))


def test_free_days_and_a_card_that_is_refused_are_said(
    emulator: Emulator, reader: User, signed_in: Client
) -> None:
    make_tier(trial_days=7)
    assert "First 7 days free" in text_of(signed_in.get(CLUB))
    club = joined(emulator, signed_in)
    assert "is free until" in text_of(signed_in.get(CLUB))
    Subscription.objects.filter(pk=club.pk).update(status="past_due")
    page = text_of(signed_in.get(CLUB))
    assert "your card was refused" in page
    assert "Pay or change the card" in page
    Subscription.objects.filter(pk=club.pk).update(status="unknown to us")
    assert "is not paid and opens nothing" in text_of(signed_in.get(CLUB))


def test_credits_spent_come_off_and_are_shown_before_paying(
    emulator: Emulator, reader: User, signed_in: Client
) -> None:
    make_tier()
    pack = till.make_pack(credits=10, amount=1000)
    order = till.begin(reader, pack)
    emulator.pay(order.session_id)
    till.hear(emulator)
    ledger.spend(wallet_id=reader.wallet_id, amount=4, key="unlock:1:1", reason="Unlocked")
    page = text_of(signed_in.get(CLUB))
    assert "£4 off: credits you spent in the last 30 days. You pay £4 first" in page
    assert "You pay £76 first" in page


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"code": "NOSUCHCODE"}, "This code is not, or is no longer, good"),
        ({"plan": "club:week"}, "This is no longer sold"),
        ({"plan": "hidden:month"}, "This is no longer sold"),
        ({"plan": ""}, "Choose how to pay"),
        ({"agreed": ""}, "Tick this to go on"),
    ],
)
def test_what_cannot_be_joined_is_said_and_begins_nothing(
    emulator: Emulator, signed_in: Client, fields: dict[str, str], said: str
) -> None:
    make_tier()
    Tier.objects.create(name="Hidden", slug="hidden", visible=False, price_monthly=100)
    assert said in text_of(join(signed_in, **fields))
    assert not Order.objects.exists()


def test_without_a_club_or_without_stripe_nothing_is_cancelled_and_that_is_said(
    emulator: Emulator, reader: User, signed_in: Client
) -> None:
    answer = signed_in.post("/club/cancel/", follow=True)
    assert "You have no membership that this could be done to" in answer.content.decode()
    make_tier()
    joined(emulator, signed_in)
    emulator.down()
    answer = signed_in.post("/club/cancel/", follow=True)
    assert "The card service does not answer" in answer.content.decode()
    assert "renews on" in text_of(answer)


def test_a_member_withdraws_in_two_steps(emulator: Emulator, reader: User, signed_in: Client) -> None:
    make_tier()
    club = joined(emulator, signed_in)
    address = f"/club/withdraw/{club.pk}/"
    assert address in signed_in.get("/account/withdraw/").content.decode()
    assert "Confirm withdrawal" in text_of(signed_in.post(address, {"name": "R. Eader"}))
    done = signed_in.post(address, {"name": "R. Eader", "confirmed": "1"}, follow=True)
    assert "You have withdrawn" in done.content.decode()
    club.refresh_from_db()
    assert club.status == "canceled"
    assert "Register to join" not in text_of(signed_in.get(CLUB))
    assert club.order
    order = text_of(signed_in.get(f"/credits/orders/{club.order.key}/"))
    asked = timezone.localtime(club.withdrawal.asked_at)
    assert f"You withdrew from this contract on {asked:%-d %B %Y, %H:%M}." in order
