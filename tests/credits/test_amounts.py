"""Amounts and accounts that make no sense, asked of PostgreSQL past everything Python would have said."""

from collections.abc import Callable, Iterator

import psycopg
import pytest
from django.db import DatabaseError, connection
from django.db.transaction import atomic
from psycopg.errors import UndefinedFunction

from credits.models import AccountKind, LedgerAccount
from tests.acting import ROLES, logged_in_as
from tests.ledger_cleanup import SETTLE

pytestmark = pytest.mark.django_db
Ask = Callable[[str], str]
MOST = 2**63 - 1


@pytest.fixture
def ask(db: None) -> Iterator[Ask]:
    """As the application's role, with a wallet of 3 of 5 paid credits and an empty one; nothing is kept."""
    with logged_in_as(ROLES.application) as session, session.transaction(force_rollback=True):
        names = {"wallet": _one(session, "SELECT ledger_open_wallet()")}
        names["empty"] = _one(session, "SELECT ledger_open_wallet()")
        given = "SELECT (ledger_grant({wallet}, 5, 'paid', NULL, 'A', '', 'given')).transaction_id"
        names["given"] = _one(session, given.format(**names))
        _one(session, "SELECT ledger_spend({wallet}, 2, 'A', '', 'taken')".format(**names))

        def run(call: str) -> str:
            try:
                with session.transaction():
                    outcome = _one(session, f"SELECT (ledger_{call}).outcome".format(**names))
                    session.execute(SETTLE)
                    return str(outcome)
            except (psycopg.DataError, psycopg.IntegrityError, UndefinedFunction):
                return "refused"

        yield run


def _one(session: psycopg.Connection, sql: str) -> object:
    row = session.execute(sql).fetchone()
    assert row is not None
    return row[0]


@pytest.mark.parametrize("amount", ["0", "-2", "-9223372036854775808", "NULL", "1.5", "2e0", MOST, MOST + 1])
@pytest.mark.parametrize(
    "call",
    [
        "grant({{wallet}}, {0}, 'paid', NULL, 'A', '', 'k')",
        "refund({{given}}, {0}, 'A', 'k')",
        "spend({{wallet}}, {0}, 'A', '', 'k')",
        "transfer({{wallet}}, {{empty}}, {0}, 'A', '', 'k')",
    ],
)
def test_an_amount_that_is_none_is_refused(ask: Ask, call: str, amount: str | int) -> None:
    assert ask(call.format(amount)) in ("refused", "invalid_amount", "over_refunded", "insufficient")


@pytest.mark.parametrize(
    ("call", "outcome"),
    [
        ("grant(0, 1, 'paid', NULL, 'A', '', 'k')", "no_such_wallet"),
        ("spend(-1, 1, 'A', '', 'k')", "no_such_wallet"),
        ("transfer({wallet}, {wallet}, 1, 'A', '', 'k')", "same_wallet"),
        ("transfer({wallet}, 0, 1, 'A', '', 'k')", "no_such_wallet"),
        ("merge({wallet}, {wallet}, 'A', 'k')", "same_wallet"),
        ("refund(0, 1, 'A', 'k')", "no_such_transaction"),
        ("reverse(0, 'A', 'k')", "no_such_transaction"),
        ("spend({empty}, 1, 'A', '', 'k')", "insufficient"),
        ("refund({given}, 6, 'A', 'k')", "over_refunded"),
    ],
)
def test_an_account_that_is_none_is_refused(ask: Ask, call: str, outcome: str) -> None:
    assert ask(call) == outcome


def test_the_application_expires_nothing_before_its_time() -> None:
    with logged_in_as(ROLES.application) as session, session.transaction(force_rollback=True):
        wallet = _one(session, "SELECT ledger_open_wallet()")
        given = "SELECT (ledger_grant(%s, 5, 'promotional', now() + interval '1 day', 'A', '', 'k')).outcome"
        session.execute(given, [wallet])
        expired = session.execute("SELECT ledger_expire(%s, 'infinity')", [wallet]).fetchone()
        assert expired == (0,)


def test_a_house_account_is_nobodys_wallet(ask: Ask) -> None:
    for account in LedgerAccount.objects.exclude(kind__in=[AccountKind.WALLET, AccountKind.DEBT]):
        assert ask(f"grant({account.pk}, 1, 'paid', NULL, 'A', '', 'k')") == "no_such_wallet"
        assert ask(f"spend({account.pk}, 1, 'A', '', 'k')") == "no_such_wallet"


OPEN = """
    INSERT INTO credits_ledgertransaction
        (id, kind, reason, reference, idempotency_key, request_hash, created_at)
    VALUES (900, 'spend', 'By hand', '', 'by hand', '', transaction_timestamp());
    INSERT INTO credits_ledgerentry (transaction_id, account_id, amount)
"""


@pytest.mark.parametrize(
    ("entries", "because"),
    [
        ("SELECT 900, 0, 1", "there is no account 0"),
        ("SELECT 900, -7, 1", "there is no account -7"),
        ("SELECT 900, id, 0.4 FROM house", "entry_moves_something"),
        ("SELECT 900, id, 9223372036854775808 FROM house", "out of range"),
        ("SELECT 900, id, '1.5' FROM house", "invalid input syntax"),
        ("SELECT 900, id, 'NaN'::float FROM house", "out of range"),
        ("SELECT 900, id, NULL FROM house", "null value"),
        ("SELECT 900, id, 9223372036854775807 FROM house", "sum to 18446744073709551614"),
        ("SELECT 900, id, 1 FROM house UNION ALL SELECT 900, id, -1 FROM house", "one_entry_an_account"),
        ("SELECT 900, id, 1 FROM house LIMIT 1", "has 1 entries"),
        ("SELECT 900, id, 1 FROM house LIMIT 0", "has 0 entries"),
    ],
)
def test_a_superusers_entries_are_held_to_the_same(superuser: None, entries: str, because: str) -> None:
    house = "WITH house AS (SELECT id FROM credits_ledgeraccount WHERE kind IN ('spent', 'expired')) "
    with pytest.raises(DatabaseError, match=because), atomic(), connection.cursor() as cursor:
        cursor.execute(f"{OPEN}{house}{entries};{SETTLE}")
