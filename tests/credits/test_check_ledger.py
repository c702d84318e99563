"""The check finds what the guards would have refused, had somebody with the keys taken them down."""

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from credits.audit import SQL, audit
from credits.models import LotKind
from tests.ledger_cleanup import empty_ledger, guards_down

from .conftest import Give

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def history(give: Give, take: Give) -> None:
    give(5)
    give(10, LotKind.PAID)
    take(7)


def tamper(sql: str) -> None:
    with guards_down(connection), connection.cursor() as cursor:
        cursor.execute(sql)


def test_a_sound_ledger_is_summed_up_in_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("check_ledger")
    assert capsys.readouterr().out == (
        "The ledger agrees: 3 transactions, 6 entries, 1 wallets, 2 lots, 8 credits held.\n"
    )


def test_an_empty_ledger_is_sound(capsys: pytest.CaptureFixture[str]) -> None:
    empty_ledger(connection)
    call_command("check_ledger")
    assert "0 transactions" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ("UPDATE credits_ledgeraccount SET balance = 9 WHERE kind = 'wallet'", "wallet .* stores 9"),
        ("UPDATE credits_ledgerentry SET amount = 6 WHERE amount = 5", "entries that sum to 1"),
        ("UPDATE credits_ledgerentry SET balance_after = 4 WHERE amount = 5", "says 4 after it"),
        ("UPDATE credits_ledgerentry SET balance_after = 4 WHERE amount = -5", "says 4 after it"),
        ("DELETE FROM credits_ledgerentry WHERE amount = 7", "1 entries that sum to -7"),
        ("DELETE FROM credits_ledgerentry WHERE amount IN (7, -7)", "0 entries that sum to 0"),
        ("UPDATE credits_creditlot SET remaining = 1 WHERE kind = 'promotional'", "its lots hold 9"),
        (
            "UPDATE credits_creditlot SET remaining = CASE kind WHEN 'paid' THEN 4 ELSE 4 END",
            "lot .* movements sum to",
        ),
        ("UPDATE credits_creditlot SET granted = 11 WHERE kind = 'paid'", "of which granted 10"),
        ("UPDATE credits_lotmovement SET remaining_after = 1 WHERE amount = -5", "says 1 after it"),
        (
            "INSERT INTO credits_ledgertransaction (kind, reason, reference, idempotency_key, request_hash,"
            " created_at) VALUES ('spend', 'Forged', '', 'forged', '', now())",
            "0 entries",
        ),
        (
            "SET LOCAL session_replication_role = replica; DELETE FROM credits_ledgertransaction"
            " WHERE kind = 'spend'; SET LOCAL session_replication_role = origin",
            "its transaction or .* is missing",
        ),
        (
            "SET LOCAL session_replication_role = replica; DELETE FROM credits_ledgeraccount"
            " WHERE kind = 'expired'; SET LOCAL session_replication_role = origin",
            "house account .* expired is missing",
        ),
        (
            "UPDATE credits_creditlot SET expires_at = now() - interval '1 day' WHERE kind = 'promotional'",
            "spent credits that had expired",
        ),
    ],
)
def test_the_first_difference_is_named(change: str, found: str) -> None:
    tamper(change)
    with pytest.raises(CommandError, match=found):
        call_command("check_ledger")


@pytest.mark.parametrize("guard", ["transaction_is_append_only", "entry_balances", "account_agrees"])
def test_a_guard_that_is_down_is_found(guard: str) -> None:
    with guards_down(connection, guard), pytest.raises(CommandError, match=f"{guard} .* not always on"):
        call_command("check_ledger")


def test_every_guard_there_is_is_looked_for() -> None:
    with guards_down(connection):
        difference = audit().first_difference
        assert difference is not None
        assert difference.finding == "guard"
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgname FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid"
            " WHERE p.proname LIKE 'ledger\\_%%' AND NOT tgisinternal"
        )
        guards = {name for (name,) in cursor.fetchall()}
    assert {guard for guard in guards if f"'{guard}'" not in SQL} == set()


def test_the_check_reads_one_snapshot_in_one_statement(django_assert_num_queries) -> None:
    with django_assert_num_queries(1):
        audit()
