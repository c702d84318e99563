import time

import pytest
from django.core import mail
from django.test import Client

from accounts.models import StaffPosting, User
from tests.accounts.conftest import PASSWORD, latest_code, register

from .conftest import Give, asked_for

pytestmark = pytest.mark.django_db
GRANT = "/admin/ledger/grant/"
AGAIN = "/accounts/reauthenticate/"


@pytest.fixture
def long_since(client: Client, keeper: User) -> Client:
    """Signed in, and not by giving a password just now."""
    client.force_login(keeper)
    return client


def test_the_password_is_asked_for_before_the_form(long_since: Client) -> None:
    answer = long_since.get(GRANT)
    assert answer.url == f"{AGAIN}?next=%2Fadmin%2Fledger%2Fgrant%2F"
    back = long_since.post(answer.url, {"password": PASSWORD})
    assert back.url == GRANT
    assert long_since.get(GRANT).status_code == 200


def test_a_wrong_password_opens_nothing(long_since: Client) -> None:
    long_since.post(f"{AGAIN}?next={GRANT}", {"password": "wrong"})
    assert long_since.get(GRANT).status_code == 302


def test_what_was_sent_waits_for_the_password_and_is_done_once(long_since: Client, reader: User) -> None:
    form = asked_for(5)
    asked = long_since.post(GRANT, form)
    assert asked.url.startswith(AGAIN)
    assert not StaffPosting.objects.exists()
    done = long_since.post(asked.url, {"password": PASSWORD})
    assert done.url == f"/admin/ledger/staff/{StaffPosting.objects.get().pk}/"
    long_since.post(GRANT, form)
    assert StaffPosting.objects.count() == 1


def test_a_form_refused_after_the_password_may_run_its_scripts(long_since: Client) -> None:
    asked = long_since.post(GRANT, asked_for(5, email="nobody@example.com"))
    shown = long_since.post(asked.url, {"password": PASSWORD})
    html = shown.content.decode()
    assert "No reader has this address" in html
    assert "js/date-time-chooser" in html
    assert "script-src 'self' 'unsafe-inline'" in shown["Content-Security-Policy"]


def test_it_holds_for_five_minutes(desk: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time()
    assert desk.get(GRANT).status_code == 200
    monkeypatch.setattr(time, "time", lambda: now + 301)
    assert desk.get(GRANT).url.startswith(AGAIN)


@pytest.mark.parametrize("what", ["transactions/{}/reverse/", "staff/{}/approve/", "staff/{}/decline/"])
def test_every_act_asks_for_it(long_since: Client, second: User, reader: User, give: Give, what: str) -> None:
    posted = give(500).transaction_id
    waiting = StaffPosting.objects.create(
        key="6f9619ff-8b86-d011-b42d-00c04fc964ff", what="reversal", reader=reader, reverses_id=posted,
        amount=500, reason="Why", asked_by=second, waits_because="amount",
    )  # fmt: skip
    number = posted if "reverse" in what else waiting.pk
    for ask in (long_since.get, long_since.post):
        assert ask(f"/admin/ledger/{what.format(number)}").url.startswith(AGAIN)
    waiting.refresh_from_db()
    assert waiting.waiting


def test_reading_does_not_ask_for_it(long_since: Client) -> None:
    assert long_since.get("/admin/ledger/").status_code == 200


def test_a_code_from_the_mail_is_no_password(client: Client, keeper: User) -> None:
    register(client, keeper.email)
    assert client.get(GRANT).url.startswith(AGAIN)


def test_whoever_has_no_password_is_told_how_to_set_one(client: Client, keeper: User) -> None:
    keeper.set_unusable_password()
    keeper.save()
    client.force_login(keeper)
    for ask in (client.get, client.post):
        answer = ask(GRANT)
        assert answer.status_code == 403
        assert "/accounts/password/reset/" in answer.content.decode()


def test_who_works_in_the_admin_sets_one_with_a_code_from_the_mail(
    client: Client, keeper: User, reader: User
) -> None:
    for person, wanted in ((keeper, 302), (reader, 200)):
        person.set_unusable_password()
        person.save()
        client.force_login(person)
        assert client.get("/accounts/password/set/").status_code == wanted
    client.force_login(keeper)
    client.post("/accounts/password/set/", {"password1": "stolen-screen-9", "password2": "stolen-screen-9"})
    keeper.refresh_from_db()
    assert not keeper.has_usable_password()
    asked = client.post("/accounts/password/reset/", {"email": keeper.email})
    assert mail.outbox[-1].to == [keeper.email]
    proven = client.post(asked.url, {"code": latest_code()})
    client.post(proven.url, {"password1": "chosen-by-mail-9", "password2": "chosen-by-mail-9"})
    keeper.refresh_from_db()
    assert keeper.check_password("chosen-by-mail-9")
