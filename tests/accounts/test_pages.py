import re
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from accounts.models import Membership, Tier, User
from credits import ledger
from credits.models import LotKind

from .conftest import PASSWORD, latest_code, make_reader, register

pytestmark = pytest.mark.django_db


@pytest.fixture
def tier() -> Tier:
    return Tier.objects.create(name="Executives Club", slug="club", perks="Every insight", price_yearly=9900)


@pytest.fixture
def person(request: Any, tier: Tier, client: Client) -> Client:
    if request.param != "visitor":
        user = make_reader(
            "someone@example.com", password=None if request.param == "codes only" else PASSWORD
        )
        user.is_superuser = request.param == "staff"
        user.save()
        if request.param == "member":
            Membership.objects.create(reader=user, tier=tier)
        client.force_login(user)
    return client


PEOPLE = ["reader", "codes only", "member", "staff"]
PAGES = ["/account/", "/account/delete/", "/credits/", "/credits/buy/", "/club/", "/accounts/email/"]


@pytest.mark.parametrize("person", PEOPLE, indirect=True)
@pytest.mark.parametrize("page", PAGES)
def test_pages_open_for_every_kind_of_reader(person: Client, page: str) -> None:
    response = person.get(page)
    assert response.status_code == 200
    assert in_our_design(response)


@pytest.mark.parametrize("person", ["visitor"], indirect=True)
@pytest.mark.parametrize("page", [*PAGES[:4], "/accounts/email/", "/accounts/password/change/"])
def test_a_visitor_is_led_to_the_door_and_back(person: Client, page: str) -> None:
    assert person.get(page).url == f"/accounts/login/?next={page}"


@pytest.mark.parametrize(
    "page",
    [
        "/club/",
        "/accounts/login/",
        "/accounts/signup/",
        "/accounts/login/code/",
        "/accounts/inactive/",
        "/accounts/signed-out/",
        "/accounts/password/reset/",
        "/accounts/password/reset/done/",
    ],
)
def test_open_pages_are_in_our_design(client: Client, page: str) -> None:
    assert in_our_design(client.get(page))


def in_our_design(response: Any) -> bool:
    html = response.content.decode()
    return (
        'class="masthead"' in html and html.count("<h1") == 1 and "Menu:" not in html and "style=" not in html
    )


def test_every_field_has_a_label(signed_in: Client) -> None:
    for page in ("/account/", "/account/delete/", "/accounts/email/", "/accounts/password/change/"):
        html = signed_in.get(page).content.decode()
        for field in re.findall(r'<input[^>]*type="(?:text|email|password)"[^>]*id="(id_\w+)"', html):
            assert f'for="{field}"' in html
        assert "placeholder" not in html


def test_the_wallet_shows_lots_and_a_running_balance(signed_in: Client, reader: User) -> None:
    fill(reader, 1)
    html = signed_in.get("/credits/").content.decode()
    assert '<data value="3">3</data>' in html
    assert "31 January 2030" in html
    figures = re.findall(r'<td class="n">([^<]+)</td>', html)
    assert figures == ["−2", "3", "+5", "5"]
    assert "<td>3 of 5</td>" in html


def test_the_wallet_costs_the_same_however_much_happened(
    signed_in: Client, reader: User, django_assert_num_queries: Any
) -> None:
    fill(reader, 12)
    signed_in.get("/credits/")
    with django_assert_num_queries(9, exact=False):
        signed_in.get("/credits/")


def fill(reader: User, times: int) -> None:
    expiry = datetime(2030, 1, 31, tzinfo=UTC)
    for n in range(times):
        ledger.grant(
            wallet_id=reader.wallet_id,
            amount=5,
            kind=LotKind.PROMOTIONAL,
            reason=f"Gift {n}",
            key=f"gift:{n}",
            expires_at=expiry,
        )
        ledger.spend(wallet_id=reader.wallet_id, amount=2, key=f"spend:{n}", reason=f"Unlocked {n}")


