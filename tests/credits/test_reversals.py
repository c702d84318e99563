"""A correction is a new transaction that undoes one, once."""

from datetime import timedelta

import pytest
from django.utils import timezone

from credits import ledger
from credits.errors import AlreadyReversed, NoSuchTransaction, NotReversible
from credits.ledger import Posting
from credits.models import CreditLot, LedgerTransaction, LotKind, TransactionKind
from credits.statements import owed, spendable

from .conftest import Give

pytestmark = pytest.mark.django_db


def undo(posting: Posting, key: str = "undo") -> Posting:
    return ledger.reverse(transaction_id=posting.transaction_id, key=key, reason="A mistake")


def left_in_lots() -> list[int]:
    return list(CreditLot.objects.order_by("id").values_list("remaining", flat=True))


def test_a_reversed_spend_goes_back_to_the_lots_that_paid(give: Give, take: Give) -> None:
    give(2, days=9)
    give(5, LotKind.PAID)
    spent = take(3)
    give(1)
    assert left_in_lots() == [0, 4, 1]
    assert undo(spent).balance == 8
    assert left_in_lots() == [2, 5, 1]


def test_a_reversed_grant_is_taken_from_its_own_lot(give: Give) -> None:
    give(2)
    wrong = give(5)
    assert undo(wrong).balance == 2
    assert left_in_lots() == [2, 0]


def test_what_a_reversed_grant_no_longer_has_is_owed(wallet: int, give: Give, take: Give) -> None:
    granted = give(5)
    give(5, LotKind.PAID)
    take(2)
    undo(granted)
    assert left_in_lots() == [0, 5]
    assert owed(wallet) == 2


@pytest.mark.parametrize("first", ["spend", "grant"])
def test_grant_and_spend_can_be_undone_in_either_order(
    wallet: int, give: Give, take: Give, first: str
) -> None:
    granted, spent = give(5), take(2)
    both = {"grant": granted, "spend": spent}
    undo(both.pop(first), "undo:first")
    assert undo(both.popitem()[1], "undo:second").balance == 0
    assert owed(wallet) == 0


def test_a_transaction_is_reversed_once(wallet: int, give: Give, take: Give) -> None:
    give(5)
    spent = take(2)
    undo(spent)
    with pytest.raises(AlreadyReversed):
        undo(spent, "undo:again")
    assert spendable(wallet) == 5


def test_the_same_reversal_again_posts_nothing(give: Give, take: Give) -> None:
    give(5)
    spent = take(2)
    first, again = undo(spent), undo(spent)
    assert (again.created, again.transaction_id, again.balance) == (False, first.transaction_id, 5)


def test_a_reversal_names_what_it_undoes(wallet: int, give: Give) -> None:
    granted = ledger.grant(
        wallet_id=wallet, amount=1, kind=LotKind.PAID, reason="Bought", key="checkout:1", reference="order 7"
    )
    reversal = LedgerTransaction.objects.get(pk=undo(granted).transaction_id)
    assert reversal.kind == TransactionKind.REVERSAL
    assert reversal.reverses_id == granted.transaction_id
    assert reversal.reference == "order 7"


def test_neither_a_reversal_nor_an_expiry_can_be_reversed(give: Give) -> None:
    reversal = undo(give(5))
    with pytest.raises(NotReversible):
        undo(reversal, "undo:undo")
    give(1, days=1)
    ledger.expire_lots(timezone.now() + timedelta(days=2))
    expiry = LedgerTransaction.objects.get(kind=TransactionKind.EXPIRY)
    with pytest.raises(NotReversible):
        ledger.reverse(transaction_id=expiry.pk, key="undo:expiry", reason="Goodwill")


def test_there_must_be_something_to_reverse() -> None:
    with pytest.raises(NoSuchTransaction):
        ledger.reverse(transaction_id=10**12, key="undo", reason="A mistake")
