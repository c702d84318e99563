from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import Sum
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from credits import ledger
from credits.models import (
    AccountKind,
    LedgerAccount,
    LedgerEntry,
    LedgerTransaction,
    LotKind,
    TransactionKind,
)
from credits.reports import (
    EXPIRED,
    GRANTED,
    LINE_OF,
    REFUNDED,
    RETURNED,
    REVERSED,
    SPENT,
    TAKEN_BACK,
    Liability,
    end_of,
    liability,
    trial_balance,
)
from tests.ledger_cleanup import guards_down

from .conftest import Give

pytestmark = pytest.mark.django_db


def today() -> date:
    return timezone.now().astimezone(UTC).date()


def backdate(transaction_id: int, day: date) -> None:
    """As if it had been posted at noon of that day."""
    with guards_down(connection):
        noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
        LedgerTransaction.objects.filter(pk=transaction_id).update(created_at=noon)


def lines(report: Liability) -> dict[str, tuple[int, int]]:
    return {name: (line.promotional, line.paid) for name, line in report.lines.items() if line.total}


def test_each_day_is_told_apart_and_everything_before_is_the_opening(give: Give, take: Give) -> None:
    last = today()
    backdate(give(10).transaction_id, last - timedelta(days=9))
    backdate(take(2).transaction_id, last - timedelta(days=3))
    take(1)
    books = trial_balance(first=last - timedelta(days=5), last=last)
    assert books.opening[AccountKind.WALLET] == 10
    assert books.opening[AccountKind.PROMOTIONAL_ISSUE] == -10
    moved = [(day.day, day.moved[AccountKind.WALLET], day.moved[AccountKind.SPENT]) for day in books.days]
    assert moved == [(last - timedelta(days=3), -2, 2), (last, -1, 1)]
    assert books.closing[AccountKind.WALLET] == 7
    assert books.agrees


def test_a_posting_that_began_before_midnight_belongs_to_its_day(give: Give) -> None:
    last = today()
    give(1)
    backdate(give(4).transaction_id, last - timedelta(days=1))
    books = trial_balance(first=last, last=last)
    assert books.opening[AccountKind.WALLET] == 4
    assert [(day.day, day.moved[AccountKind.WALLET]) for day in books.days] == [(last, 1)]


def test_a_period_after_all_postings_is_all_opening(give: Give) -> None:
    backdate(give(4).transaction_id, today() - timedelta(days=1))
    books = trial_balance(first=today(), last=today())
    assert (books.opening[AccountKind.WALLET], books.days) == (4, [])


def test_days_are_utc_days_for_whoever_reads(give: Give) -> None:
    late = give(1).transaction_id
    with guards_down(connection):
        LedgerTransaction.objects.filter(pk=late).update(created_at=datetime(2026, 3, 1, 23, 30, tzinfo=UTC))
    with timezone.override("Asia/Tokyo"):
        books = trial_balance(first=date(2026, 3, 1), last=date(2026, 3, 1))
    assert [day.day for day in books.days] == [date(2026, 3, 1)]


def test_a_ledger_that_does_not_balance_is_noticed(give: Give) -> None:
    entry = LedgerEntry.objects.get(transaction=give(5).transaction_id, account__kind="wallet")
    with guards_down(connection):
        LedgerEntry.objects.filter(pk=entry.pk).update(amount=6)
    books = trial_balance(first=today(), last=today())
    assert not books.agrees
    assert books.days[0].out_of_balance == 1


def test_the_liability_says_line_by_line_how_it_came(wallet: int, give: Give, take: Give) -> None:
    give(10)
    bought = give(20, LotKind.PAID)
    spent = take(4)
    ledger.reverse(transaction_id=spent.transaction_id, key="back", reason="Back")
    take(3)
    ledger.refund(transaction_id=bought.transaction_id, amount=5, key="refund", reason="Refunded")
    mistaken = give(2)
    ledger.reverse(transaction_id=mistaken.transaction_id, key="mistake", reason="A mistake")
    give(6, days=1)
    ledger.expire_lots(timezone.now() + timedelta(days=2))
    report = liability(on=today())
    assert lines(report) == {
        GRANTED: (18, 20),
        SPENT: (-7, 0),
        RETURNED: (4, 0),
        TAKEN_BACK: (-2, 0),
        REFUNDED: (0, -5),
        EXPIRED: (-6, 0),
    }
    assert (report.outstanding.promotional, report.outstanding.paid) == (7, 15)


def test_what_is_gone_of_a_reversed_grant_is_owed(give: Give, take: Give) -> None:
    granted = give(10)
    take(7)
    ledger.reverse(transaction_id=granted.transaction_id, key="r", reason="Back")
    report = liability(on=today())
    assert (report.outstanding.total, report.owed) == (0, 7)
    give(9)
    report = liability(on=today())
    assert (report.outstanding.total, report.owed) == (2, 0)


