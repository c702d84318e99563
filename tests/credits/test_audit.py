"""What the scheduled audit makes of a finding, and that debts, refunds, moves and merges are audited too."""

import logging
import re
from typing import Any

import pytest
from django.core import mail
from django.core.management import call_command
from django.db import connection
from pytest_django import Settings

from credits import freezes, ledger, seals, watch
from credits.audit import audit
from credits.errors import Frozen
from credits.models import AccountFreeze, LedgerAudit, LotKind
from tests.ledger_cleanup import guards_down

from .conftest import Give

pytestmark = pytest.mark.django_db


def tamper(sql: str, *values: Any) -> None:
    with guards_down(connection), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(sql, values)
        cursor.execute("SET LOCAL session_replication_role = origin")


def all_found() -> list[str]:
    return [str(one) for one in audit().differences]


# What is found ---------------------------------------------------------------------------------------


@pytest.fixture
def other(db: None) -> int:
    return ledger.open_wallet().pk


@pytest.fixture
def in_debt(wallet: int, give: Give, take: Give, other: int) -> int:
    """A paid grant of which 4 were refunded when 1 was left, 3 owed; and a wallet merged into another."""
    gone = ledger.open_wallet().pk
    ledger.grant(wallet_id=gone, amount=3, kind=LotKind.PAID, reason="A present", key="gone")
    ledger.merge(source_id=gone, target_id=other, key="merge", reason="One person")
    bought = give(10, LotKind.PAID).transaction_id
    spent = take(9).transaction_id
    ledger.refund(transaction_id=bought, amount=4, key="refund", reason="Returned")
    ledger.reverse(transaction_id=spent, key="undo", reason="Undone")
    assert all_found() == []
    return bought


DEBT = "(SELECT id FROM credits_ledgeraccount WHERE kind = 'debt' LIMIT 1)"
OF_KIND = "(SELECT id FROM credits_ledgertransaction WHERE kind = '{}' LIMIT 1)"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            f"UPDATE credits_ledgeraccount SET balance = -2 WHERE id = {DEBT}",
            "debt .* stores -2, its entries",
        ),
        (
            f"UPDATE credits_ledgerentry SET balance_after = -1 WHERE account_id = {DEBT} AND amount < 0",
            "entry .* says -1 after it",
        ),
        (
            "UPDATE credits_lotmovement SET amount = amount - 1, owed = owed + 1 WHERE transaction_id = "
            + OF_KIND.format("refund"),
            "debt of wallet .* moves -3, its lots say -2",
        ),
        (
            "UPDATE credits_lotmovement SET owed = owed - 1 WHERE transaction_id = "
            + OF_KIND.format("refund"),
            "debt of wallet .* moves -3, its lots say -4",
        ),
        (
            "UPDATE credits_ledgerentry SET account_id = (SELECT id FROM credits_ledgeraccount"
            " WHERE kind = 'expired') WHERE amount < 0 AND transaction_id = " + OF_KIND.format("reversal"),
            "transaction .* does not undo transaction",
        ),
        (
            "UPDATE credits_ledgerentry SET amount = amount * 9 WHERE transaction_id = "
            + OF_KIND.format("refund"),
            "more was taken back of it than it granted",
        ),
        (
            "UPDATE credits_creditlot SET granted = 2 WHERE parent_id IS NOT NULL",
            "lot .* does not hold what left lot",
        ),
        (
            "UPDATE credits_creditlot SET expires_at = now() + interval '1 day', kind = 'promotional'"
            " WHERE parent_id IS NOT NULL",
            "lot .* does not hold what left lot",
        ),
        (
            "UPDATE credits_ledgeraccount SET balance = 1 WHERE merged_into_id IS NOT NULL",
            "wallet .* merged into wallet .* still stores 1",
        ),
        (
            "UPDATE credits_ledgeraccount SET merged_into_id = 0 WHERE merged_into_id IS NOT NULL",
            "wallet .* was merged into none that is there",
        ),
        (
            f"UPDATE credits_ledgeraccount SET wallet_id = 0 WHERE id = {DEBT}",
            "debt .* its wallet is missing",
        ),
        (
            "UPDATE credits_ledgertransaction SET refunds_id = 0 WHERE kind = 'refund'",
            "transaction .* what it takes back is missing",
        ),
        (
            "UPDATE credits_ledgertransaction SET kind = 'spend', reverses_id = NULL WHERE kind = 'reversal'",
            "transaction .* spent while 3 was owed",
        ),
    ],
)
def test_debts_refunds_moves_and_merges_are_held_to_their_rows(in_debt: int, change: str, said: str) -> None:
    tamper("ALTER TABLE credits_ledgertransaction DROP CONSTRAINT only_a_reversal_reverses")
    tamper(change)
    assert re.search(said, "\n".join(all_found())), all_found()


def test_wallets_merged_in_a_circle_do_not_hang_the_check(wallet: int, other: int) -> None:
    tamper("UPDATE credits_ledgeraccount SET merged_into_id = %s WHERE id = %s", other, wallet)
    tamper("UPDATE credits_ledgeraccount SET merged_into_id = %s WHERE id = %s", wallet, other)
    assert f"wallet {wallet}: it was merged into none that is there" in all_found()


