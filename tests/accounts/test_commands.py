import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from credits.models import LedgerTransaction
from credits.statements import spendable

pytestmark = pytest.mark.django_db


def run(*words: str) -> str:
    out = StringIO()
    call_command(*words, stdout=out)
    return out.getvalue()


def test_a_grant_is_posted_with_its_reason(reader: User) -> None:
    said = run("grant_credits", "Reader@example.com", "5", "--reason", "Conference gift")
    assert said == "5 granted to reader@example.com. Balance: 5.\n"
    assert LedgerTransaction.objects.get().reason == "Conference gift"


def test_the_same_key_grants_once(reader: User) -> None:
    order = ["grant_credits", "reader@example.com", "5", "--reason", "Gift", "--key", "spring"]
    run(*order)
    assert "granted before" in run(*order)
    assert spendable(reader.wallet_id) == 5


def test_the_day_it_expires_counts_whole(reader: User) -> None:
    run("grant_credits", "reader@example.com", "5", "--reason", "Gift", "--expires", "2099-01-31")
    (lot,) = json.loads(run("wallet", "reader@example.com", "--json"))["lots"]
    assert lot["expires_at"] == "2099-01-31T23:59:59+00:00"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nobody@example.com", "5", "--reason", "x"], "no reader has the address nobody@example.com"),
        (["reader@example.com", "0", "--reason", "x"], "0 cannot be granted"),
        (["reader@example.com", "--reason", "x", "--", "-3"], "-3 cannot be granted"),
        (["reader@example.com", "five", "--reason", "x"], "invalid int value: 'five'"),
        (["reader@example.com", "5"], "required: --reason"),
        (["reader@example.com", "5", "--reason", "  "], "not granted"),
        (["reader@example.com", "5", "--reason", "x", "--expires", "soon"], "soon is not a date"),
        (["reader@example.com", "5", "--reason", "x", "--expires", "2026-02-31"], "2026-02-31 is not a date"),
        (
            ["reader@example.com", "5", "--reason", "x", "--expires", "2020-01-01"],
            "2020-01-01 is in the past",
        ),
        (["reader@example.com", "5", "--reason", "x", "--key", "k" * 300], "not granted"),
    ],
)
def test_bad_input_is_refused_in_one_line_and_nothing_posted(
    reader: User, words: list[str], said: str
) -> None:
    with pytest.raises(CommandError) as refusal:
        run("grant_credits", *words)
    assert said in str(refusal.value)
    assert "\n" not in str(refusal.value)
    assert not LedgerTransaction.objects.exists()


def test_a_key_for_another_grant_is_refused(reader: User) -> None:
    run("grant_credits", "reader@example.com", "5", "--reason", "Gift", "--key", "spring")
    with pytest.raises(CommandError, match="the key spring was used for another grant"):
        run("grant_credits", "reader@example.com", "6", "--reason", "Gift", "--key", "spring")


def test_the_wallet_is_told_in_words_and_in_json(reader: User) -> None:
    run("grant_credits", "reader@example.com", "5", "--reason", "Gift")
    words = run("wallet", "reader@example.com")
    assert words.startswith("reader@example.com: 5 credits\n  5 of 5 promotional, expires never\n")
    held: dict[str, Any] = json.loads(run("wallet", "reader@example.com", "--json"))
    assert held["balance"] == 5
    assert [(t["amount"], t["balance_after"], t["reason"]) for t in held["transactions"]] == [(5, 5, "Gift")]


def test_a_wallet_of_nobody_is_refused() -> None:
    with pytest.raises(CommandError, match="no reader has the address"):
        run("wallet", "nobody@example.com")
