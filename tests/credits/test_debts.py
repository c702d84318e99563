"""What was taken back and could not be found is owed: paid first, and nothing is spent until then."""

from collections.abc import Iterator

import pytest
from django.utils import timezone

from credits import ledger
from credits.audit import audit
from credits.errors import AlreadyRefunded, AlreadyReversed, Frozen, InDebt, NotReversible, OverRefunded
from credits.ledger import Posting
from credits.models import AccountFreeze, AccountKind, CreditLot, LedgerAccount, LotKind, TransactionKind
from credits.statements import owed, spendable, statement

from .conftest import Give
from .test_reversals import left_in_lots, undo

pytestmark = pytest.mark.django_db


def refund(posting: Posting, amount: int, key: str = "refund") -> Posting:
    return ledger.refund(
        transaction_id=posting.transaction_id, amount=amount, key=key, reason="Money returned"
    )


@pytest.fixture(autouse=True)
def the_books_agree(wallet: int) -> Iterator[None]:
    yield
    assert audit().first_difference is None


def test_a_refund_takes_back_from_its_own_lot_alone(wallet: int, give: Give) -> None:
    give(3)
    bought = give(10, LotKind.PAID)
    assert refund(bought, 4).balance == 9
    assert left_in_lots() == [3, 6]
    assert owed(wallet) == 0


def test_refunds_in_parts_never_exceed_what_was_granted(give: Give) -> None:
    bought = give(10, LotKind.PAID)
    refund(bought, 4, "one")
    refund(bought, 6, "two")
    with pytest.raises(OverRefunded) as refused:
        refund(bought, 1, "three")
    assert (refused.value.refundable, refused.value.amount) == (0, 1)


def test_the_same_refund_again_takes_nothing(give: Give) -> None:
    bought = give(10, LotKind.PAID)
    refund(bought, 4)
    again = refund(bought, 4)
    assert (again.created, again.balance) == (False, 6)


def test_what_was_spent_already_is_owed(wallet: int, give: Give, take: Give) -> None:
    bought = give(10, LotKind.PAID)
    take(7)
    assert refund(bought, 10).balance == 0
    assert owed(wallet) == 7


def test_nothing_is_spent_while_something_is_owed(wallet: int, give: Give, take: Give) -> None:
    bought = give(5, LotKind.PAID)
    take(3)
    give(4, LotKind.PAID)
    refund(bought, 5)
    with pytest.raises(InDebt) as refused:
        take(1)
    assert refused.value.owed == 3
    assert spendable(wallet) == 4


def test_the_next_grant_pays_first(wallet: int, give: Give, take: Give) -> None:
    bought = give(5, LotKind.PAID)
    take(3)
    refund(bought, 5)
    assert give(2).balance == 0
    assert owed(wallet) == 1
    assert give(5).balance == 4
    assert owed(wallet) == 0
    assert take(4).balance == 0
    kinds = [line.kind for line in statement(wallet_id=wallet)]
    assert kinds.count(TransactionKind.REPAYMENT) == 2


def test_a_spend_that_comes_back_pays_what_its_grant_left_owing(wallet: int, give: Give, take: Give) -> None:
    bought = give(5, LotKind.PAID)
    spent = take(3)
    refund(bought, 5)
    assert undo(spent).balance == 0
    assert owed(wallet) == 0


def test_a_refund_can_be_undone(wallet: int, give: Give, take: Give) -> None:
    bought = give(5, LotKind.PAID)
    take(3)
    taken_back = refund(bought, 5)
    assert undo(taken_back).balance == 2
    assert owed(wallet) == 0
    assert refund(bought, 5, "another").balance == 0
    assert owed(wallet) == 3


def test_an_undone_refund_gives_all_back_when_its_debt_was_paid(wallet: int, give: Give, take: Give) -> None:
    bought = give(5, LotKind.PAID)
    spent = take(3)
    taken_back = refund(bought, 5)
    give(3)
    assert undo(taken_back, "won").balance == 5
    assert undo(spent, "and the spend").balance == 8
    assert owed(wallet) == 0


def test_a_grant_is_either_refunded_or_reversed(give: Give) -> None:
    bought, other = give(5, LotKind.PAID), give(5, LotKind.PAID)
    refund(bought, 1)
    with pytest.raises(AlreadyRefunded) as refused:
        undo(bought)
    assert refused.value.refunded == 1
    undo(other)
    with pytest.raises(AlreadyReversed):
        refund(other, 1, "late")


def test_only_grants_are_refunded(give: Give, take: Give) -> None:
    give(5)
    with pytest.raises(NotReversible):
        refund(take(1), 1)


def test_a_frozen_wallet_spends_nothing_and_goes_on_receiving(wallet: int, give: Give, take: Give) -> None:
    give(5)
    freeze = AccountFreeze.objects.create(wallet_id=wallet, cause="audit")
    with pytest.raises(Frozen):
        take(1)
    assert give(1).balance == 6
    freeze.lifted_at, freeze.lifted_because = timezone.now(), "Looked at"
    freeze.save(update_fields=["lifted_at", "lifted_because"])
    assert take(1).balance == 5


def test_what_is_paid_already_is_answered_even_in_debt_or_frozen(wallet: int, give: Give, take: Give) -> None:
    give(5)
    asked = {"wallet_id": wallet, "amount": 1, "key": "unlock:1", "reason": "Unlocked"}
    ledger.spend(**asked)
    AccountFreeze.objects.create(wallet_id=wallet, cause="audit")
    assert not ledger.spend(**asked).created


def test_a_debt_belongs_to_its_wallet(wallet: int, give: Give, take: Give) -> None:
    bought = give(5, LotKind.PAID)
    take(5)
    refund(bought, 2)
    debt = LedgerAccount.objects.get(kind=AccountKind.DEBT)
    assert (debt.wallet_id, debt.balance) == (wallet, -2)
    assert CreditLot.objects.get().movements.filter(owed=-2).exists()
