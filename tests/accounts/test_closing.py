from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth import SESSION_KEY
from django.db import connection
from django.test import Client
from django.utils import timezone
from wagtail.log_actions import log
from wagtail.users.models import UserProfile

from accounts.merging import merge_readers
from accounts.models import Membership, ReaderSession, Tier, User
from accounts.notices import send_notices
from credits import ledger
from credits.audit import audit
from credits.models import LedgerEntry, LotKind
from credits.statements import spendable

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
    named = {one.get_decoded().get(SESSION_KEY) for one in ReaderSession.objects.all()}
    assert named == {str(User.objects.get(email="other@example.com").pk)}


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


def places_of(needle: str) -> list[str]:
    """Every column of the database, of whatever kind, where the text stands in any case."""
    columns = """
        SELECT c.table_name, c.column_name FROM information_schema.columns c
        JOIN information_schema.tables t USING (table_schema, table_name)
        WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE'
    """
    with connection.cursor() as cursor:
        cursor.execute(columns)
        found = []
        for table, column in cursor.fetchall():
            cursor.execute(f'SELECT count(*) FROM "{table}" WHERE "{column}"::text ILIKE %s', [f"%{needle}%"])
            if cursor.fetchone()[0]:
                found.append(f"{table}.{column}")
    return found


def everything_known_of_a_reader(client: Client) -> User:
    register(client, "ada.lovelace@example.com")
    client.post("/account/", {"first_name": "Augusta", "last_name": "Kingnoel"})
    user = User.objects.get()
    editor = make_reader("editor@example.com", is_superuser=True)
    held = Membership.objects.create(reader=user, tier=Tier.objects.create(name="Club", slug="club"))
    for instance in (user, held):
        log(instance=instance, action="wagtail.edit", user=editor)
    UserProfile.get_for_user(user)
    ledger.spend(wallet_id=user.wallet_id, amount=1, key="unlock:1", reason="Unlocked “X”")
    lasting = {"kind": LotKind.PROMOTIONAL, "expires_at": timezone.now() + timedelta(days=60)}
    ledger.grant(wallet_id=user.wallet_id, amount=1, reason="A present", key="g", **lasting)
    send_notices(timezone.now() + timedelta(days=40))
    merge_readers(
        source=make_reader("ada@work.example"), target=user, by=editor, reason="ada@work.example is Ada"
    )
    return user


NAMES = ("lovelace", "Augusta", "Kingnoel", "ada@work.example")


def test_of_who_leaves_no_word_is_left_in_any_table(client: Client) -> None:
    user = everything_known_of_a_reader(client)
    assert all(places_of(needle) for needle in NAMES)
    entries = list(LedgerEntry.objects.order_by("pk").values())
    leave(client, "ada.lovelace@example.com")
    assert [place for needle in NAMES for place in places_of(needle)] == []
    assert list(LedgerEntry.objects.order_by("pk").values()) == entries
    assert audit().first_difference is None
    user.refresh_from_db()
    assert user.closed_at


def test_who_returns_after_a_merge_and_a_farewell_starts_with_nothing(client: Client) -> None:
    everything_known_of_a_reader(client)
    leave(client, "ada.lovelace@example.com")
    register(Client(), "ada.lovelace@example.com")
    assert spendable(User.objects.get(email="ada.lovelace@example.com").wallet_id) == 0
