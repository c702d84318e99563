from collections.abc import Callable
from itertools import count
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import Group, Permission
from django.test import Client

from accounts.models import User
from credits import ledger
from credits.ledger import Posting
from credits.models import LotKind
from tests.accounts.conftest import PASSWORD, make_reader

RIGHTS = ["view", "grant", "reverse", "approve"]
Give = Callable[..., Posting]


def bookkeeper(email: str, rights: list[str] = RIGHTS) -> User:
    """As the migration's group has it; tests that commit empty the groups."""
    names = [f"{right}_staffposting" for right in rights]
    group, _ = Group.objects.get_or_create(name=f"Bookkeepers: {', '.join(rights)}")
    group.permissions.set(Permission.objects.filter(codename__in=["access_admin", *names]))
    person = make_reader(email, is_staff=True)
    person.groups.add(group)
    return person


def at_the_desk(person: User) -> Client:
    """Signed in by password just now."""
    client = Client()
    answer = client.post("/accounts/login/", {"login": person.email, "password": PASSWORD})
    assert answer.status_code == 302, answer.content.decode()
    return client


@pytest.fixture(autouse=True)
def no_starter_credits(settings: Any) -> None:
    """Signing in must not post anything of its own."""
    settings.STARTER_CREDITS = 0


@pytest.fixture
def keeper(db: None) -> User:
    return bookkeeper("keeper@example.com")


@pytest.fixture
def second(db: None) -> User:
    return bookkeeper("second@example.com")


@pytest.fixture
def desk(keeper: User) -> Client:
    return at_the_desk(keeper)


@pytest.fixture
def give(reader: User) -> Give:
    keys = count()

    def grant(amount: int, **asked: Any) -> Posting:
        asked = {"kind": LotKind.PROMOTIONAL, "reason": "A present", "wallet_id": reader.wallet_id} | asked
        return ledger.grant(amount=amount, **({"key": f"test:give:{next(keys)}"} | asked))

    return grant


@pytest.fixture
def take(reader: User) -> Give:
    keys = count()

    def spend(amount: int, **asked: Any) -> Posting:
        asked = {"reason": "Unlocked “A headline”", "wallet_id": reader.wallet_id} | asked
        return ledger.spend(amount=amount, **({"key": f"test:take:{next(keys)}"} | asked))

    return spend


def asked_for(amount: int = 5, email: str = "reader@example.com", **more: Any) -> dict[str, Any]:
    return {"key": str(uuid4()), "email": email, "amount": amount, "reason": "For the talk"} | more