def test_each_difference_names_the_wallets_it_concerns(wallet: int, other: int, give: Give) -> None:
    give(5)
    moved = ledger.transfer(source_id=wallet, target_id=other, amount=2, key="move", reason="Moved")
    tamper(
        "UPDATE credits_ledgerentry SET amount = 3 WHERE transaction_id = %s AND amount = 2",
        moved.transaction_id,
    )
    first, second, *_ = audit().differences
    assert first.finding == "transaction"
    assert first.wallets == (wallet, other)
    assert (second.finding, second.wallets) == ("wallet", (other,))


def test_a_merged_wallets_rows_concern_whoever_holds_its_credits(wallet: int, other: int, give: Give) -> None:
    granted = give(5).transaction_id
    ledger.merge(source_id=wallet, target_id=other, key="merge", reason="One person")
    tamper("UPDATE credits_ledgerentry SET amount = 9 WHERE transaction_id = %s AND amount = 5", granted)
    assert {wallets for one in audit().differences for wallets in one.wallets} == {other}


# What is made of it ----------------------------------------------------------------------------------


@pytest.fixture
def told(settings: Settings) -> list[Any]:
    settings.ALERT_TO = ["on-call@example.com"]
    return mail.outbox


@pytest.fixture
def altered(wallet: int, give: Give) -> int:
    give(5)
    tamper("UPDATE credits_ledgeraccount SET balance = 6 WHERE id = %s", wallet)
    return wallet


def test_a_sound_ledger_is_recorded_and_nobody_is_told(give: Give, told: list[Any]) -> None:
    give(5)
    seals.seal()
    call_command("audit_ledger")
    run = LedgerAudit.objects.get()
    assert (run.transactions, run.sealed, run.differences, run.wallets_frozen) == (1, 1, 0, [])
    assert run.finished_at is not None
    assert not told


def test_a_finding_freezes_its_wallet_and_no_other(altered: int, take: Give, other: int) -> None:
    ledger.grant(wallet_id=other, amount=1, kind=LotKind.PAID, reason="A present", key="other")
    watch.watch()
    with pytest.raises(Frozen):
        take(1)
    assert ledger.spend(wallet_id=other, amount=1, key="spend", reason="Unlocked").balance == 0
    assert freezes.open_freezes().get().detail == f"wallet {altered}: it stores 6, its entries sum to 5"


def test_somebody_is_told_once(altered: int, told: list[Any], caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        first, second = watch.watch(), watch.watch()
    assert (first.differences, second.differences) == (2, 2)
    (message,) = told
    assert f"wallet {altered}: it stores 6, its entries sum to 5" in message.body
    assert f"on hold for these wallets: {altered}." in message.body
    assert [record.name for record in caplog.records] == ["credits.watch"]


def test_a_new_finding_beside_an_old_one_is_told(altered: int, other: int, told: list[Any]) -> None:
    watch.watch()
    tamper("UPDATE credits_ledgeraccount SET balance = 1 WHERE id = %s", other)
    watch.watch()
    assert f"wallet {altered}:" not in told[-1].body
    assert f"wallet {other}: it stores 1" in told[-1].body


def test_an_altered_reason_freezes_by_its_seal(wallet: int, give: Give, take: Give, told: list[Any]) -> None:
    number = give(5).transaction_id
    seals.seal()
    tamper("UPDATE credits_ledgertransaction SET reason = 'Something else'")
    watch.watch()
    with pytest.raises(Frozen):
        take(1)
    assert f"transaction {number}: it was altered after seal 1" in told[0].body


def test_a_freeze_that_a_person_lifted_stays_lifted_until_something_new(altered: int, take: Give) -> None:
    watch.watch()
    freezes.lift(altered, because="The reader is not to suffer from it")
    watch.watch()
    assert not freezes.open_freezes().exists()


def test_no_freeze_is_lifted_by_the_audit(altered: int) -> None:
    watch.watch()
    tamper("UPDATE credits_ledgeraccount SET balance = 5 WHERE id = %s", altered)
    assert watch.watch().differences == 0
    assert freezes.open_freezes(altered).exists()


def test_a_finding_that_comes_back_freezes_again(altered: int) -> None:
    for balance in (6, 5, 6):
        tamper("UPDATE credits_ledgeraccount SET balance = %s WHERE id = %s", balance, altered)
        watch.watch()
        freezes.lift(altered, because="Put right")
    assert AccountFreeze.objects.count() == 2


def test_what_concerns_no_wallet_is_told_and_freezes_nobody(give: Give, told: list[Any]) -> None:
    give(5)
    with guards_down(connection, "entry_balances"):
        run = watch.watch()
    assert run.wallets_frozen == []
    assert not freezes.open_freezes().exists()
    assert "entry_balances" in told[0].body


def test_a_house_account_gone_freezes_nobody(give: Give, told: list[Any]) -> None:
    give(5)
    tamper("DELETE FROM credits_ledgeraccount WHERE kind = 'promotional_issue'")
    watch.watch()
    assert "promotional_issue is missing" in told[0].body
    assert not freezes.open_freezes().exists()


def test_who_could_not_be_told_is_told_next_time(altered: int, told: list[Any], settings: Settings) -> None:
    working = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    with pytest.raises(ConnectionRefusedError):
        watch.watch()
    assert freezes.open_freezes(altered).exists()
    settings.EMAIL_BACKEND = working
    watch.watch()
    assert len(told) == 1
