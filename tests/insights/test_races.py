"""Many hands on one wallet, each with a connection of its own."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.core.management import call_command
from django.db import connection, connections

from articles.models import BriefingPage
from credits import ledger
from credits.errors import InsufficientCredits
from credits.models import LedgerTransaction
from credits.statements import spendable
from insights.models import Unlock
from insights.unlocks import Intent, unlock
from tests.newsroom import open_newsroom, reader

HANDS = 60
pytestmark = pytest.mark.django_db(transaction=True)


def at_once(jobs: list[Callable[[], object]]) -> list[object]:
    start = Barrier(len(jobs))

    def run(job: Callable[[], object]) -> object:
        try:
            start.wait(timeout=30)
            return job()
        except InsufficientCredits as short:
            return short
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(run, jobs))


@pytest.fixture(autouse=True)
def enough_connections() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SHOW max_connections")
        assert int(cursor.fetchone()[0]) > HANDS + 10


def test_sixty_unlocks_of_different_briefings_on_ten_credits_sell_ten() -> None:
    newsroom, someone = open_newsroom(), reader(credits=10)
    pages = [newsroom.file(f"Briefing {number}", slug=f"b{number}") for number in range(HANDS)]
    results = at_once(
        [lambda page=page: unlock(reader=someone, page=page, intent=Intent(price=1)) for page in pages]
    )
    refused = [result for result in results if isinstance(result, InsufficientCredits)]
    assert (len(refused), Unlock.objects.count(), spendable(someone.wallet_id)) == (HANDS - 10, 10, 0)
    call_command("check_ledger")


def test_sixty_unlocks_of_one_briefing_debit_once() -> None:
    page, someone = open_newsroom().publish(), reader(credits=10)

    def press() -> int:
        return unlock(reader=someone, page=BriefingPage.objects.get(pk=page.pk), intent=Intent(price=1)).spent

    results = at_once([press] * HANDS)
    assert (sum(results), Unlock.objects.count(), spendable(someone.wallet_id)) == (1, 1, 9)
    assert LedgerTransaction.objects.filter(kind="spend").count() == 1
    call_command("check_ledger")


def test_sixty_unlocks_of_what_was_taken_back_debit_once_more() -> None:
    page, someone = open_newsroom().publish(), reader(credits=10)
    unlock(reader=someone, page=page, intent=Intent(price=1))
    first = Unlock.objects.get().transaction_id
    ledger.reverse(transaction_id=first, key="refund:first", reason="Refunded")

    def press() -> int:
        return unlock(reader=someone, page=BriefingPage.objects.get(pk=page.pk), intent=Intent(price=1)).spent

    results = at_once([press] * HANDS)
    assert (sum(results), Unlock.objects.count(), spendable(someone.wallet_id)) == (1, 1, 9)
    assert LedgerTransaction.objects.filter(kind="spend").count() == 2
    call_command("check_ledger")
