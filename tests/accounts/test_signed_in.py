"""What is read of a session the short way: nothing that Django would not read, and only of ordinary ones."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.test import Client

from accounts import signed_in
from accounts.models import ReaderSession, User
from accounts.models.session import SessionStore
from accounts.signed_in import SignedIn, is_signed_in, known, read, remember, vouches_for

from .conftest import PASSWORD, register

pytestmark = pytest.mark.django_db


@pytest.fixture
def session(client: Client, reader: User) -> Any:
    client.force_login(reader)
    return client.session


def stored(session: Any, **changes: Any) -> str:
    return SessionStore().encode({**dict(session.items()), **changes})


def by_code(client: Client) -> None:
    register(client, "reader@example.com")


def by_password(client: Client) -> None:
    client.post("/accounts/login/", {"login": "reader@example.com", "password": PASSWORD})


@pytest.mark.parametrize("come_in", [by_code, by_password])
def test_whoever_came_in_by_a_door_has_an_ordinary_session(
    client: Client, reader: User, come_in: Callable[[Client], None]
) -> None:
    come_in(client)
    client.get("/account/")
    assert is_theirs(client.session.session_key, User.objects.get(pk=reader.pk))


def is_theirs(session_key: str | None, someone: User) -> bool:
    row = ReaderSession.objects.get(pk=session_key)
    return is_signed_in(row.pk, row.session_data, reader_id=someone.pk, password=someone.password)


def test_it_is_nobody_elses(session: Any, reader: User) -> None:
    other = User.objects.create(email="other@example.com", password=reader.password)
    assert is_theirs(session.session_key, reader)
    assert not is_theirs(session.session_key, other)


def test_another_password_ends_it(session: Any, reader: User) -> None:
    assert is_theirs(session.session_key, reader)
    reader.set_password(f"{PASSWORD}-2")
    assert not is_theirs(session.session_key, reader)


def test_what_is_stored_now_counts_and_not_what_was_read_before(session: Any, reader: User) -> None:
    assert is_theirs(session.session_key, reader)
    session["wish"] = {}
    session.save()
    assert not is_theirs(session.session_key, reader)


@pytest.mark.parametrize(
    "changes",
    [
        {"wish": {}},
        {"_messages": "[]"},
        {BACKEND_SESSION_KEY: "somebody.elses.Backend"},
        {BACKEND_SESSION_KEY: None},
    ],
)
def test_what_is_unusual_is_for_django_to_read(session: Any, changes: dict[str, Any]) -> None:
    assert read("key", stored(session)) is not None
    assert read("key", stored(session, **changes)) is None


def test_a_session_without_its_hash_vouches_for_nobody(session: Any, reader: User) -> None:
    found = read("key", stored(session, **{HASH_SESSION_KEY: None}))
    assert found is not None
    assert not vouches_for(found, password=reader.password)


def test_what_was_not_signed_by_us_is_nobodys(session: Any) -> None:
    data = stored(session)
    assert read("key", data[:-1] + ("A" if data[-1] != "A" else "B")) is None
    assert read("key", "nonsense") is None
    assert SESSION_KEY in SessionStore().decode(data)


def test_no_more_than_so_many_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signed_in, "_remembered", {})
    monkeypatch.setattr(signed_in, "MOST_REMEMBERED", 3)
    for n in range(10):
        remember(SignedIn(str(n), "", n, ""))
        assert known(str(n), "") is not None
    assert len(signed_in._remembered) <= 3
