"""Credits that expire are told of 30 and 7 days before, once each, whatever happens to the job."""

import os
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest
from django.core import mail
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.closing import close_account
from accounts.mail_runs import PATIENCE
from accounts.models import ExpiryNotice, User
from accounts.notices import reached, send_notices
from credits import ledger
from credits.models import LotKind

from ..dying import started
from .conftest import make_reader
from .test_races import at_once

pytestmark = pytest.mark.django_db
keys = count()


def give(reader: User, amount: int = 3, *, days: float = 60, kind: LotKind = LotKind.PROMOTIONAL) -> int:
    expires_at = None if kind is LotKind.PAID else timezone.now() + timedelta(days=days)
    return ledger.grant(
        wallet_id=reader.wallet_id,
        amount=amount,
        kind=kind,
        reason="A present",
        key=f"notices:{next(keys)}",
        expires_at=expires_at,
    ).transaction_id


def spend(reader: User, amount: int = 3) -> int:
    key = f"notices:{next(keys)}"
    return ledger.spend(wallet_id=reader.wallet_id, amount=amount, key=key, reason="Unlocked").transaction_id


def give_back(transaction_id: int) -> None:
    ledger.reverse(transaction_id=transaction_id, key=f"notices:{next(keys)}", reason="A mistake of ours")


def days_on(days: float) -> datetime:
    return timezone.now() + timedelta(days=days)


def told() -> list[int]:
    return sorted(ExpiryNotice.objects.values_list("days", flat=True), reverse=True)


def test_a_lot_is_told_of_twice_and_no_more(reader: User) -> None:
    give(reader)
    for day in (29, 30.1, 31, 40, 53.1, 54, 59):
        send_notices(days_on(day))
    assert told() == [30, 7]
    assert len(mail.outbox) == 2


def test_the_mail_says_what_expires_when_and_how_to_spend_it(reader: User) -> None:
    give(reader, 3, days=20 + 30)
    give(reader, 1, days=21 + 30)
    give(reader, 9, kind=LotKind.PAID)
    send_notices(days_on(22))
    (sent,) = mail.outbox
    day = timezone.now() + timedelta(days=50)
    assert sent.to == ["reader@example.com"]
    assert sent.subject == f"4 credits expire from {day.day} {day:%B}"
    html = str(sent.alternatives[0][0])  # type: ignore[attr-defined]
    for body in (sent.body, html):
        for said in ("3 credits", "1 credit", f"{day.day} {day:%B %Y}", "UTC", "choose Unlock", "/credits/"):
            assert said in body
        assert "9" not in body.split("Until then")[0].replace(f"{day:%Y}", "").replace(f"{day:%H:%M}", "")
    assert sent.extra_headers["Message-ID"].startswith("<expiry.")


@pytest.mark.parametrize(
    ("days", "expected"), [(60, [30, 7]), (30, [30, 7]), (29, [7]), (8, [7]), (6, []), (0.5, [])]
)
def test_no_threshold_that_had_passed_at_the_grant_is_made_up_for(
    reader: User, days: float, expected: list[int]
) -> None:
    give(reader, days=days)
    for now in (0, days - 30 + 0.01, days - 7 + 0.01, days - 0.01):
        send_notices(days_on(max(now, 0.001)))
    assert told() == expected


def test_a_job_that_slept_sends_one_mail_for_both(reader: User) -> None:
    give(reader)
    send_notices(days_on(55))
    send_notices(days_on(56))
    assert told() == [30, 7]
    assert len(mail.outbox) == 1


def test_what_is_spent_paid_for_or_gone_is_not_told_of(reader: User) -> None:
    give(reader)
    spend(reader)
    give(reader, kind=LotKind.PAID)
    assert send_notices(days_on(55)).sent == 0
    assert send_notices(days_on(61)).sent == 0


def test_who_left_is_not_told(reader: User) -> None:
    give(reader)
    close_account(reader)
    barred = make_reader("barred@example.com", is_active=False)
    give(barred)
    assert send_notices(days_on(40)).sent == 0


