from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.addresses import mailbox
from accounts.closing import close_account
from accounts.models import User
from accounts.starter import grant_starter, starter_key
from credits.models import LedgerTransaction
from credits.statements import lots, spendable

from .conftest import make_reader, register

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("spelling", "one"),
    [
        ("reader@example.com", "reader@example.com"),
        ("Reader@EXAMPLE.com", "reader@example.com"),
        ("re.ad.er@example.com", "reader@example.com"),
        ("reader+news@example.com", "reader@example.com"),
        ("reader+a+b@example.com", "reader@example.com"),
        ("R.e.ader+X@Example.Com.", "reader@example.com"),
        ("reader@googlemail.com", "reader@gmail.com"),
        ("re.ader+x@GoogleMail.com", "reader@gmail.com"),
        ("\uff52\uff45ader@example.com", "reader@example.com"),
        ("stra\u00dfe@example.com", "strasse@example.com"),
        ("reader@b\u00fccher.example", "reader@xn--bcher-kva.example"),
        ("reader@B\u00dcCHER.example", "reader@xn--bcher-kva.example"),
        ("reader@xn--bcher-kva.example", "reader@xn--bcher-kva.example"),
        ("reader@" + "a" * 70 + ".example", "reader@" + "a" * 70 + ".example"),
    ],
)
def test_spellings_of_one_mailbox_are_one(spelling: str, one: str) -> None:
    assert mailbox(spelling) == one


def test_other_mailboxes_stay_apart() -> None:
    assert len({mailbox(a) for a in ("a@x.example", "b@x.example", "a@y.example", "a-b@x.example")}) == 4


def test_a_reader_gets_them_once() -> None:
    user = make_reader("reader@example.com")
    assert grant_starter(user) is True
    assert grant_starter(user) is False
    (lot,) = lots(wallet_id=user.wallet_id)
    assert (lot.kind, lot.remaining, lot.expires_at) == ("promotional", 3, None)


def test_another_spelling_gets_none() -> None:
    grant_starter(make_reader("reader@gmail.com"))
    assert grant_starter(make_reader("re.ader+again@googlemail.com")) is False


def test_an_unproven_address_gets_none() -> None:
    assert grant_starter(User.objects.create_user("unproven@example.com")) is False


def test_who_leaves_and_returns_gets_none(client: Client) -> None:
    register(client, "reader@example.com")
    close_account(User.objects.get())
    register(Client(), "Reader+back@example.com")
    register(Client(), "reader@example.com")
    returned = User.objects.get(email="reader@example.com")
    assert spendable(returned.wallet_id) == 0
    assert LedgerTransaction.objects.count() == 1


def test_a_change_of_address_gives_none_and_frees_none(client: Client) -> None:
    register(client, "first@example.com")
    user = User.objects.get()
    user.emailaddress_set.update(email="second@example.com")
    User.objects.update(email="second@example.com")
    assert grant_starter(User.objects.get()) is False
    register(Client(), "first@example.com")
    assert spendable(User.objects.get(email="first@example.com").wallet_id) == 0


def test_they_may_expire(settings: Any) -> None:
    settings.STARTER_CREDITS_DAYS = 30
    user = make_reader("reader@example.com")
    grant_starter(user)
    (lot,) = lots(wallet_id=user.wallet_id)
    assert abs(lot.expires_at - timezone.now() - timedelta(days=30)) < timedelta(minutes=1)


def test_none_are_given_where_the_setting_is_nought(settings: Any) -> None:
    settings.STARTER_CREDITS = 0
    assert grant_starter(make_reader("reader@example.com")) is False


def test_the_ledger_does_not_show_the_address(settings: Any) -> None:
    key = starter_key("reader@example.com")
    assert "reader" not in key
    settings.STARTER_PEPPER = "another"
    assert starter_key("reader@example.com") != key
