"""What granting and spending do."""

import pytest
from django.db import transaction

from credits import ledger
from credits.errors import InsufficientCredits, InvalidAmount, InvalidExpiry, InvalidText, NoSuchWallet
from credits.models import AccountKind, LedgerAccount, LedgerEntry, LedgerTransaction, LotKind, LotMovement
from credits.statements import lots, spendable

from .conftest import Give

pytestmark = pytest.mark.django_db
NOT_AMOUNTS = [0, -1, 1.5, 2.0, True, "3", None, 10**30, ledger.MAX_AMOUNT + 1, float("nan")]


def entries_of(transaction_id: int) -> dict[str, int]:
    entries = LedgerEntry.objects.filter(transaction_id=transaction_id)
    return dict(entries.values_list("account__kind", "amount"))


def test_a_new_wallet_is_empty(wallet: int) -> None:
    assert spendable(wallet) == 0
    assert LedgerAccount.objects.get(pk=wallet).balance == 0


def test_a_promotional_grant_comes_from_the_promotional_issue(give: Give) -> None:
    posting = give(3)
    assert (posting.balance, posting.created) == (3, True)
    assert entries_of(posting.transaction_id) == {"wallet": 3, "promotional_issue": -3}


def test_a_paid_grant_comes_from_the_paid_issue(give: Give) -> None:
    posting = give(10, LotKind.PAID)
    assert entries_of(posting.transaction_id) == {"wallet": 10, "paid_issue": -10}


def test_a_spend_goes_to_the_spent_account(give: Give, take: Give) -> None:
    give(3)
    posting = take(2)
    assert posting.balance == 1
    assert entries_of(posting.transaction_id) == {"wallet": -2, "spent": 2}


def test_house_accounts_store_no_balance(give: Give, take: Give) -> None:
    give(3)
    take(3)
    house = LedgerAccount.objects.exclude(kind=AccountKind.WALLET)
    assert set(house.values_list("balance", flat=True)) == {None}


def test_promotional_first_then_the_earliest_expiry_then_the_oldest(
    wallet: int, give: Give, take: Give
) -> None:
    granted = {
        "paid": give(1, LotKind.PAID),
        "later": give(1, days=20),
        "soon": give(1, days=10),
        "much later": give(1, days=30),
        "for ever": give(1),
        "for ever, but younger": give(1),
    }
    names = {posting.transaction_id: name for name, posting in granted.items()}
    order = ["soon", "later", "much later", "for ever", "for ever, but younger", "paid"]
    assert [names[lot.transaction_id] for lot in lots(wallet_id=wallet)] == order
    for name in order:
        paid_by = LotMovement.objects.get(transaction_id=take(1).transaction_id).lot
        assert names[paid_by.transaction_id] == name


def test_one_spend_may_draw_on_several_lots(give: Give, take: Give) -> None:
    give(2, days=1)
    give(2)
    give(5, LotKind.PAID)
    movements = LotMovement.objects.filter(transaction_id=take(6).transaction_id).order_by("id")
    assert [movement.amount for movement in movements] == [-2, -2, -2]


def test_too_few_credits_are_refused_with_what_is_missing(give: Give, take: Give) -> None:
    give(2)
    with pytest.raises(InsufficientCredits) as refused:
        take(5)
    assert (refused.value.balance, refused.value.needed, refused.value.missing) == (2, 5, 3)


def test_after_a_refusal_the_callers_transaction_goes_on(give: Give, take: Give) -> None:
    give(2)
    with transaction.atomic():
        with pytest.raises(InsufficientCredits):
            take(5)
        assert take(2).balance == 0


def test_a_posting_disappears_with_the_callers_transaction(wallet: int, give: Give) -> None:
    with transaction.atomic():
        give(2)
        transaction.set_rollback(True)
    assert spendable(wallet) == 0
    assert not LedgerTransaction.objects.exists()


@pytest.mark.parametrize("amount", NOT_AMOUNTS)
def test_only_whole_positive_sensible_amounts_are_posted(wallet: int, amount: int) -> None:
    with pytest.raises(InvalidAmount):
        ledger.grant(wallet_id=wallet, amount=amount, kind=LotKind.PAID, reason="Bought", key="g")
    with pytest.raises(InvalidAmount):
        ledger.spend(wallet_id=wallet, amount=amount, reason="Unlocked", key="s")
    assert not LedgerTransaction.objects.exists()


@pytest.mark.parametrize("bad", [{"reason": " "}, {"key": ""}, {"key": "k" * 201}, {"reason": "a\x00b"}])
def test_texts_the_ledger_cannot_keep_are_refused(wallet: int, bad: dict[str, str]) -> None:
    with pytest.raises(InvalidText):
        ledger.spend(**{"wallet_id": wallet, "amount": 1, "reason": "Unlocked", "key": "s", **bad})


def test_texts_are_kept_as_they_are(wallet: int) -> None:
    told = "“Curly” — 100% % 'quoted' \\ {brace}"
    posting = ledger.grant(
        wallet_id=wallet, amount=1, kind=LotKind.PAID, reason=told, key="k", reference=told
    )
    kept = LedgerTransaction.objects.get(pk=posting.transaction_id)
    assert (kept.reason, kept.reference) == (told, told)


def test_paid_credits_never_expire(give: Give) -> None:
    with pytest.raises(InvalidExpiry):
        give(1, LotKind.PAID, days=10)


def test_nothing_is_granted_that_has_expired_already(give: Give) -> None:
    with pytest.raises(InvalidExpiry):
        give(1, days=-1)


@pytest.mark.parametrize("kind", [AccountKind.SPENT, AccountKind.PROMOTIONAL_ISSUE])
def test_house_accounts_are_no_wallets(kind: AccountKind) -> None:
    house = LedgerAccount.objects.get(kind=kind)
    with pytest.raises(NoSuchWallet):
        ledger.grant(wallet_id=house.pk, amount=1, kind=LotKind.PAID, reason="Odd", key="k")
    with pytest.raises(NoSuchWallet):
        ledger.spend(wallet_id=house.pk, amount=1, reason="Odd", key="k")
