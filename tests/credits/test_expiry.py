"""Promotional credits end with their time; paid ones do not."""

import time
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from credits import ledger
from credits.errors import InsufficientCredits
from credits.models import CreditLot, LedgerAccount, LedgerTransaction, LotKind, TransactionKind
from credits.statements import lots, spendable

from .conftest import Give

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
