"""What a wallet's owner reads, and what reading and posting cost."""

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.db.models import OuterRef
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from credits import ledger, words
from credits.errors import InsufficientCredits
from credits.models import CreditLot, LedgerAccount, LedgerTransaction, LotKind, TransactionKind
from credits.period_statements import statement_of
from credits.statements import lots, spendable, statement

from ..ledger_cleanup import guards_down
from .conftest import Give


@pytest.mark.django_db
def test_a_statement_tells_latest_first_what_happened_and_the_balance_after(
    wallet: int, give: Give, take: Give
) -> None:
    give(5)
    take(2)
    lines = statement(wallet_id=wallet)
    assert [(line.reason, line.amount, line.balance_after) for line in lines] == [
        ("Unlocked", -2, 3),
        ("A present", 5, 5),
    ]
    assert lines[0].when <= timezone.now()


@pytest.mark.django_db
def test_a_statement_has_one_query_and_can_be_cut_short(
    wallet: int, give: Give, django_assert_num_queries
) -> None:
    for _ in range(5):
        give(1)
    with django_assert_num_queries(1):
        assert [line.balance_after for line in statement(wallet_id=wallet, limit=2)] == [5, 4]
    assert len(statement(wallet_id=wallet)) == 5


@pytest.mark.django_db
def test_a_statement_is_of_one_wallet(wallet: int, give: Give) -> None:
    give(1)
    other = ledger.open_wallet().pk
    assert statement(wallet_id=other) == []
    assert lots(wallet_id=other) == []


@pytest.mark.django_db
def test_what_a_wallet_can_spend_is_a_column_of_another_query(wallet: int, give: Give) -> None:
    give(2, days=1)
    give(3, LotKind.PAID)
    empty = ledger.open_wallet().pk
    found = LedgerAccount.objects.filter(pk__in=[wallet, empty]).annotate(
        n=CreditLot.objects.spendable_of(OuterRef("pk"))
    )
    assert dict(found.values_list("pk", "n")) == {wallet: 5, empty: 0}
    assert CreditLot.objects.spendable(timezone.now() + timedelta(days=2)).count() == 1


def posting_statements(run) -> list[str]:
    with CaptureQueriesContext(
        connection,
    ) as asked:
        run()
    return [query["sql"].split("(")[0] for query in asked]


@pytest.mark.django_db(transaction=True)
def test_a_posting_is_one_round_trip(wallet: int, give: Give, take: Give) -> None:
    assert posting_statements(lambda: give(5, days=1)) == ["SELECT * FROM ledger_grant"]
    assert posting_statements(lambda: take(2)) == ["SELECT * FROM ledger_spend"]
    spent = take(1).transaction_id
    assert posting_statements(lambda: ledger.reverse(transaction_id=spent, key="undo", reason="Oops")) == [
        "SELECT * FROM ledger_reverse"
    ]


@pytest.mark.django_db(transaction=True)
def test_a_refusal_inside_a_transaction_is_one_round_trip_too(wallet: int, take: Give) -> None:
    def refuse() -> None:
        with pytest.raises(InsufficientCredits):
            take(1)

    with transaction.atomic():
        assert posting_statements(refuse) == ["SELECT * FROM ledger_spend"]


@pytest.mark.django_db
def test_reading_what_can_be_spent_is_one_query(wallet: int, give: Give, django_assert_num_queries) -> None:
    give(2)
    with django_assert_num_queries(1):
        assert spendable(wallet) == 2


def days_ago(number: float, posting: ledger.Posting) -> None:
    """As if it had been posted then, which only a test may write."""
    when = timezone.now() - timedelta(days=number)
    with guards_down(connection):
        LedgerTransaction.objects.filter(pk=posting.transaction_id).update(created_at=when)


@pytest.mark.django_db
def test_the_periods_of_a_wallet_follow_on_from_each_other(wallet: int, give: Give, take: Give) -> None:
    days_ago(20, give(9))
    days_ago(10, take(2))
    take(3)
    cut = timezone.now() - timedelta(days=5)
    before, after = statement_of(wallet_id=wallet, end=cut), statement_of(wallet_id=wallet, start=cut)
    assert (before.opening, before.came, before.went, before.closing) == (0, 9, -2, 7)
    assert (after.opening, after.came, after.went, after.closing) == (7, 0, -3, 4)
    assert [line.balance_after for line in [*before.in_order(), *after.in_order()]] == [9, 7, 4]


@pytest.mark.django_db
def test_a_posting_that_began_late_and_came_first_breaks_no_balance(
    wallet: int, give: Give, take: Give
) -> None:
    days_ago(3, give(5))
    days_ago(1, take(1))
    days_ago(2, take(2))
    cut = timezone.now() - timedelta(days=1.5)
    before, after = statement_of(wallet_id=wallet, end=cut), statement_of(wallet_id=wallet, start=cut)
    assert [line.balance_after for line in before] == [3, 5]
    assert before.closing == after.opening == 3
    assert [line.balance_after for line in after] == [2]


@pytest.mark.django_db
def test_what_is_posted_meanwhile_moves_no_page(wallet: int, give: Give) -> None:
    for _ in range(3):
        give(1)
    drawn = statement_of(wallet_id=wallet)
    give(10)
    assert (len(drawn), drawn.closing) == (3, 3)
    assert [line.balance_after for line in drawn[0:2]] == [3, 2]
    assert [line.balance_after for line in drawn[2:4]] == [1]
    assert drawn[0].balance_after == 3


@pytest.mark.django_db
def test_a_statement_says_what_was_owed_though_no_credit_moved(wallet: int, give: Give, take: Give) -> None:
    bought = give(4, LotKind.PAID)
    take(4)
    ledger.reverse(transaction_id=bought.transaction_id, key="undo", reason="Your bank took the money back")
    drawn = statement_of(wallet_id=wallet)
    assert [(line.what, line.signed, line.balance_after, line.owed_after) for line in drawn] == [
        ("Taken back", "0", 0, 4),
        ("Spent", "−4", 0, 0),
        ("Received", "+4", 4, 0),
    ]
    give(6)
    drawn = statement_of(wallet_id=wallet)
    assert [(line.what, line.amount, line.balance_after, line.owed_after) for line in drawn[0:2]] == [
        ("Paid off what you owed", -4, 2, 0),
        ("Received", 6, 6, 4),
    ]
    assert (drawn.closing, drawn.closing_owed) == (2, 0)


@pytest.mark.parametrize("kind", TransactionKind.values)
def test_every_kind_of_posting_has_words_both_ways(kind: str) -> None:
    assert words.in_words(kind, 1) != kind.capitalize()
    assert words.in_words(kind, -1) != kind.capitalize()
