"""What two accounts of one person had opened: all of it stays open, and nothing is paid for twice."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connections

from accounts.merging import merge_readers
from accounts.models import User
from credits import ledger
from credits.audit import audit
from credits.errors import LedgerError
from credits.models import LotKind
from credits.statements import spendable
from insights.models import Opening, Unlock
from insights.unlocks import Intent, give, unlock

from ..accounts.conftest import make_reader
from ..newsroom import Newsroom

pytestmark = pytest.mark.django_db


@pytest.fixture
def readers(db: None) -> tuple[User, User]:
    return with_credits("old@example.com"), with_credits("new@example.com")


def with_credits(email: str) -> User:
    reader = make_reader(email)
    ledger.grant(
        wallet_id=reader.wallet_id,
        amount=5,
        kind=LotKind.PROMOTIONAL,
        reason="A present",
        key=f"test:{email}",
    )
    return reader


def merge(source: User, target: User) -> Any:
    return merge_readers(source=source, target=target, by=None, reason="One person")


def buy(reader: User, page: Any) -> int:
    return unlock(reader=reader, page=page, intent=Intent(price=page.price)).spent


def held(reader: User) -> list[tuple[str, bool]]:
    return [(row.reason, row.stands) for row in Unlock.objects.filter(reader=reader)]


def take_back(reader: User) -> None:
    row = Unlock.objects.get(reader=reader)
    assert row.transaction_id
    ledger.reverse(
        transaction_id=row.transaction_id, key=f"undo:{row.transaction_id}", reason="A mistake of ours"
    )


def test_an_unlock_comes_along_and_costs_nothing_more(readers: Any, newsroom: Newsroom) -> None:
    source, target = readers
    page = newsroom.file(price=2)
    buy(source, page)
    merged = merge(source, target)
    assert merged.balance == 8
    assert "1 unlock moved" in merged.did
    assert buy(target, page) == 0
    assert held(target) == [("unlocked", True)]


def test_what_both_paid_for_is_paid_for_once(readers: Any, newsroom: Newsroom) -> None:
    source, target = readers
    page = newsroom.file(price=2)
    buy(source, page)
    buy(target, page)
    merged = merge(source, target)
    assert merged.balance == 8
    assert "0 unlocks moved, 1 paid for twice and returned" in merged.did
    assert held(target) == [("unlocked", True)]
    assert not Unlock.objects.filter(reader=source).exists()
    assert audit().first_difference is None


@pytest.mark.parametrize("gift_is_the_sources", [True, False])
def test_what_was_given_is_kept_and_what_was_paid_comes_back(
    readers: Any, newsroom: Newsroom, gift_is_the_sources: bool
) -> None:
    source, target = readers
    page = newsroom.file(price=2)
    given, bought = (source, target) if gift_is_the_sources else (target, source)
    give(reader=given, page=page)
    buy(bought, page)
    assert merge(source, target).balance == 10
    assert held(target) == [("gift", True)]


@pytest.mark.parametrize("taken_back_is_the_sources", [True, False])
def test_what_stands_is_kept_and_what_was_taken_back_is_not_returned_twice(
    readers: Any, newsroom: Newsroom, taken_back_is_the_sources: bool
) -> None:
    source, target = readers
    page = newsroom.file(price=2)
    buy(source, page)
    buy(target, page)
    take_back(source if taken_back_is_the_sources else target)
    assert merge(source, target).balance == 8
    assert held(target) == [("unlocked", True)]


def test_a_right_taken_back_after_the_merge_can_be_bought_again(readers: Any, newsroom: Newsroom) -> None:
    source, target = readers
    page = newsroom.file(price=2)
    buy(source, page)
    buy(target, page)
    take_back(target)
    merge(source, target)
    take_back(target)
    assert spendable(target.wallet_id) == 10
    assert buy(target, page) == 2
    take_back(target)
    assert buy(target, page) == 2
    assert held(target) == [("unlocked", True)]


def test_openings_come_along_once(readers: Any, newsroom: Newsroom) -> None:
    source, target = readers
    both, theirs = newsroom.file(title="Both"), newsroom.file(title="Theirs")
    for reader, page in ((source, both), (source, theirs), (target, both)):
        Opening.objects.create(reader=reader, briefing_key=page.briefing_key, reason="club")
    merge(source, target)
    assert Opening.objects.filter(reader=target).count() == 2
    assert not Opening.objects.filter(reader=source).exists()


@pytest.mark.django_db(transaction=True)
def test_a_merge_beside_unlocks_loses_no_credit_and_no_right(newsroom: Newsroom) -> None:
    source, target = with_credits("old@example.com"), with_credits("new@example.com")
    pages = [newsroom.file(price=1, title=f"Story {number}") for number in range(3)]
    for page in pages:
        buy(target, page)
    deeds = [lambda page=page: buy(source, page) for page in pages] * 2
    deeds.insert(3, lambda: merge(source, target))
    start = Barrier(len(deeds))

    def run(deed: Any) -> Any:
        try:
            start.wait()
            return deed()
        except (LedgerError, PermissionDenied) as refusal:
            return refusal
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(deeds)) as threads:
        list(threads.map(run, deeds))
    assert not Unlock.objects.filter(reader=source).exists()
    assert held(target) == [("unlocked", True)] * 3
    assert spendable(target.wallet_id) == 7
    assert audit().first_difference is None
