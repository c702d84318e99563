"""What PostgreSQL itself refuses, whoever asks and however they connect."""

import re
from pathlib import Path

import pytest
from django.db import IntegrityError, connection, transaction

from credits import ledger
from credits.models import AccountKind, LedgerAccount, LotKind
from tests.ledger_cleanup import SETTLE

from .conftest import Give

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("superuser")]
ROOT = Path(__file__).resolve().parent.parent.parent
TABLES = ["ledgertransaction", "ledgerentry", "lotmovement", "creditlot", "ledgeraccount"]
OPEN = """
    INSERT INTO credits_ledgertransaction
        (id, kind, reason, reference, idempotency_key, request_hash, created_at)
    VALUES (900, 'spend', 'By hand', '', 'by hand', '', transaction_timestamp());
"""
ENTER = "INSERT INTO credits_ledgerentry (transaction_id, account_id, amount) VALUES (900, %(a)s, %(n)s);"


def run(sql: str) -> None:
    """As far as a commit would get: in one transaction, with every deferred check made."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
        cursor.execute(SETTLE)


def refused(sql: str, because: str) -> None:
    with pytest.raises(IntegrityError, match=because):
        run(sql)
    with pytest.raises(IntegrityError, match=because):
        run("SET LOCAL session_replication_role = replica;" + sql)


def enter(account: int, amount: int) -> str:
    return ENTER % {"a": account, "n": amount}


@pytest.fixture
def house() -> dict[str, int]:
    return dict(LedgerAccount.objects.exclude(kind=AccountKind.WALLET).values_list("kind", "id"))


@pytest.fixture(autouse=True)
def history(give: Give, take: Give) -> None:
    give(5)
    take(2)
    run("")


@pytest.mark.parametrize("table", TABLES)
def test_rows_are_never_deleted(table: str) -> None:
    refused(f"DELETE FROM credits_{table}", "append only")


@pytest.mark.parametrize("table", TABLES)
def test_tables_are_never_truncated(table: str) -> None:
    refused(f"TRUNCATE credits_{table} CASCADE", "append only")


@pytest.mark.parametrize(
    "change",
    [
        "credits_ledgertransaction SET reason = 'Another'",
        "credits_ledgertransaction SET idempotency_key = 'free again' || id",
        "credits_ledgerentry SET amount = amount * 2",
        "credits_ledgerentry SET balance_after = 9",
        "credits_lotmovement SET amount = -1",
        "credits_creditlot SET expires_at = now()",
        "credits_creditlot SET granted = granted + 1",
        "credits_creditlot SET kind = 'paid'",
        "credits_ledgeraccount SET kind = 'spent', balance = NULL WHERE kind = 'wallet'",
    ],
)
def test_what_is_written_stays_written(change: str) -> None:
    refused(f"UPDATE {change}", "append only")


def test_a_balance_moves_with_entries_alone(wallet: int) -> None:
    refused(f"UPDATE credits_ledgeraccount SET balance = 99 WHERE id = {wallet}", "its entries say 3")


def test_a_wallet_begins_empty() -> None:
    refused(
        "INSERT INTO credits_ledgeraccount (kind, balance, created_at) VALUES ('wallet', 5, now())",
        "stores 5, its entries say 0",
    )


def test_a_lot_moves_with_its_movements_alone() -> None:
    refused("UPDATE credits_creditlot SET remaining = 5", "its movements say 3")


def test_a_lot_is_filled_by_the_transaction_that_granted_it(wallet: int, house: dict[str, int]) -> None:
    lot = f"""
        INSERT INTO credits_creditlot (wallet_id, transaction_id, kind, granted, remaining)
        VALUES ({wallet}, 900, 'paid', 5, 0);
    """
    entries = enter(house["spent"], 1) + enter(house["expired"], -1)
    refused(OPEN + entries + lot, "was not filled")


def test_a_transaction_without_entries_is_refused() -> None:
    refused(OPEN, "has 0 entries")


def test_a_transaction_with_one_entry_is_refused(house: dict[str, int]) -> None:
    refused(OPEN + enter(house["spent"], 1), "has 1 entries that sum to 1")


def test_a_transaction_that_does_not_balance_is_refused(house: dict[str, int]) -> None:
    refused(OPEN + enter(house["spent"], 2) + enter(house["expired"], -1), "has 2 entries that sum to 1")


def test_an_entry_of_nothing_is_refused(house: dict[str, int]) -> None:
    refused(OPEN + enter(house["spent"], 0), "entry_moves_something")


def test_an_account_has_one_entry_a_transaction(house: dict[str, int]) -> None:
    refused(OPEN + enter(house["spent"], 1) + enter(house["spent"], -1), "one_entry_an_account")


def test_a_balance_never_goes_below_zero(wallet: int, house: dict[str, int]) -> None:
    refused(OPEN + enter(wallet, -4) + enter(house["spent"], 4), "wallets_hold_debts_owe")


def test_credits_do_not_move_without_their_lots(wallet: int, house: dict[str, int]) -> None:
    refused(OPEN + enter(wallet, -1) + enter(house["spent"], 1), "stores 2, its entries say 2, its lots 3")


def test_the_lots_of_one_transaction_do_not_pay_for_another(wallet: int, house: dict[str, int]) -> None:
    one = OPEN + enter(wallet, -1) + enter(house["spent"], 1)
    two = (OPEN + enter(house["spent"], 1) + enter(house["expired"], -1)).replace("by hand", "other")
    paid_by_two = "INSERT INTO credits_lotmovement (transaction_id, lot_id, amount) "
    paid_by_two += "SELECT 901, id, -1 FROM credits_creditlot;"
    refused(one + two.replace("900", "901") + paid_by_two, "moves -1 credits, its lots 0")


def test_a_figure_written_by_hand_does_not_count(wallet: int, house: dict[str, int]) -> None:
    forged = f"""
        INSERT INTO credits_ledgerentry (transaction_id, account_id, amount, balance_after)
        VALUES (900, {wallet}, -1, 77);
        UPDATE credits_ledgeraccount SET balance = 77 WHERE id = {wallet};
    """
    refused(OPEN + forged + enter(house["spent"], 1), "stores 77, its entries say 2, its lots 3")


def test_a_posted_transaction_takes_no_more_entries(give: Give, house: dict[str, int]) -> None:
    closed = OPEN.replace("transaction_timestamp()", "now() - interval '1 second'")
    refused(closed + enter(house["spent"], 1) + enter(house["expired"], -1), "is closed")


def test_a_reversal_undoes_exactly_what_it_reverses(wallet: int, house: dict[str, int], take: Give) -> None:
    original = take(1).transaction_id
    reversal = OPEN.replace("'spend'", "'reversal'").replace("request_hash,", "request_hash, reverses_id,")
    reversal = reversal.replace("'by hand', '',", f"'by hand', '', {original},")
    refused(reversal + enter(house["spent"], 1) + enter(house["expired"], -1), "does not undo")


def test_a_transaction_is_reversed_once_whoever_asks(take: Give) -> None:
    spent = take(1).transaction_id
    ledger.reverse(transaction_id=spent, key="undo", reason="Oops")
    refused(
        f"""INSERT INTO credits_ledgertransaction
            (kind, reason, reference, idempotency_key, request_hash, created_at, reverses_id)
        VALUES ('reversal', 'Again', '', 'again', '', now(), {spent})""",
        "reverses_id",
    )


def test_paid_credits_never_expire_whoever_grants_them(wallet: int) -> None:
    refused(
        OPEN
        + f"""INSERT INTO credits_creditlot (wallet_id, transaction_id, kind, granted, remaining, expires_at)
        VALUES ({wallet}, 900, 'paid', 1, 0, now())""",
        "paid_credits_never_expire",
    )


def test_there_is_one_house_account_of_each_kind() -> None:
    refused(
        "INSERT INTO credits_ledgeraccount (kind, created_at) VALUES ('spent', now())",
        "one_house_account_a_kind",
    )


def test_every_function_of_the_ledger_fixes_its_search_path() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT proname FROM pg_proc WHERE proname LIKE 'ledger\\_%%' AND proname <> 'ledger_hash'"
            " AND NOT coalesce(proconfig::text, '') LIKE '%%search_path%%'"
        )
        assert cursor.fetchall() == []


def test_a_restored_session_without_a_search_path_can_still_post(wallet: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL search_path = ''")
        cursor.execute(
            "SELECT (public.ledger_grant(%s, 1, %s, NULL, 'A present', '', 'no path')).outcome",
            [wallet, LotKind.PAID],
        )
        assert cursor.fetchone() == ("posted",)
        cursor.execute(SETTLE + "SET LOCAL search_path = public")


def test_nothing_but_the_ledger_writes_its_tables() -> None:
    writers = re.compile(r"(INSERT INTO|UPDATE|DELETE FROM) credits_|ledger_(grant|spend|reverse|expire)\b")
    apps = ("credits", "accounts", "insights", "articles", "briefings_site")
    files = [file for app in apps for file in (ROOT / app).rglob("*.py")]
    assert {file.name for file in files if writers.search(file.read_text())} == {"ledger.py"}


@pytest.mark.parametrize(
    ("row", "promise"),
    [
        ("credits_ledgeraccount (kind, balance) VALUES ('purse', NULL)", "account_kind_is_known"),
        ("credits_ledgeraccount (kind, balance) VALUES ('debt', 0)", "a_debt_belongs_to_a_wallet"),
        (
            "credits_ledgeraccount (kind, balance, merged_into_id) SELECT 'debt', 0, {wallet}",
            "a_debt_belongs_to_a_wallet",
        ),
        (
            "credits_ledgeraccount (id, kind, balance, merged_into_id) VALUES (901, 'wallet', 0, 901)",
            "only_a_wallet_is_merged_and_into_another",
        ),
        ("credits_ledgertransaction {named} VALUES ('theft', 'R', '', 'k', '')", "transaction_kind_is_known"),
        ("credits_ledgertransaction {named} VALUES ('refund', 'R', '', 'k', '')", "only_a_refund_refunds"),
        ("credits_ledgertransaction {named} VALUES ('spend', '', '', 'k', '')", "has_a_key_and_a_reason"),
        ("credits_ledgertransaction {named} VALUES ('spend', 'R', '', '', '')", "has_a_key_and_a_reason"),
        ("credits_creditlot {lot} VALUES ({wallet}, 900, 'lent', 1, 0)", "lot_kind_is_known"),
        ("credits_creditlot {lot} VALUES ({wallet}, 900, 'paid', 0, 0)", "lot_grants_something"),
        (
            "credits_lotmovement (transaction_id, lot_id, amount) SELECT 900, id, 0 FROM credits_creditlot",
            "movement_moves_something",
        ),
        (
            "credits_ledgerentry (transaction_id, account_id, amount, balance_after)"
            " SELECT 900, id, 1, 1 FROM credits_ledgeraccount WHERE kind = 'spent'",
            "no account .* that stores a balance",
        ),
    ],
)
def test_a_row_that_makes_no_sense_is_refused(wallet: int, row: str, promise: str) -> None:
    named = "(kind, reason, reference, idempotency_key, request_hash)"
    lot = "(wallet_id, transaction_id, kind, granted, remaining)"
    refused(OPEN + "INSERT INTO " + row.format(wallet=wallet, named=named, lot=lot), promise)