def test_without_a_card_service_the_page_says_so_and_leads_back(signed_in: Client) -> None:
    html = signed_in.get("/credits/buy/?next=/entertainment/x/").content.decode()
    assert "Cards cannot be taken here" in html
    assert 'href="/entertainment/x/"' in html
    assert "evil" not in signed_in.get("/credits/buy/?next=//evil.example/").content.decode()


def test_the_club_shows_visible_tiers_and_ones_own(client: Client, reader: User, tier: Tier) -> None:
    Tier.objects.create(name="Hidden", slug="hidden", visible=False)
    html = client.get("/club/").content.decode()
    assert "£99 a year" in html
    assert "Hidden" not in html
    assert "csrf" not in html
    Membership.objects.create(reader=reader, tier=tier)
    client.force_login(reader)
    assert "with no end set" in client.get("/club/").content.decode()


def test_a_name_can_be_given(signed_in: Client, reader: User) -> None:
    signed_in.post("/account/", {"first_name": "Ada", "last_name": "L"})
    reader.refresh_from_db()
    assert reader.get_full_name() == "Ada L"


def test_a_password_can_be_set_and_changed(client: Client) -> None:
    register(client, "new@example.com")
    new = {"password1": "long-enough-words", "password2": "long-enough-words"}
    assert client.post("/accounts/password/set/", new).url == "/account/"
    assert "has a password now" in mail.outbox[-1].subject
    newer = {
        "oldpassword": "long-enough-words",
        "password1": "other-long-words",
        "password2": "other-long-words",
    }
    assert client.post("/accounts/password/change/", newer).url == "/account/"
    assert "_auth_user_id" in client.session


def test_a_forgotten_password_is_replaced_by_a_code(client: Client, reader: User) -> None:
    asked = client.post("/accounts/password/reset/", {"email": "reader@example.com"})
    assert in_our_design(client.get(asked.url))
    confirmed = client.post(asked.url, {"code": latest_code()})
    assert in_our_design(client.get(confirmed.url))
    new = {"password1": "long-enough-words", "password2": "long-enough-words"}
    client.post(confirmed.url, new)
    assert client.session["_auth_user_id"] == str(reader.pk)


def test_an_address_is_changed_by_a_code_to_the_new_one(client: Client) -> None:
    register(client, "old@example.com")
    asked = client.post("/accounts/email/", {"email": "new@example.com", "action_add": ""})
    assert in_our_design(client.get(asked.url))
    assert User.objects.get().email == "old@example.com"
    assert client.post(asked.url, {"code": latest_code()}).url == "/account/"
    assert User.objects.get().email == "new@example.com"
    assert User.objects.get().emailaddress_set.get().verified
    assert mail.outbox[-1].to == ["old@example.com"]


def test_an_address_of_another_is_refused_only_after_the_code(client: Client, reader: User) -> None:
    register(client, "me@example.com")
    asked = client.post("/accounts/email/", {"email": "reader@example.com", "action_add": ""})
    assert asked.status_code == 302
    answer = client.post(asked.url, {"code": "BBBB-BBBB"})
    assert "That is not the code we sent" in answer.content.decode()


def test_with_a_password_a_change_of_address_asks_for_it_again(client: Client, reader: User) -> None:
    client.post("/accounts/login/", {"login": "reader@example.com", "password": PASSWORD})
    asked = client.post("/accounts/email/", {"email": "new@example.com", "action_add": ""})
    assert asked.url.startswith("/accounts/reauthenticate/")
    assert in_our_design(client.get(asked.url))


def test_mails_speak_plainly_and_name_the_site(client: Client) -> None:
    register(client, "new@example.com")
    sent = mail.outbox[0]
    assert "[" not in sent.subject
    assert sent.body.endswith("Marquee")
    assert "example.com!" not in sent.body
    assert "testserver" not in sent.body
