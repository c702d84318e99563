import re
from collections.abc import Callable, Iterator

import pytest
from django.core import mail
from django.core.cache import cache
from django.test import Client

from accounts.addresses import confirm
from accounts.models import User

PASSWORD = "a-long-enough-password"


@pytest.fixture(autouse=True)
def no_counts_from_other_tests() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def reader(db: None) -> User:
    return make_reader("reader@example.com")


@pytest.fixture
def signed_in(reader: User, client: Client) -> Client:
    client.force_login(reader)
    return client


@pytest.fixture
def code() -> Callable[[], str]:
    return latest_code


def make_reader(email: str, password: str | None = PASSWORD, **extra: object) -> User:
    user = User.objects.create_user(email, password, **extra)
    confirm(user)
    return user


def latest_code() -> str:
    """The code in the newest mail, alone on its line."""
    found = re.search(r"^[A-Z]{4}-[A-Z]{4}$", mail.outbox[-1].body, re.MULTILINE)
    assert found, mail.outbox[-1].body
    return found[0]


def register(client: Client, email: str, query: str = "") -> str:
    """Sign up as a stranger would; the address of the page after the code."""
    asked = client.post(f"/accounts/signup/{query}", {"email": email})
    answer = client.post(asked.url, {"code": latest_code()})
    assert answer.status_code == 302, answer.content.decode()
    return answer.url
