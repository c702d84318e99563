"""What a wallet's owner reads, and what reading and posting cost."""

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.db.models import OuterRef
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from credits import ledger
from credits.errors import InsufficientCredits
from credits.models import CreditLot, LedgerAccount, LotKind
from credits.statements import lots, spendable, statement

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
