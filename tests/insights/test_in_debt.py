"""Unlocking while credits are owed, or while spending is on hold."""

import re
from typing import Any

import pytest
from django.conf import settings as house
from django.core import mail
from django.test import Client
from django.urls import reverse

from accounts.models import User
from articles.models import BriefingPage
from credits import ledger
from credits.errors import Frozen, InDebt
from credits.models import AccountFreeze, LotKind
from credits.statements import spendable
from insights.access import WayIn, access_for
from insights.models import Unlock
from insights.unlocks import Intent, unlock
from tests.newsroom import Newsroom, reader


@pytest.fixture
def briefing(newsroom: Newsroom) -> BriefingPage:
    return newsroom.publish()


def grant(someone: User, amount: int, key: str) -> ledger.Posting:
    return ledger.grant(
        wallet_id=someone.wallet_id, amount=amount, kind=LotKind.PAID, reason="Bought", key=key
    )


@pytest.fixture
def debtor(newsroom: Newsroom) -> User:
    """Spent two credits of a purchase that was then taken back."""
    someone = reader("debtor@example.com")
    bought = grant(someone, 2, "test:bought")
    unlock(reader=someone, page=newsroom.publish("Bought before", price=2), intent=Intent(price=2))
    ledger.reverse(transaction_id=bought.transaction_id, key="test:chargeback", reason="Taken back")
    return someone


@pytest.fixture
def held(newsroom: Newsroom, superuser: None) -> User:
    someone = reader("held@example.com", credits=3)
    AccountFreeze.objects.create(wallet_id=someone.wallet_id, cause="test")
    return someone


def press(client: Client, briefing: BriefingPage, **headers: str) -> str:
    answer = client.post(reverse("unlock", args=[briefing.pk]), {"price": 1}, headers=headers, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_gate_promises_no_unlock_to_a_reader_in_debt(briefing: BriefingPage, debtor: User) -> None:
    access = access_for(debtor, briefing)
    assert (access.way_in, access.standing.owed, access.missing) == (WayIn.BUY, 2, 3)


def test_the_gate_says_what_is_owed(briefing: BriefingPage, debtor: User, client: Client) -> None:
    client.force_login(debtor)
    html = client.get(briefing.url).content.decode()
    assert "You owe <b>2 credits</b>" in html
    assert "data-unlock" not in html


def test_what_a_reader_in_debt_unlocked_before_stays_open(debtor: User) -> None:
    bought = BriefingPage.objects.get(title="Bought before")
    assert access_for(debtor, bought).owned == "unlocked"


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}], ids=["plain", "htmx"])
def test_an_old_form_in_debt_is_answered_with_what_is_owed(
    briefing: BriefingPage, debtor: User, client: Client, headers: dict[str, str]
) -> None:
    client.force_login(debtor)
    assert "Not unlocked. You owe 2 credits" in press(client, briefing, **headers)
    assert not Unlock.objects.filter(briefing_key=briefing.briefing_key).exists()


def test_once_the_debt_is_paid_the_gate_offers_the_unlock(briefing: BriefingPage, debtor: User) -> None:
    with pytest.raises(InDebt):
        unlock(reader=debtor, page=briefing, intent=Intent(price=1))
    grant(debtor, 3, "test:again")
    assert access_for(debtor, briefing).way_in == WayIn.UNLOCK
    assert unlock(reader=debtor, page=briefing, intent=Intent(price=1)).balance == 0


def test_the_gate_of_a_wallet_on_hold_says_whom_to_write_to(
    briefing: BriefingPage, held: User, client: Client
) -> None:
    client.force_login(held)
    html = client.get(briefing.url).content.decode()
    assert access_for(held, briefing).way_in == WayIn.WRITE
    assert f"mailto:{house.SUPPORT_EMAIL}" in html
    assert "data-unlock" not in html


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}], ids=["plain", "htmx"])
def test_an_old_form_of_a_wallet_on_hold_is_answered_with_whom_to_write_to(
    briefing: BriefingPage, held: User, client: Client, headers: dict[str, str]
) -> None:
    client.force_login(held)
    html = press(client, briefing, **headers)
    assert "Spending from your wallet is on hold" in html
    assert house.SUPPORT_EMAIL in html
    assert spendable(held.wallet_id) == 3
    with pytest.raises(Frozen):
        unlock(reader=held, page=briefing, intent=Intent(price=1))


@pytest.mark.parametrize("who", ["debtor", "held"])
def test_a_wish_that_meets_a_debt_or_a_hold_leads_to_the_gate_which_says_why(
    who: str, briefing: BriefingPage, client: Client, request: pytest.FixtureRequest, settings: Any
) -> None:
    # Which would pay the debt.
    settings.STARTER_CREDITS = 0
    someone: User = request.getfixturevalue(who)
    link = f"{reverse('account_signup')}?unlock={briefing.pk}"
    client.get(link)
    client.post(link, {"email": someone.email})
    code = re.findall(r"^[A-Z0-9]{4}-[A-Z0-9]{4}$", mail.outbox[-1].body, re.MULTILINE)[0]
    answer = client.post(reverse("account_confirm_login_code"), {"code": code})
    assert answer["Location"].endswith(f"{briefing.url}#insights")
    html = client.get(briefing.url).content.decode()
    assert "You owe" in html or "on hold" in html
    assert not Unlock.objects.filter(briefing_key=briefing.briefing_key).exists()
