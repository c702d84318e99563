import pytest
from allauth.account.models import EmailAddress
from django.contrib.sessions.models import Session
from django.test import Client

from accounts.models import Membership, Tier, User
from credits.models import LedgerEntry

from .conftest import PASSWORD, make_reader, register

pytestmark = pytest.mark.django_db


def leave(client: Client, email: str) -> str:
    return client.post("/account/delete/", {"email": email}).url


def test_the_person_goes_and_the_books_stay(client: Client) -> None:
    register(client, "reader@example.com")
    User.objects.update(first_name="Ada")
    tier = Tier.objects.create(name="Club", slug="club")
    held = Membership.objects.create(reader=User.objects.get(), tier=tier)
    assert leave(client, "Reader@example.com") == "/accounts/signed-out/?closed"
    row = User.objects.get()
    assert row.email.startswith("deleted-")
    assert row.email.endswith("@invalid")
    assert (row.first_name, row.is_active, row.has_usable_password()) == ("", False, False)
    assert row.closed_at
    assert not EmailAddress.objects.exists()
    assert LedgerEntry.objects.filter(account=row.wallet).count() == 1
    held.refresh_from_db()
    assert not held.is_live()


def test_every_session_of_theirs_ends(client: Client, reader: User) -> None:
    elsewhere, other = Client(), Client()
    for browser in (client, elsewhere):
        browser.post("/accounts/login/", {"login": reader.email, "password": PASSWORD})
    other.force_login(make_reader("other@example.com"))
    leave(client, reader.email)
    assert elsewhere.get("/account/").status_code == 302
    assert other.get("/account/").status_code == 200
    assert not [s for s in Session.objects.all() if s.get_decoded().get("_auth_user_id") == str(reader.pk)]


def test_the_address_is_typed_or_nothing_happens(signed_in: Client, reader: User) -> None:
    refused = signed_in.post("/account/delete/", {"email": "other@example.com"})
    assert "not the address of this account" in refused.content.decode()
    assert signed_in.get("/account/delete/").status_code == 200
    reader.refresh_from_db()
    assert reader.is_active


def test_the_address_can_return_as_a_new_reader(client: Client) -> None:
    register(client, "reader@example.com")
    leave(client, "reader@example.com")
    register(Client(), "reader@example.com")
    assert User.objects.filter(email="reader@example.com", is_active=True).count() == 1
    assert User.objects.count() == 2
