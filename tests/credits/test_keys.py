"""One key stands for one posting, whatever is repeated."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from credits import ledger
from credits.errors import InsufficientCredits, KeyReused
from credits.models import LedgerTransaction, LotKind
from credits.statements import spendable

from .conftest import Give

pytestmark = pytest.mark.django_db
TOMORROW = timezone.now() + timedelta(days=1)


def test_the_same_request_again_posts_nothing(wallet: int, give: Give) -> None:
    give(5)
    asked: dict[str, Any] = {"wallet_id": wallet, "amount": 2, "key": "unlock:1", "reason": "Unlocked"}
    first, again = ledger.spend(**asked), ledger.spend(**asked)
    assert (first.created, again.created) == (True, False)
    assert first.transaction_id == again.transaction_id
    assert again.balance == spendable(wallet) == 3


def test_the_same_request_is_recognised_when_the_credits_are_gone(wallet: int, give: Give) -> None:
    give(2)
    asked: dict[str, Any] = {"wallet_id": wallet, "amount": 2, "key": "unlock:1", "reason": "Unlocked"}
    ledger.spend(**asked)
    assert not ledger.spend(**asked).created


@pytest.mark.parametrize(
    "other",
    [
        {"amount": 3},
        {"kind": LotKind.PAID, "expires_at": None},
        {"reason": "Another"},
        {"reference": "another"},
        {"expires_at": TOMORROW + timedelta(seconds=1)},
        {"expires_at": None},
    ],
)
def test_a_key_is_refused_for_another_grant(wallet: int, other: dict[str, Any]) -> None:
    asked: dict[str, Any] = {
        "wallet_id": wallet,
        "amount": 2,
        "kind": LotKind.PROMOTIONAL,
        "reason": "A present",
        "key": "grant:1",
        "expires_at": TOMORROW,
    }
    ledger.grant(**asked)
    with pytest.raises(KeyReused):
        ledger.grant(**{**asked, **other})
    assert spendable(wallet) == 2


def test_a_key_is_refused_for_another_wallet(wallet: int) -> None:
    asked: dict[str, Any] = {"amount": 2, "kind": LotKind.PAID, "reason": "Bought", "key": "checkout:1"}
    ledger.grant(wallet_id=wallet, **asked)
    with pytest.raises(KeyReused):
        ledger.grant(wallet_id=ledger.open_wallet().pk, **asked)


def test_a_key_is_refused_for_another_kind_of_posting(wallet: int, give: Give) -> None:
    granted = give(2)
    with pytest.raises(KeyReused):
        ledger.spend(wallet_id=wallet, amount=2, reason="A present", key="test:give:0")
    with pytest.raises(KeyReused):
        ledger.reverse(transaction_id=granted.transaction_id, reason="A present", key="test:give:0")


def test_the_same_moment_in_another_zone_is_the_same_request(wallet: int) -> None:
    asked: dict[str, Any] = {"wallet_id": wallet, "amount": 2, "kind": LotKind.PROMOTIONAL}
    asked |= {"reason": "A present", "key": "grant:1"}
    ledger.grant(**asked, expires_at=TOMORROW)
    elsewhere = TOMORROW.astimezone(timezone.get_fixed_timezone(330))
    assert not ledger.grant(**asked, expires_at=elsewhere).created


def test_a_refused_spend_leaves_its_key_free(wallet: int, give: Give) -> None:
    asked: dict[str, Any] = {"wallet_id": wallet, "amount": 2, "key": "unlock:1", "reason": "Unlocked"}
    with pytest.raises(InsufficientCredits):
        ledger.spend(**asked)
    assert not LedgerTransaction.objects.exists()
    give(2)
    assert ledger.spend(**asked).created
