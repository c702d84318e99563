"""When the line breaks at COMMIT nobody knows whether it was posted. Asking again with the key finds out."""

import random
from collections.abc import Callable

import pytest
from django.db import Error, connection, transaction

from credits import ledger
from credits.audit import audit
from credits.models import LedgerTransaction, LotKind
from credits.statements import spendable
from insights.models import Unlock
from insights.unlocks import Intent, unlock
from tests.newsroom import open_newsroom, reader

from .cut_line import Cut, cut_line

pytestmark = pytest.mark.django_db(transaction=True)
SEED = 7


def until_it_answers(run: Callable[[], object]) -> int:
    """Ask again until an answer comes; return how often."""
    for tries in range(1, 10):
        try:
            with transaction.atomic():
                run()
            return tries
        except Error:
            connection.close()
    raise AssertionError("nine tries and no answer")


@pytest.mark.parametrize("cut", ["before the commit", "after the commit"])
def test_a_spend_whose_answer_was_lost_is_paid_once(cut: Cut) -> None:
    wallet = ledger.open_wallet().pk
    ledger.grant(wallet_id=wallet, amount=9, kind=LotKind.PAID, reason="Bought", key="checkout:1")
    asked = {"wallet_id": wallet, "amount": 2, "reason": "Unlocked", "key": "unlock:1"}
    with cut_line() as line:
        line.cut = cut
        assert until_it_answers(lambda: ledger.spend(**asked)) == 2
        assert line.cuts == 1
    assert spendable(wallet) == 7


def test_a_hundred_postings_over_a_line_that_keeps_breaking_are_posted_once_each() -> None:
    chance = random.Random(SEED)
    wallet = ledger.open_wallet().pk
    with cut_line() as line:
        for n in range(50):
            line.cut = chance.choice([None, "before the commit", "after the commit"])
            given = {"wallet_id": wallet, "amount": 2, "kind": LotKind.PAID, "reason": "Bought"}
            until_it_answers(lambda: ledger.grant(**given, key=f"checkout:{n}"))  # noqa: B023
            line.cut = chance.choice([None, "before the commit", "after the commit"])
            asked = {"wallet_id": wallet, "amount": 1, "reason": "Unlocked"}
            until_it_answers(lambda: ledger.spend(**asked, key=f"unlock:{n}"))  # noqa: B023
        assert line.cuts > 30
    assert spendable(wallet) == 50
    assert LedgerTransaction.objects.count() == 100
    assert audit().first_difference is None


def test_an_unlock_whose_answer_was_lost_is_there_once() -> None:
    newsroom = open_newsroom()
    page, someone = newsroom.publish(), reader(credits=3)
    with cut_line() as line:
        for cut in ("before the commit", "after the commit"):
            line.cut = cut
            until_it_answers(lambda: unlock(reader=someone, page=page, intent=Intent(price=1)))
        assert line.cuts == 2
    assert spendable(someone.wallet_id) == 2
    assert Unlock.objects.filter(reader=someone).count() == 1
