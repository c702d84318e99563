from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone
from wagtail.models import ModelLogEntry

from accounts.closing import close_account
from accounts.desk.asking import ask_grant
from accounts.desk.refusals import ClosedAccount
from accounts.models import StaffPosting, User
from credits.models import CreditLot, LedgerTransaction
from credits.statements import spendable

from .conftest import asked_for, at_the_desk

pytestmark = pytest.mark.django_db
GRANT = "/admin/ledger/grant/"


def test_a_grant_reaches_the_wallet_and_is_recorded(desk: Client, keeper: User, reader: User) -> None:
    answer = desk.post(GRANT, asked_for(5, email="Reader@Example.com"))
    posting = StaffPosting.objects.get()
    assert answer.url == f"/admin/ledger/staff/{posting.pk}/"
    assert (posting.reader, posting.asked_by, posting.amount, posting.kind) == (
        reader,
        keeper,
        5,
        "promotional",
    )
    assert posting.posted.idempotency_key == f"staff:{posting.key}"
    assert posting.posted.reason == "For the talk"
    assert spendable(reader.wallet_id) == 5
    assert "For the talk" in desk.get(answer.url).content.decode()


def test_it_stands_in_the_audit_log_without_an_address(desk: Client, keeper: User, reader: User) -> None:
    desk.post(GRANT, asked_for(5))
    entry = ModelLogEntry.objects.get(action="staff_posting.post")
    assert (entry.user, entry.label) == (keeper, "Grant of 5")
    assert "@" not in str(entry.data)
    assert (
        "Posted: For the talk"
        in desk.get(f"/admin/ledger/staff/{StaffPosting.objects.get().pk}/history/").content.decode()
    )


def test_the_same_form_sent_twice_grants_once(desk: Client, reader: User) -> None:
    form = asked_for(5)
    first, again = desk.post(GRANT, form), desk.post(GRANT, form)
    assert first.url == again.url
    assert spendable(reader.wallet_id) == 5


def test_the_same_form_with_another_number_is_refused_and_keeps_what_was_typed(
    desk: Client, reader: User
) -> None:
    form = asked_for(5)
    desk.post(GRANT, form)
    html = desk.post(GRANT, form | {"amount": 6}).content.decode()
    assert "was sent before with something else" in html
    assert "For the talk" in html
    assert spendable(reader.wallet_id) == 5


def test_credits_can_have_a_last_day(desk: Client, reader: User) -> None:
    day = timezone.now().date() + timedelta(days=3)
    desk.post(GRANT, asked_for(5, expires_on=day.isoformat()))
    assert CreditLot.objects.get().expires_at.date() == day


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"email": "nobody@example.com"}, "No reader has this address"),
        ({"amount": 0}, "greater than or equal to 1"),
        ({"amount": 1_000_001}, "less than or equal to 1000000"),
        ({"amount": "1.5"}, "whole number"),
        ({"reason": ""}, "required"),
        ({"reason": "x" * 201}, "at most 200"),
        ({"reason": "a\x00b"}, "Null characters"),
        ({"expires_on": "2026-01-01"}, "This day has passed"),
    ],
)
def test_what_cannot_be_granted_is_said_and_posts_nothing(
    desk: Client, reader: User, wrong: dict[str, object], said: str
) -> None:
    assert said in desk.post(GRANT, asked_for() | wrong).content.decode()
    assert not StaffPosting.objects.exists()
    assert not LedgerTransaction.objects.exists()


def test_the_page_brings_the_script_that_its_date_picker_calls(desk: Client) -> None:
    html = desk.get(GRANT).content.decode()
    assert "initDateChooser(" in html
    assert "js/date-time-chooser" in html


def test_above_100_it_waits_and_nothing_is_posted(desk: Client, reader: User) -> None:
    desk.post(GRANT, asked_for(101))
    posting = StaffPosting.objects.get()
    assert posting.waiting
    assert posting.waits_because == "amount"
    assert spendable(reader.wallet_id) == 0


def test_100_does_not_wait(desk: Client, reader: User) -> None:
    desk.post(GRANT, asked_for(100))
    assert spendable(reader.wallet_id) == 100


def test_parts_to_one_reader_within_a_day_count_together(desk: Client, reader: User) -> None:
    desk.post(GRANT, asked_for(60))
    desk.post(GRANT, asked_for(41))
    assert spendable(reader.wallet_id) == 60
    assert StaffPosting.objects.waiting().get().waits_because == "day"


def test_after_a_day_they_no_longer_count(desk: Client, keeper: User, reader: User, give) -> None:
    StaffPosting.objects.create(
        key=uuid4(), what="grant", reader=reader, amount=100, kind="promotional", reason="Long ago",
        asked_by=keeper, asked_at=timezone.now() - timedelta(hours=25), posted_id=give(100).transaction_id,
    )  # fmt: skip
    desk.post(GRANT, asked_for(100))
    assert spendable(reader.wallet_id) == 200


def test_what_others_gave_does_not_count(desk: Client, second: User, reader: User) -> None:
    desk.post(GRANT, asked_for(60))
    at_the_desk(second).post(GRANT, asked_for(60))
    assert spendable(reader.wallet_id) == 120


def test_ones_own_wallet_always_waits(desk: Client, keeper: User) -> None:
    desk.post(GRANT, asked_for(1, email=keeper.email))
    assert StaffPosting.objects.get().waits_because == "own"
    assert spendable(keeper.wallet_id) == 0


def test_a_closed_account_gets_nothing(keeper: User, reader: User) -> None:
    close_account(reader)
    with pytest.raises(ClosedAccount):
        ask_grant(key=uuid4(), reader=reader, amount=1, reason="Late", asked_by=keeper)


def test_the_wallets_page_names_the_reader_in_the_form(desk: Client, reader: User) -> None:
    assert "reader@example.com" in desk.get(f"{GRANT}?wallet={reader.wallet_id}").content.decode()
