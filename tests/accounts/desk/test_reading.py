"""The pages that only read: what they show, what they cost."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.closing import close_account
from accounts.models import User
from credits import freezes, ledger
from credits.models import AccountFreeze

from .conftest import Give, asked_for

pytestmark = pytest.mark.django_db


def text(desk: Client, address: str) -> str:
    return desk.get(f"/admin/ledger/{address}").content.decode()


def test_a_transactions_page_shows_what_moved_and_what_undid_it(
    desk: Client, reader: User, give: Give
) -> None:
    posted = give(5, reason="For the talk", reference="talk-7").transaction_id
    undone = ledger.reverse(transaction_id=posted, key="r", reason="A mistake").transaction_id
    html = text(desk, f"transactions/{posted}/")
    for shown in (reader.email, "For the talk", "talk-7", "test:give:", "+5", "−5", "Not sealed yet"):
        assert shown in html, shown
    assert f"/admin/ledger/transactions/{undone}/" in html
    assert "A mistake" in html


def test_it_says_who_of_staff_asked(desk: Client, keeper: User, reader: User) -> None:
    posting = desk.post("/admin/ledger/grant/", asked_for(5), follow=True).context["posting"]
    assert f"asked by {keeper.email}" in text(desk, f"transactions/{posting.posted_id}/")


def test_a_wallets_page_shows_lots_debt_freezes_and_statement(
    desk: Client, reader: User, give: Give, take: Give
) -> None:
    first = give(5)
    take(5)
    ledger.reverse(transaction_id=first.transaction_id, key="r", reason="Back")
    AccountFreeze.objects.create(wallet_id=reader.wallet_id, cause="audit", detail="It does not add up")
    html = text(desk, f"wallets/{reader.wallet_id}/")
    for shown in (reader.email, "Owed", "on hold", "It does not add up", "Debt", "−5", "Nothing is left"):
        assert shown in html, shown


def test_a_wallet_on_hold_is_not_said_to_have_anything_to_spend_now(
    desk: Client, reader: User, give: Give
) -> None:
    give(5)
    assert "To spend now" in text(desk, f"wallets/{reader.wallet_id}/")
    freezes.freeze(reader.wallet_id, cause="staff")
    html = text(desk, f"wallets/{reader.wallet_id}/")
    assert "To spend now" not in html
    assert "To spend once the hold is lifted" in html


def test_a_closed_account_shows_its_figures_and_no_person(desk: Client, reader: User, give: Give) -> None:
    give(5)
    close_account(reader)
    for address in ("", f"wallets/{reader.wallet_id}/", "?q=A+present"):
        html = text(desk, address)
        assert "Closed account" in html
        assert "@invalid" not in html
    assert "Grant credits</a>" not in text(desk, f"wallets/{reader.wallet_id}/")


def test_filters_by_kind_and_period(desk: Client, give: Give, take: Give) -> None:
    give(5)
    take(1)
    assert "A headline" not in text(desk, "?kind=grant")
    assert "A present" not in text(desk, "?kind=spend")
    assert "A headline" in text(desk, "?kind=spend&q=reader@example.com")
    tomorrow = (timezone.now() + timedelta(days=1)).date().isoformat()
    assert "A present" not in text(desk, f"?q=present&created_at_from={tomorrow}")


def test_the_trial_balance_says_that_it_balances(desk: Client, give: Give) -> None:
    give(1234)
    html = text(desk, "trial-balance/")
    assert "The books balance" in html
    assert "+1,234" in html
    assert "−1,234" in html


@pytest.mark.parametrize(
    "asked",
    [
        "first=2026-02-30",
        "first=x&last=y",
        "last=2999-01-01",
        "first=2020-01-01&last=2022-01-01",
        "first=0001-01-01",
    ],
)
def test_unfit_days_are_said_and_the_usual_ones_shown(desk: Client, asked: str) -> None:
    answer = desk.get(f"/admin/ledger/trial-balance/?{asked}&export=csv")
    assert answer["Content-Type"].startswith("text/html")
    assert answer.context["form"].errors
    assert "The books balance" in answer.content.decode()


def test_the_reports_come_as_csv_in_plain_numbers(desk: Client, reader: User, give: Give, take: Give) -> None:
    give(10)
    give(2, kind="paid")
    take(4)
    sheet = desk.get("/admin/ledger/liability/?export=csv").content.decode("utf-8-sig")
    assert '"Granted or bought",10,2,12' in sheet
    assert '"Spent",-4,0,-4' in sheet
    assert '"Outstanding",6,2,8' in sheet
    balance = desk.get("/admin/ledger/trial-balance/?export=csv")
    assert b",8,0,-10,-2,4,0,0" in balance.content


def test_of_what_is_outstanding_closed_accounts_are_told_apart(
    desk: Client, reader: User, second: User, give: Give
) -> None:
    give(3)
    give(4, wallet_id=second.wallet_id)
    close_account(reader)
    report = desk.get("/admin/ledger/liability/").context["report"]
    assert (report.outstanding.total, report.closed.total) == (7, 3)


@pytest.mark.parametrize(
    "address", ["", "wallets/{wallet}/", "trial-balance/", "liability/", "staff/", "?q=present"]
)
def test_a_page_costs_as_many_queries_however_many_rows(
    desk: Client, reader: User, second: User, give: Give, take: Give, address: str
) -> None:
    def cost() -> int:
        with counted() as queries:
            assert desk.get(f"/admin/ledger/{address.format(wallet=reader.wallet_id)}").status_code == 200
        return len(queries)

    def grow() -> None:
        give(5)
        give(1, wallet_id=second.wallet_id)
        take(1)
        desk.post("/admin/ledger/grant/", asked_for(1))

    grow()
    cost()
    few = cost()
    for _ in range(4):
        grow()
    assert cost() == few


def counted() -> Any:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    return CaptureQueriesContext(connection)