def test_it_speaks_of_the_end_of_a_day(give: Give, take: Give) -> None:
    yesterday = today() - timedelta(days=1)
    backdate(give(10).transaction_id, yesterday)
    take(4)
    assert liability(on=yesterday).outstanding.total == 10
    assert liability(on=today()).outstanding.total == 6


def test_what_lies_in_closed_wallets_and_past_its_expiry_is_told_apart(give: Give) -> None:
    give(3)
    other = ledger.open_wallet()
    ledger.grant(wallet_id=other.pk, amount=4, kind=LotKind.PAID, key="o", reason="Bought")
    dying = ledger.grant(
        wallet_id=other.pk, amount=5, kind=LotKind.PROMOTIONAL, key="d", reason="Soon gone",
        expires_at=timezone.now() + timedelta(days=1),
    )  # fmt: skip
    with guards_down(connection):
        LedgerAccount.objects.get(pk=other.pk).lots.filter(transaction=dying.transaction_id).update(
            expires_at=timezone.now() - timedelta(hours=1)
        )
    report = liability(on=today(), closed_wallets=LedgerAccount.objects.filter(pk=other.pk))
    assert (report.closed.promotional, report.closed.paid) == (5, 4)
    assert report.overdue.promotional == 5
    assert report.outstanding.total == 12


def test_every_kind_of_transaction_has_its_line() -> None:
    assert {*LINE_OF, TransactionKind.REVERSAL} == set(TransactionKind)
    assert set(REVERSED) == {TransactionKind.GRANT, TransactionKind.SPEND, TransactionKind.REFUND}


def test_each_report_is_asked_in_as_many_queries_however_long_the_ledger(
    give: Give, take: Give, django_assert_num_queries: Any
) -> None:
    for _ in range(2):
        give(5)
        take(1)
        with django_assert_num_queries(3):
            trial_balance(first=today(), last=today())
        with django_assert_num_queries(2):
            liability(on=today())


Step = tuple[str, int]
step = st.tuples(
    st.sampled_from(["grant", "buy", "spend", "reverse", "refund", "transfer", "expire", "merge"]),
    st.integers(1, 9),
)


class Life:
    """Random acts of three wallets; refusals are part of life."""

    def __init__(self) -> None:
        self.wallets = [ledger.open_wallet().pk for _ in range(3)]
        self.turn = 0

    def act(self, name: str, number: int) -> None:
        self.turn += 1
        wallet, other = self.wallets[number % 3], self.wallets[(number + 1) % 3]
        words = {"key": f"life:{self.turn}", "reason": "Life"}
        soon = timezone.now() + timedelta(days=1)
        promotional, paid = LotKind.PROMOTIONAL, LotKind.PAID
        acts: dict[str, Callable[[], object]] = {
            "grant": lambda: ledger.grant(
                wallet_id=wallet, amount=number, kind=promotional, expires_at=soon, **words
            ),
            "buy": lambda: ledger.grant(wallet_id=wallet, amount=number, kind=paid, **words),
            "spend": lambda: ledger.spend(wallet_id=wallet, amount=number, **words),
            "reverse": lambda: ledger.reverse(transaction_id=self.posted(number), **words),
            "refund": lambda: ledger.refund(transaction_id=self.posted(number), amount=1, **words),
            "transfer": lambda: ledger.transfer(source_id=wallet, target_id=other, amount=number, **words),
            "merge": lambda: number == 9 and ledger.merge(source_id=wallet, target_id=other, **words),
            "expire": lambda: ledger.expire_lots(soon + timedelta(days=1)) if number > 6 else 0,
        }
        with suppress(ledger.LedgerError):
            acts[name]()

    def posted(self, number: int) -> int:
        return (
            LedgerTransaction.objects.order_by("-pk").values_list("pk", flat=True)[number - 1 :].first() or 0
        )


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(step, min_size=5, max_size=25))
def test_any_life_balances_and_the_liability_is_what_the_wallets_hold(program: list[Step]) -> None:
    life = Life()
    for name, number in program:
        life.act(name, number)
    books, report = trial_balance(first=today(), last=today()), liability(on=today())
    accounts = LedgerAccount.objects
    assert books.agrees
    for kind in AccountKind:
        entries = LedgerEntry.objects.filter(account__kind=kind, transaction__created_at__lt=end_of(today()))
        assert books.closing[kind] == entries.aggregate(n=Sum("amount", default=0))["n"]
    assert report.outstanding.total == accounts.filter(kind="wallet").aggregate(n=Sum("balance"))["n"]
    assert -report.owed == accounts.filter(kind="debt").aggregate(n=Sum("balance", default=0))["n"]
