"""Many at once: real threads, real connections, real commits."""

import random
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from credits import ledger
from credits.audit import audit
from credits.errors import AlreadyReversed, InsufficientCredits, KeyReused, LedgerError
from credits.ledger import Posting
from credits.models import LedgerTransaction, LotKind, TransactionKind
from credits.statements import spendable

from .conftest import Give
from .racing import race

pytestmark = pytest.mark.django_db(transaction=True)


def posted(results: list[Posting | LedgerError]) -> list[Posting]:
    return [result for result in results if isinstance(result, Posting) and result.created]


def refusals(results: list[Posting | LedgerError]) -> set[type]:
    return {type(result) for result in results if isinstance(result, LedgerError)}


@pytest.fixture(autouse=True)
def the_ledger_agrees_afterwards(db: None):
    yield
    assert audit().first_difference is None


def test_sixty_spends_on_ten_credits_sell_exactly_ten(wallet: int, give: Give) -> None:
    give(10)

    def spend(number: int) -> Posting:
        return ledger.spend(wallet_id=wallet, amount=1, key=f"unlock:{number}", reason="Unlocked")

    results = race(spend, runners=60)
    assert len(posted(results)) == 10
    assert refusals(results) == {InsufficientCredits}
    assert sorted(posting.balance for posting in posted(results)) == list(range(10))
    assert spendable(wallet) == 0


def test_sixty_spends_of_one_key_post_once(wallet: int, give: Give) -> None:
    give(10)

    def spend(number: int) -> Posting:
        return ledger.spend(wallet_id=wallet, amount=1, key="unlock:the same", reason="Unlocked")

    results = race(spend, runners=60)
    assert len(posted(results)) == 1
    assert refusals(results) == set()
    assert len({result.transaction_id for result in results if isinstance(result, Posting)}) == 1
    assert spendable(wallet) == 9


def test_sixty_grants_of_one_key_grant_once(wallet: int) -> None:
    def grant(number: int) -> Posting:
        return ledger.grant(wallet_id=wallet, amount=3, kind=LotKind.PAID, reason="Bought", key="checkout:1")

    assert len(posted(race(grant, runners=60))) == 1
    assert spendable(wallet) == 3


def test_one_key_on_many_wallets_is_posted_to_one_of_them() -> None:
    wallets = [ledger.open_wallet().pk for _ in range(20)]

    def grant(number: int) -> Posting:
        return ledger.grant(
            wallet_id=wallets[number], amount=3, kind=LotKind.PROMOTIONAL, reason="Hello", key="starter:x"
        )

    results = race(grant, runners=20)
    assert len(posted(results)) == 1
    assert refusals(results) == {KeyReused}
    assert sum(map(spendable, wallets)) == 3


def test_a_twin_that_fails_leaves_the_key_to_the_other(wallet: int) -> None:
    def grant(number: int) -> Posting:
        with transaction.atomic():
            granted = ledger.grant(wallet_id=wallet, amount=3, kind=LotKind.PAID, reason="Bought", key="k")
            if granted.created and number % 2:
                transaction.set_rollback(True)
                return Posting(transaction_id=0, balance=0, created=False)
        return granted

    assert len(posted(race(grant, runners=20))) == 1
    assert spendable(wallet) == 3


def test_sixty_reversals_undo_once(wallet: int, give: Give, take: Give) -> None:
    give(10)
    spent = take(4).transaction_id

    def undo(number: int) -> Posting:
        return ledger.reverse(transaction_id=spent, key=f"refund:{number}", reason="Oops")

    results = race(undo, runners=60)
    assert len(posted(results)) == 1
    assert refusals(results) == {AlreadyReversed}
    assert spendable(wallet) == 10


def test_wallets_in_opposite_order_do_not_deadlock() -> None:
    wallets = [ledger.open_wallet().pk for _ in range(2)]
    for wallet_id in wallets:
        ledger.grant(wallet_id=wallet_id, amount=200, kind=LotKind.PAID, reason="Bought", key=f"g{wallet_id}")

    def spend_from_both(number: int) -> Posting:
        order = wallets if number % 2 else wallets[::-1]
        with transaction.atomic():
            ledger.lock_wallets(*order)
            for wallet_id in order:
                last = ledger.spend(
                    wallet_id=wallet_id, amount=1, key=f"{number}:{wallet_id}", reason="Unlocked"
                )
        return last

    assert len(posted(race(spend_from_both, runners=40))) == 40
    assert list(map(spendable, wallets)) == [160, 160]


def test_spends_reversals_and_expiry_on_the_same_wallets_do_not_deadlock() -> None:
    wallets = [ledger.open_wallet().pk for _ in range(3)]
    tomorrow = timezone.now() + timedelta(days=1)
    for wallet_id in wallets:
        for kind, ends in ((LotKind.PAID, None), (LotKind.PROMOTIONAL, tomorrow)):
            ledger.grant(
                wallet_id=wallet_id,
                amount=30,
                kind=kind,
                reason="Given",
                key=f"{kind}:{wallet_id}",
                expires_at=ends,
            )

    def anything(number: int) -> int:
        chance = random.Random(number)
        for turn in range(5):
            spent = ledger.spend(
                wallet_id=chance.choice(wallets), amount=1, key=f"{number}:{turn}", reason="Unlocked"
            )
            if chance.random() < 0.5:
                ledger.reverse(
                    transaction_id=spent.transaction_id, key=f"undo:{number}:{turn}", reason="Oops"
                )
            if chance.random() < 0.2:
                ledger.expire_lots(tomorrow)
        return number

    assert race(anything, runners=12) == list(range(12))


def test_expiry_twice_at_once_beside_spends_loses_nothing(wallet: int, give: Give) -> None:
    give(20, days=1)
    give(20)

    def spend_or_expire(number: int) -> Posting | int:
        if number % 4 == 0:
            return ledger.expire_lots(timezone.now() + timedelta(days=2))
        return ledger.spend(wallet_id=wallet, amount=1, key=f"unlock:{number}", reason="Unlocked")

    results = race(spend_or_expire, runners=40)
    spends = [result for result in results if isinstance(result, Posting)]
    expired = LedgerTransaction.objects.filter(kind=TransactionKind.EXPIRY)
    assert expired.count() <= 1
    lost = sum(-movement.amount for one in expired for movement in one.lot_movements.all())
    assert spendable(wallet) == 40 - len(spends) - lost
