"""Real threads on real connections: what two tabs or two robots do at once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

import pytest
from django.db import connections

from accounts.addresses import owner_or_new
from accounts.models import User
from accounts.starter import grant_starter
from credits.models import LedgerTransaction

from .conftest import make_reader

pytestmark = pytest.mark.django_db(transaction=True)
T = TypeVar("T")
AT_ONCE = 8


def at_once(deeds: list[Callable[[], T]]) -> list[T]:
    start = Barrier(len(deeds))

    def run(deed: Callable[[], T]) -> T:
        try:
            start.wait()
            return deed()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(deeds)) as threads:
        return list(threads.map(run, deeds))


def test_many_spellings_of_one_mailbox_start_once() -> None:
    users = [make_reader(f"reader+{n}@example.com") for n in range(AT_ONCE)]
    given = at_once([lambda user=user: grant_starter(user) for user in users])
    assert sorted(given) == [False] * (AT_ONCE - 1) + [True]


def test_one_reader_starts_once() -> None:
    user = make_reader("reader@example.com")
    given = at_once([lambda: grant_starter(User.objects.get(pk=user.pk))] * AT_ONCE)
    assert sum(given) == 1
    assert LedgerTransaction.objects.count() == 1


def test_one_address_becomes_one_reader() -> None:
    made = at_once([lambda: owner_or_new("new@example.com").pk] * AT_ONCE)
    assert len(set(made)) == 1
    assert User.objects.get().emailaddress_set.count() == 1
