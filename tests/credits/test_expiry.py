"""Promotional credits end with their time; paid ones do not."""

import time
from datetime import datetime, timedelta

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from credits import ledger
from credits.audit import audit
from credits.errors import InsufficientCredits
from credits.models import CreditLot, LedgerAccount, LedgerTransaction, LotKind, TransactionKind
from credits.statements import lots, spendable

from ..dying import started
from .conftest import Give
from .racing import race

pytestmark = pytest.mark.django_db
MOMENT = 1.0  # seconds: long enough for the grant to be posted before it ends
A_MOMENT = MOMENT / 86_400  # in days


def expiries() -> int:
    return LedgerTransaction.objects.filter(kind=TransactionKind.EXPIRY).count()


def test_what_has_expired_is_not_shown_before_it_is_posted_away(wallet: int, give: Give) -> None:
    give(3, days=A_MOMENT)
    give(1)
    time.sleep(MOMENT)
    assert LedgerAccount.objects.get(pk=wallet).balance == 4
    assert spendable(wallet) == 1
    assert [lot.remaining for lot in lots(wallet_id=wallet)] == [1]


def test_what_has_expired_cannot_be_spent(wallet: int, give: Give, take: Give) -> None:
    give(3, days=A_MOMENT)
    give(1)
    time.sleep(MOMENT)
    with pytest.raises(InsufficientCredits) as refused:
        take(2)
    assert refused.value.balance == 1
    assert take(1).balance == 0


def test_a_spend_posts_the_expiry_before_it_spends(wallet: int, give: Give, take: Give) -> None:
    give(3, days=A_MOMENT)
    give(2)
    time.sleep(MOMENT)
    assert take(1).balance == 1
    assert expiries() == 1
    assert LedgerAccount.objects.get(pk=wallet).balance == 1


def test_every_posting_tells_a_balance_that_can_be_spent(give: Give) -> None:
    give(3, days=A_MOMENT)
    time.sleep(MOMENT)
    assert give(2).balance == 2


def test_a_refund_returns_with_the_expiry_it_had(wallet: int, give: Give, take: Give) -> None:
    give(3, days=A_MOMENT)
    spent = take(3)
    time.sleep(MOMENT)
    assert ledger.expire_lots() == 0
    undone = ledger.reverse(transaction_id=spent.transaction_id, key="undo", reason="A mistake")
    assert undone.balance == spendable(wallet) == 0
    assert expiries() == 1


def test_a_lot_can_expire_again_after_a_refund(wallet: int, give: Give, take: Give) -> None:
    give(3, days=A_MOMENT)
    spent = take(1)
    time.sleep(MOMENT)
    assert ledger.expire_lots() == 1
    assert ledger.reverse(transaction_id=spent.transaction_id, key="undo", reason="Oops").balance == 0
    assert expiries() == 2


def test_expiring_twice_posts_once(give: Give) -> None:
    give(3, days=1)
    give(3, days=2)
    give(3)
    give(3, LotKind.PAID)
    later = timezone.now() + timedelta(days=3)
    assert (ledger.expire_lots(later), ledger.expire_lots(later)) == (2, 0)
    assert list(CreditLot.objects.order_by("id").values_list("remaining", flat=True)) == [0, 0, 3, 3]


def test_expiry_reaches_every_wallet(give: Give) -> None:
    give(3, days=1)
    ledger.grant(
        wallet_id=ledger.open_wallet().pk,
        amount=2,
        kind=LotKind.PROMOTIONAL,
        reason="A present",
        key="elsewhere",
        expires_at=timezone.now() + timedelta(days=1),
    )
    assert ledger.expire_lots(timezone.now() + timedelta(days=1, seconds=1)) == 2


def test_the_command_says_how_many(give: Give, capsys: pytest.CaptureFixture[str]) -> None:
    give(3, days=A_MOMENT)
    time.sleep(MOMENT)
    call_command("expire_credits")
    call_command("expire_credits")
    assert capsys.readouterr().out == "1 lot expired.\n0 lots expired.\n"


def wallets_with_a_lot(number: int) -> list[int]:
    wallets = sorted(ledger.open_wallet().pk for _ in range(number))
    for wallet in wallets:
        ledger.grant(
            wallet_id=wallet,
            amount=2,
            kind=LotKind.PROMOTIONAL,
            reason="A present",
            key=f"test:lot:{wallet}",
            expires_at=tomorrow() - timedelta(hours=1),
        )
    return wallets


def tomorrow() -> datetime:
    return timezone.now() + timedelta(days=1)


def wait_until_somebody_waits() -> None:
    with connection.cursor() as cursor:
        for _ in range(1000):
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone()[0]:
                return
            cursor.execute("SELECT pg_sleep(0.01)")
    raise AssertionError("nobody waits")


@pytest.mark.django_db(transaction=True)
def test_a_killed_expiry_is_gone_on_with() -> None:
    first, second, third = wallets_with_a_lot(3)
    with transaction.atomic():
        ledger.lock_wallets(second)
        with started(lambda: ledger.expire_lots(tomorrow())):
            wait_until_somebody_waits()
        balances = LedgerAccount.objects.in_bulk([first, second, third])
        assert [balances[wallet].balance for wallet in (first, second, third)] == [0, 2, 2]
    # What the killed process had asked of PostgreSQL, the server may still do: both wait for the same lock.
    assert ledger.expire_lots(tomorrow()) in (1, 2)
    assert expiries() == 3
    assert audit().first_difference is None


@pytest.mark.django_db(transaction=True)
def test_expiries_at_once_post_each_lot_once() -> None:
    wallets_with_a_lot(10)
    expired = race(lambda _: ledger.expire_lots(tomorrow()), runners=4)
    assert sum(number for number in expired if isinstance(number, int)) == expiries() == 10
    assert audit().first_difference is None


@pytest.mark.django_db(transaction=True)
def test_an_expiry_beside_spends_takes_only_what_is_left() -> None:
    wallets = wallets_with_a_lot(5)

    def spend_or_expire(number: int) -> object:
        if number % 3 == 2:
            return ledger.expire_lots(tomorrow())
        wallet = wallets[number % 5]
        return ledger.spend(wallet_id=wallet, amount=1, key=f"test:spend:{number}", reason="Unlocked")

    race(spend_or_expire, runners=12)
    spent = LedgerTransaction.objects.filter(kind=TransactionKind.SPEND).count()
    gone = -sum(
        LedgerTransaction.objects.filter(
            kind=TransactionKind.EXPIRY, lot_movements__isnull=False
        ).values_list("lot_movements__amount", flat=True)
    )
    assert spent + gone == 10
    assert audit().first_difference is None
