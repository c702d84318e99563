"""Whoever alters what was posted, with every guard down, alters what a seal has already hashed."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from pytest_django import Settings

from credits import heads, ledger, seals
from credits.models import (
    CreditLot,
    LedgerEntry,
    LedgerSeal,
    LedgerTransaction,
    LotKind,
    LotMovement,
    SealedTransaction,
)
from tests.ledger_cleanup import SETTLE, guards_down

from .conftest import Give

pytestmark = pytest.mark.django_db

SEALED_MODELS = (LedgerTransaction, LedgerEntry, CreditLot, LotMovement)
# A value that the column does not have, by the type it is of.
OTHER = {
    "bigint": "coalesce({0}, 0) + 1",
    "text": "'~' || substr({0}, 2)",
    "moment": "coalesce({0}, now()) + interval '1 s'",
}


def columns() -> Iterator[tuple[type, str, str]]:
    for model in SEALED_MODELS:
        for field in model._meta.concrete_fields:
            if (model, field.name) not in ((CreditLot, "remaining"),) and not field.primary_key:
                moment, text = field.column.endswith("_at"), field.get_internal_type() == "CharField"
                yield model, field.column, "moment" if moment else "text" if text else "bigint"


@pytest.fixture
def history(give: Give, take: Give, wallet: int) -> None:
    """Every kind of row with something in every column, sealed in two batches."""
    bought = give(10, LotKind.PAID)
    give(5, days=9)
    seals.seal()
    spent = take(7)
    ledger.reverse(transaction_id=spent.transaction_id, key="undo", reason="Undone")
    ledger.refund(transaction_id=bought.transaction_id, amount=2, key="refund", reason="Returned")
    ledger.transfer(source_id=wallet, target_id=ledger.open_wallet().pk, amount=6, key="move", reason="Moved")
    seals.seal()


def tamper(sql: str, *values: Any) -> None:
    """As a superuser, with guards, keys and constraints out of the way."""
    with guards_down(connection), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(sql, values)
        cursor.execute("SET LOCAL session_replication_role = origin")


def tamper_with_guards_up(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(SETTLE + "SET LOCAL session_replication_role = replica")
        cursor.execute(sql)


def found() -> str:
    return str(seals.check().first_difference)


def sealed_in(number: int, position: int = 0) -> int:
    of_seal = SealedTransaction.objects.filter(seal=number).order_by("transaction_id")
    return int(of_seal.values_list("transaction_id", flat=True)[position])


def test_what_was_posted_is_sealed_once(give: Give) -> None:
    give(5)
    give(5)
    assert seals.check().unsealed == 2
    assert (seals.seal(), seals.seal()) == (2, 0)
    checked = seals.check()
    assert (checked.seals, checked.sealed, checked.unsealed, checked.differences) == (1, 2, 0, [])


def test_a_long_backlog_is_sealed_in_batches(give: Give) -> None:
    for _ in range(5):
        give(1)
    assert seals.seal(batch=2) == 5
    assert list(LedgerSeal.objects.order_by("pk").values_list("count", flat=True)) == [2, 2, 1]
    assert not seals.check().differences


def test_each_seal_names_the_one_before(history: None) -> None:
    first, second = LedgerSeal.objects.order_by("pk")
    assert (first.previous, second.previous) == ("0" * 64, first.hash)


def test_sealed_rows_of_every_kind_agree_whatever_the_session_is_set_to(history: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL TimeZone = 'Asia/Kolkata'; SET LOCAL DateStyle = 'German'")
        cursor.execute("SET LOCAL bytea_output = 'escape'; SET LOCAL extra_float_digits = 0")
    assert not seals.check().differences


@pytest.mark.parametrize(("model", "column", "of_type"), list(columns()))
def test_no_column_can_be_altered_unnoticed(history: None, model: Any, column: str, of_type: str) -> None:
    row = model.objects.order_by("pk").last()
    other = OTHER[of_type].format(column)
    with guards_down(connection), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        constraints = [c.name for c in model._meta.constraints if "Check" in type(c).__name__]
        for name in constraints:
            cursor.execute(f"ALTER TABLE {model._meta.db_table} DROP CONSTRAINT {name}")
        cursor.execute(f"UPDATE {model._meta.db_table} SET {column} = {other} WHERE id = %s", [row.pk])
    name = (
        "lot movement"
        if model is LotMovement
        else "lot"
        if model is CreditLot
        else model.__name__[6:].lower()
    )
    said = found()
    if column == "transaction_id":
        assert said.startswith(f"{name} {row.pk}: it went missing after seal 2")
    else:
        assert said.startswith(f"{name} {row.pk}: it was altered after seal 2")


def test_what_remains_of_a_lot_moves_on_after_it_was_sealed(history: None, give: Give, take: Give) -> None:
    take(1)
    assert not seals.check().differences


def test_a_row_that_went_missing_is_named(history: None) -> None:
    entry = LedgerEntry.objects.filter(transaction_id=sealed_in(1)).order_by("pk")[1]
    tamper("DELETE FROM credits_ledgerentry WHERE id = %s", entry.pk)
    assert found() == f"entry {entry.pk}: it went missing after seal 1, in transaction {entry.transaction_id}"


def test_a_transaction_that_went_missing_is_named(history: None) -> None:
    number = sealed_in(1, 1)
    for table in ("ledgerentry", "lotmovement", "creditlot"):
        tamper(f"DELETE FROM credits_{table} WHERE transaction_id = %s", number)
    tamper("DELETE FROM credits_ledgertransaction WHERE id = %s", number)
    assert found() == f"transaction {number}: it went missing after seal 1"


def test_a_row_that_was_added_is_named(history: None) -> None:
    number = sealed_in(2)
    tamper(
        "INSERT INTO credits_lotmovement (transaction_id, lot_id, amount, owed, remaining_after)"
        " VALUES (%s, 0, 5, 0, 5)",
        number,
    )
    added = LotMovement.objects.get(lot_id=0)
    assert found() == f"lot movement {added.pk}: it was added after seal 2, in transaction {number}"


def test_the_first_of_several_is_named_and_all_are_counted(history: None) -> None:
    tamper("UPDATE credits_ledgertransaction SET reason = 'Something else'")
    assert found() == f"transaction {sealed_in(1)}: it was altered after seal 1"
    assert len(seals.check().differences) == LedgerTransaction.objects.count()


def test_wallets_of_altered_rows_are_known(history: None, wallet: int) -> None:
    tamper("UPDATE credits_ledgertransaction SET reason = 'Something else' WHERE id = %s", sealed_in(1))
    assert seals.check().differences[0].wallets == (wallet,)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            "UPDATE credits_ledgerseal SET hash = previous WHERE id = 1",
            "seal 1: it does not match what it sealed",
        ),
        (
            "UPDATE credits_ledgerseal SET previous = hash WHERE id = 2",
            "seal 2: it does not follow the seal before",
        ),
        ("UPDATE credits_ledgerseal SET count = 9 WHERE id = 2", "seal 2: it does not match what it sealed"),
        (
            "UPDATE credits_ledgerseal SET sealed_at = now() - interval '1 year' WHERE id = 2",
            "seal 2: it does not match what it sealed",
        ),
        ("DELETE FROM credits_ledgerseal WHERE id = 1", "seal 1: it is missing"),
        ("DELETE FROM credits_ledgerseal WHERE id = 2", "seal 2: it is missing"),
        (
            "DELETE FROM credits_sealedtransaction WHERE seal_id = 1",
            "seal 1: it does not match what it sealed",
        ),
        (
            "UPDATE credits_sealedtransaction SET digests = sha256('') WHERE seal_id = 2",
            "seal 2: it does not match what it sealed",
        ),
    ],
)
def test_a_seal_that_was_touched_is_named(history: None, change: str, said: str) -> None:
    tamper(change)
    assert found() == said


def test_one_that_was_slipped_in_among_the_old_is_named(give: Give) -> None:
    give(1)
    slipped_in = give(1).transaction_id
    give(1)
    seals.seal()
    with guards_down(connection), connection.cursor() as cursor:
        cursor.execute("DELETE FROM credits_sealedtransaction")
        cursor.execute("DELETE FROM credits_ledgerseal")
    hide(slipped_in)
    seals.seal()
    tamper("UPDATE credits_ledgerseal SET sealed_at = sealed_at - interval '2 days'")
    hide(slipped_in, back=True)
    assert seals.seal() == 0
    said = [str(one) for one in seals.check().differences]
    assert f"transaction {slipped_in}: it was never sealed, though later ones were" in said


def hide(number: int, *, back: bool = False) -> None:
    """As if it had not been there yet: only its id matters."""
    now, then = (-number, number) if back else (number, -number)
    tamper("UPDATE credits_ledgertransaction SET id = %s WHERE id = %s", then, now)


@pytest.mark.parametrize("table", ["credits_ledgerseal", "credits_sealedtransaction"])
def test_seals_are_append_only_for_a_superuser_too(history: None, superuser: None, table: str) -> None:
    column = "hash" if table.endswith("seal") else "names"
    for change in (f"UPDATE {table} SET {column} = ''", f"DELETE FROM {table}", f"TRUNCATE {table} CASCADE"):
        with pytest.raises(IntegrityError, match="append only"), transaction.atomic():
            tamper_with_guards_up(change)


# Heads ---------------------------------------------------------------------------------------------


@pytest.fixture
def kept(history: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    call_command("ledger_head", file=tmp_path / "head.txt")
    assert capsys.readouterr().out == (tmp_path / "head.txt").read_text()
    return tmp_path / "head.txt"


def make_all_anew() -> None:
    """What only somebody with every right can do: other rows, and seals that fit them."""
    tamper("UPDATE credits_ledgertransaction SET reason = 'Something else'")
    tamper("DELETE FROM credits_sealedtransaction")
    tamper("DELETE FROM credits_ledgerseal")
    seals.seal(batch=2)


def test_a_head_says_where_the_chain_stood(kept: Path) -> None:
    last = LedgerSeal.objects.get(pk=2)
    text = kept.read_text()
    assert f"seal: 2\nhash: {last.hash}\n" in text
    assert "transactions sealed: 6\n" in text
    assert "\nwallet: 13\n" in text
    assert "\npaid_issue: -8\n" in text


def test_a_head_kept_earlier_is_found_in_a_chain_that_went_on(
    kept: Path, give: Give, capsys: pytest.CaptureFixture[str]
) -> None:
    give(1)
    seals.seal()
    call_command("check_ledger", head=str(kept))
    call_command("check_ledger", head=heads.HASH.findall(kept.read_text())[0])
    assert capsys.readouterr().out.count("The seals agree: 3 seals on 7 transactions, 0 not sealed yet.") == 2


def test_seals_made_anew_agree_until_a_head_is_held_against_them(kept: Path) -> None:
    make_all_anew()
    call_command("check_ledger", seals=True)
    with pytest.raises(CommandError, match="seal 2: it is not the one in the head that was kept"):
        call_command("check_ledger", head=str(kept))
    with pytest.raises(CommandError, match="none has the hash of the head that was kept"):
        call_command("check_ledger", head=heads.HASH.findall(kept.read_text())[0])


@pytest.mark.parametrize(("text", "said"), [("", "no hash"), (None, "neither a hash nor a file")])
def test_a_head_that_cannot_be_read_is_said_so(db: None, tmp_path: Path, text: str | None, said: str) -> None:
    if text is not None:
        (tmp_path / "head.txt").write_text(text)
    with pytest.raises(CommandError, match=said):
        call_command("check_ledger", head=str(tmp_path / "head.txt"))


def test_todays_head_is_kept_and_mailed_once(history: None, settings: Settings, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path
    settings.LEDGER_HEAD_TO = ["auditor@example.com"]
    for _ in range(2):
        call_command("ledger_head", daily=True)
    (file,) = (tmp_path / "heads").iterdir()
    (message,) = mail.outbox
    assert message.to == ["auditor@example.com"]
    assert heads.contradiction(message.body) is None
    assert file.read_text() == message.body


def test_without_a_seal_there_is_no_head(db: None, settings: Settings, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path
    call_command("ledger_head", daily=True)
    assert not list(tmp_path.iterdir())
    with pytest.raises(CommandError, match="nothing has been sealed"):
        call_command("ledger_head")


# Nobody waits --------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_writer_does_not_wait_for_a_sealer_nor_a_sealer_for_a_writer(give: Give, take: Give) -> None:
    give(5)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT ledger_seal(10)")
        assert elsewhere(lambda: take(1).balance) == 4
        assert elsewhere(lambda: seals.seal()) == 0, "a second sealer leaves it to the first"
    with transaction.atomic():
        open_posting = take(1).transaction_id
        assert elsewhere(lambda: seals.seal()) == 1, "what is not committed is not sealed"
        assert not SealedTransaction.objects.filter(pk=open_posting).exists()
    assert seals.seal() == 1
    assert not seals.check().differences


@pytest.mark.django_db(transaction=True)
def test_a_lower_number_that_is_committed_later_is_sealed_later(wallet: int) -> None:
    other = ledger.open_wallet().pk
    with transaction.atomic():
        lower = post(wallet, "lower")
        higher = elsewhere(lambda: post(other, "higher"))
        assert lower < higher
        assert elsewhere(lambda: seals.seal()) == 1
    assert seals.seal() == 1
    assert list(SealedTransaction.objects.order_by("seal").values_list("pk", flat=True)) == [higher, lower]
    assert not seals.check().differences


def post(wallet_id: int, key: str) -> int:
    return ledger.grant(
        wallet_id=wallet_id, amount=1, kind=LotKind.PAID, reason="A present", key=key
    ).transaction_id


def elsewhere(run: Any) -> Any:
    """On another connection, which gives up after a second of waiting for a lock."""
    answers: list[Any] = []

    def target() -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = '1s'")
            answers.append(run())
        finally:
            connection.close()

    thread = threading.Thread(target=target)
    thread.start()
    thread.join(timeout=20)
    return answers[0]