def test_credits_that_come_back_to_an_empty_lot_are_told_of_again(reader: User) -> None:
    give(reader)
    spent = spend(reader)
    assert send_notices(days_on(31)).sent == 0
    give_back(spent)
    send_notices(days_on(32))
    give_back(spend(reader, 1))
    assert send_notices(days_on(33)).sent == 0
    give_back(spend(reader))
    assert send_notices(days_on(34)).sent == 1
    assert told() == [30, 30]


def test_credits_that_come_back_late_are_told_of_at_once() -> None:
    now = timezone.now()
    late = {"filled_at": now, "now": now}
    assert reached(now + timedelta(days=3), again=True, **late) == [7]
    assert reached(now + timedelta(days=3), again=False, **late) == []
    assert reached(now + timedelta(days=20), again=True, **late) == []


class Refuses(BaseEmailBackend):
    """A mail server that will not have anything for these."""

    refused = ("second@example.com",)

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        if email_messages[0].to[0].startswith(self.refused):
            raise ConnectionRefusedError("no")
        mail.outbox.extend(email_messages)
        return len(email_messages)


def three_readers() -> list[User]:
    readers = [make_reader(f"{name}@example.com") for name in ("first", "second", "third")]
    for reader in readers:
        give(reader)
    return readers


def at_day_40(monkeypatch: pytest.MonkeyPatch) -> None:
    then = days_on(40)
    monkeypatch.setattr("accounts.notices.timezone.now", lambda: then)


def test_a_refusal_stops_nobody_else_and_loses_nothing(
    settings: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    three_readers()
    at_day_40(monkeypatch)
    settings.EMAIL_BACKEND = "tests.accounts.test_notices.Refuses"
    with pytest.raises(CommandError, match=r"1 could not be sent \(ConnectionRefusedError\)"):
        call_command("send_expiry_notices")
    assert capsys.readouterr().out == "2 notices sent.\n"
    assert len(told()) == 2
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    call_command("send_expiry_notices")
    assert [message.to[0] for message in mail.outbox] == [
        "first@example.com",
        "third@example.com",
        "second@example.com",
    ]


def test_a_mail_server_that_is_down_is_not_asked_for_ever(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("accounts.mail_runs.PATIENCE", 2)
    monkeypatch.setattr(Refuses, "refused", ("first", "second", "third"))
    three_readers()
    settings.EMAIL_BACKEND = "tests.accounts.test_notices.Refuses"
    run = send_notices(days_on(40))
    assert (run.sent, run.failed, run.left) == (0, 2, 1)
    assert PATIENCE > 2


class Stalls(BaseEmailBackend):
    """Takes the first mail, and while it holds the second the process is killed."""

    pipe = -1
    taken = 0

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        os.write(Stalls.pipe, b".")
        Stalls.taken += 1
        if Stalls.taken == 2:
            os.read(os.pipe()[0], 1)
        return 1


@pytest.mark.django_db(transaction=True)
def test_a_job_that_is_killed_is_gone_on_with_and_repeats_nothing(settings: Any) -> None:
    three_readers()
    inbox, Stalls.pipe = os.pipe()
    settings.EMAIL_BACKEND = "tests.accounts.test_notices.Stalls"
    with started(lambda: send_notices(days_on(40))):
        assert os.read(inbox, 1) + os.read(inbox, 1) == b".."
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert len(told()) == 1
    assert send_notices(days_on(40)).sent == 2
    assert [message.to[0] for message in mail.outbox] == ["second@example.com", "third@example.com"]


@pytest.mark.django_db(transaction=True)
def test_two_jobs_at_once_tell_each_reader_once() -> None:
    three_readers()
    runs = at_once([lambda: send_notices(days_on(40))] * 4)
    assert sum(run.sent for run in runs) == len(mail.outbox) == len(told()) == 3
