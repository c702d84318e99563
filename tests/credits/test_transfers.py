"""From one wallet to another: what moves keeps its kind and expiry, and can still be taken back."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from credits import ledger
from credits.audit import audit
from credits.errors import AlreadyMerged, Frozen, InDebt, InsufficientCredits, NoSuchWallet, SameWallet
from credits.ledger import Posting
from credits.models import AccountFreeze, CreditLot, LedgerAccount, LotKind
from credits.statements import lots, owed, spendable

from .conftest import Give
from .racing import race
from .test_debts import refund
from .test_reversals import undo

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def the_books_agree(wallet: int) -> Iterator[None]:
    yield
    assert audit().first_difference is None


@pytest.fixture
def other(db: None) -> int:
    return ledger.open_wallet().pk


def move(source: int, target: int, amount: int, key: str = "move") -> Posting:
    return ledger.transfer(source_id=source, target_id=target, amount=amount, key=key, reason="For the team")


def merge(source: int, target: int, key: str = "merge") -> Posting | None:
    return ledger.merge(source_id=source, target_id=target, key=key, reason="One reader, two accounts")


def held(wallet: int) -> list[tuple[str, int, bool]]:
    return [(lot.kind, lot.remaining, lot.expires_at is not None) for lot in lots(wallet_id=wallet)]


def test_credits_move_in_the_order_of_spending_and_keep_their_terms(
    wallet: int, other: int, give: Give
) -> None:
    give(4, LotKind.PAID)
    give(2, days=9)
    assert move(wallet, other, 3).balance == 3
    assert held(other) == [("promotional", 2, True), ("paid", 1, False)]
    moved = CreditLot.objects.filter(wallet_id=other).order_by("id").first()
    assert moved
    assert moved.expires_at == moved.parent.expires_at


def test_the_same_transfer_again_moves_nothing(wallet: int, other: int, give: Give) -> None:
    give(4)
    move(wallet, other, 3)
    assert not move(wallet, other, 3).created
    assert spendable(other) == 3


def test_no_more_moves_than_is_there_and_free(wallet: int, other: int, give: Give, take: Give) -> None:
    bought = give(2, LotKind.PAID)
    with pytest.raises(InsufficientCredits):
        move(wallet, other, 3)
    with pytest.raises(SameWallet):
        move(wallet, wallet, 1)
    with pytest.raises(NoSuchWallet):
        move(wallet, 10**12, 1)
    take(1)
    refund(bought, 2)
    with pytest.raises(InDebt):
        move(wallet, other, 1)
    AccountFreeze.objects.create(wallet_id=wallet, cause="audit")
    with pytest.raises(Frozen):
        move(wallet, other, 1)


def test_a_refund_follows_credits_to_where_they_went(wallet: int, other: int, give: Give, take: Give) -> None:
    bought = give(10, LotKind.PAID)
    move(wallet, other, 6)
    take(3)
    refund(bought, 10)
    assert (spendable(wallet), spendable(other)) == (0, 0)
    assert (owed(wallet), owed(other)) == (3, 0)


def test_a_merged_wallet_takes_its_credits_along(wallet: int, other: int, give: Give) -> None:
    give(2, days=9)
    give(4, LotKind.PAID)
    merged = merge(wallet, other)
    assert merged
    assert merged.balance == 6
    assert held(other) == [("promotional", 2, True), ("paid", 4, False)]
    assert LedgerAccount.objects.get(pk=wallet).merged_into_id == other


def test_a_merge_moves_the_debt_too_and_what_comes_along_pays_it(
    wallet: int, other: int, give: Give, take: Give
) -> None:
    bought = give(5, LotKind.PAID)
    take(4)
    refund(bought, 5)
    give_to(other, 1)
    merge(wallet, other)
    assert (owed(wallet), owed(other), spendable(other)) == (0, 4, 1)
    assert give_to(other, 6).balance == 3


def give_to(wallet: int, amount: int, key: str = "later") -> Posting:
    return ledger.grant(
        wallet_id=wallet, amount=amount, kind=LotKind.PAID, reason="Bought", key=f"{key}:{amount}"
    )


def test_what_reaches_a_merged_wallet_goes_on_to_its_new_one(
    wallet: int, other: int, give: Give, take: Give
) -> None:
    give(5, days=9)
    spent = take(2)
    last = ledger.open_wallet().pk
    merge(wallet, other, "one")
    merge(other, last, "two")
    assert undo(spent).balance == 5
    assert give(1).balance == 6
    assert [spendable(each) for each in (wallet, other, last)] == [0, 0, 6]


def test_a_refund_after_a_merge_leaves_the_new_wallet_owing(
    wallet: int, other: int, give: Give, take: Give
) -> None:
    bought = give(5, LotKind.PAID)
    take(2)
    merge(wallet, other)
    refund(bought, 5)
    assert (owed(wallet), owed(other), spendable(other)) == (0, 2, 0)


def test_a_wallet_is_merged_once_and_never_in_a_circle(wallet: int, other: int) -> None:
    assert merge(wallet, other) is None
    with pytest.raises(AlreadyMerged):
        merge(wallet, other, "again")
    with pytest.raises(SameWallet):
        merge(other, wallet, "back")
    with pytest.raises(SameWallet):
        merge(other, other, "itself")


def test_a_frozen_wallet_is_not_merged_away(wallet: int, other: int, give: Give) -> None:
    give(5)
    AccountFreeze.objects.create(wallet_id=other, cause="dispute:1")
    with pytest.raises(Frozen):
        merge(wallet, other)
    assert spendable(wallet) == 5


def test_credits_that_expired_do_not_move(wallet: int, other: int, give: Give) -> None:
    give(2, days=1)
    ledger.expire_lots(timezone.now() + timedelta(days=2))
    assert merge(wallet, other) is None


@pytest.mark.django_db(transaction=True)
def test_transfers_in_opposite_directions_never_wait_for_each_other(
    wallet: int, other: int, give: Give
) -> None:
    give(50)
    give_to(other, 50)
    pairs = [(wallet, other), (other, wallet)]
    done = race(lambda n: [move(*pairs[n % 2], 1, f"move:{n}:{i}") for i in range(10)], runners=10)
    assert all(isinstance(postings, list) for postings in done)
    assert spendable(wallet) + spendable(other) == 100


@pytest.mark.django_db(transaction=True)
def test_two_merges_into_each_other_leave_one_wallet_with_everything(
    wallet: int, other: int, give: Give
) -> None:
    give(3)
    give_to(other, 4)
    done = race(lambda n: merge(*((wallet, other), (other, wallet))[n], f"merge:{n}"), runners=2)
    assert sorted(type(each).__name__ for each in done) == ["Posting", "SameWallet"]
    assert sorted([spendable(wallet), spendable(other)]) == [0, 7]


@pytest.mark.django_db(transaction=True)
def test_a_merge_beside_spends_loses_and_doubles_nothing(wallet: int, other: int, give: Give) -> None:
    give(20)

    def run(number: int) -> Posting | None:
        if number == 0:
            return merge(wallet, other)
        with transaction.atomic():
            return ledger.spend(wallet_id=wallet, amount=1, key=f"unlock:{number}", reason="Unlocked")

    done = race(run, runners=8)
    spent = sum(isinstance(each, Posting) for each in done[1:])
    assert spendable(wallet) == 0
    assert spendable(other) == 20 - spent
