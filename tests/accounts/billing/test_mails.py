"""Mail about money is sent once for each row that owes it, and no refusal loses any."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.billing import gifts, receipts
from accounts.billing.mails import send_due
from accounts.billing.models import Gift, Order, Receipt, Subscription, Withdrawal
from accounts.closing import close_account
from accounts.merging import merge_readers
from accounts.models import Membership, Tier, User

from ..conftest import make_reader
from .test_gifts import gift_of
from .test_receipts import order_of, paid, receipt_over

pytestmark = pytest.mark.django_db


class Refuses(BaseEmailBackend):
    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        raise ConnectionRefusedError("no")


def in_days(days: float) -> datetime:
    return timezone.now() + timedelta(days=days)


def club_of(reader: User, **fields: Any) -> Subscription:
    club = {"name": "Club", "price_monthly": 800}
    tier, _ = Tier.objects.get_or_create(slug="club", defaults=club)
    basics = {
        "stripe_id": "sub_1",
        "reader": reader,
        "tier": tier,
        "interval": "month",
        "status": "active",
        "created_at": in_days(-3),
        "period_start": in_days(-3),
        "period_end": in_days(27),
        "looked_at": timezone.now(),
    }
    return Subscription.objects.create(**basics | fields)


def withdrawn(reader: User) -> Withdrawal:
    order = order_of(reader)
    return Withdrawal.objects.create(
        order=order, reader=reader, statement="I withdraw.", credits=7, amount=700, currency="GBP"
    )


def test_a_receipt_is_mailed_once_with_its_pdf(reader: User) -> None:
    receipt = receipt_over(reader)
    assert send_due(receipt.issued_at).sent == 1
    assert send_due(receipt.issued_at).sent == 0
    (sent,) = mail.outbox
    assert sent.to == [reader.email]
    assert sent.subject == f"Receipt {receipt.number} from Marquee"
    assert "£10.00" in sent.body
    name, content, kind = sent.attachments[0]
    assert (name, kind) == (f"marquee-receipt-{receipt.number}.pdf", "application/pdf")
    assert bytes(content).startswith(b"%PDF")  # type: ignore[arg-type]


def test_a_credit_note_says_what_it_corrects(reader: User) -> None:
    receipt = receipt_over(reader)
    note = receipts.credit(receipt, refund_id="re_1", amount=250, when=receipt.issued_at)
    send_due(receipt.issued_at)
    assert mail.outbox[1].subject == f"Credit note {note.number} from Marquee"
    assert f"for receipt {receipt.number}" in mail.outbox[1].body
    assert "−£2.50" in mail.outbox[1].body


def test_a_gift_is_mailed_on_its_day_and_its_link_opens_it(reader: User) -> None:
    gift = gift_of(reader, days=2)
    assert send_due(in_days(1)).sent == 0
    assert send_due(in_days(2)).sent == 1
    (sent,) = mail.outbox
    assert sent.to == ["friend@example.com"]
    assert sent.subject == "R. Eader gives you 10 credits on Marquee"
    assert "With thanks." in sent.body
    link = next(line for line in sent.body.splitlines() if "/gift/" in line)
    assert gifts.by_token(link.rstrip("/").rsplit("/", 1)[1]) == gift


def test_an_unsent_gift_is_mailed_with_a_link_of_the_secret_key_that_counts_now(
    reader: User, settings: Any
) -> None:
    gift = gift_of(reader)
    settings.SECRET_KEY = "another"
    send_due()
    gift.refresh_from_db()
    assert gifts.link_holds(gift)


@pytest.mark.parametrize("state", ["unpaid", "returned", "claimed", "withdrawn"])
def test_a_gift_that_holds_nothing_is_not_mailed(reader: User, state: str) -> None:
    gift = gift_of(reader, paid=state != "unpaid")
    if state == "claimed":
        gifts.claim(gift, reader=reader)
    if state == "withdrawn":
        words = {"statement": "I withdraw.", "credits": 7, "amount": 700, "currency": "GBP"}
        Withdrawal.objects.create(order=gift.order, reader=reader, confirmed_at=timezone.now(), **words)
    if state == "returned":
        Order.objects.filter(pk=gift.order.pk).update(amount_paid=1000, amount_refunded=1000)
    assert send_due().sent == 0


def test_one_address_gets_one_gift_a_day_of_one_giver(reader: User) -> None:
    gift_of(reader)
    gift_of(reader)
    gift_of(make_reader("another@example.com"))
    assert send_due().sent == 2
    assert send_due(in_days(0.9)).sent == 0
    assert send_due(in_days(1.1)).sent == 1


def test_a_withdrawal_is_confirmed_with_its_words_day_and_time(reader: User) -> None:
    withdrawal = withdrawn(reader)
    send_due()
    send_due()
    (sent,) = mail.outbox
    for said in ("I withdraw.", f"{timezone.localtime(withdrawal.asked_at):%H:%M:%S}", "£7.00", "7 unspent"):
        assert said in sent.body


def test_a_failed_payment_is_told_of_once_for_each_time(reader: User) -> None:
    since = in_days(-1)
    club = club_of(reader, status="past_due", past_due_since=since)
    club.membership = Membership.objects.create(
        reader=reader, tier=club.tier, source="paid", ends_at=since + timedelta(days=7)
    )
    club.save()
    assert [send_due().sent, send_due().sent] == [1, 0]
    assert f"Until {since + timedelta(days=7):%-d %B %Y}" in mail.outbox[0].body
    Subscription.objects.filter(pk=club.pk).update(past_due_since=in_days(-0.5))
    assert send_due().sent == 1


@pytest.mark.parametrize("amiss", ["", "set aside", "of a club", "long ago", "paid after all"])
def test_a_debit_that_failed_is_told_of_once(reader: User, amiss: str) -> None:
    order = order_of(reader, state=Order.State.FAILED, looked_at=timezone.now())
    changed: dict[str, dict[str, Any]] = {
        "": {},
        "set aside": {"parked_because": "amount 1 instead of 1000"},
        "of a club": {
            "what": Order.What.CLUB,
            "tier": Tier.objects.create(name="Club", slug="club", price_monthly=800),
            "interval": "month",
            "pack": None,
            "credits": 0,
            "bonus": 0,
        },
        "long ago": {"looked_at": in_days(-15)},
        "paid after all": {"state": Order.State.PAID},
    }
    Order.objects.filter(pk=order.pk).update(**changed[amiss])
    assert [send_due().sent, send_due().sent] == [0 if amiss else 1, 0]
    for sent in mail.outbox:
        assert (sent.to, sent.subject) == ([reader.email], f"Your payment for {order.title} failed")
        assert "£10.00" in sent.body
        assert f"/credits/orders/{order.key}/" in sent.body


@pytest.mark.parametrize("amiss", ["", "cancelled", "being ended", "paid", "long ago", "over"])
def test_who_joins_with_free_days_is_told_once_what_they_agreed_to(reader: User, amiss: str) -> None:
    changed: dict[str, dict[str, Any]] = {
        "": {},
        "cancelled": {"cancel_at": in_days(20)},
        "being ended": {"end_because": "withdrawn", "end_asked_at": timezone.now()},
        "paid": {"status": "active"},
        "long ago": {"created_at": in_days(-15)},
        "over": {"trial_end": in_days(-0.1)},
    }
    ends = in_days(20)
    club = club_of(reader, **{"status": "trialing", "trial_end": ends} | changed[amiss])
    assert [send_due().sent, send_due().sent] == [0 if amiss else 1, 0]
    for sent in mail.outbox:
        assert (sent.to, sent.subject) == ([reader.email], "Your free days at Club have begun")
        until = f"It is free until {timezone.localtime(ends):%-d %B %Y}"
        for said in (until, "£8 a month", "/club/", "/account/withdraw/", "within 14 days"):
            assert said in sent.body
    Subscription.objects.filter(pk=club.pk).update(trial_end=in_days(25))
    assert send_due().sent == (1 if amiss == "over" else 0)


def test_the_end_of_free_days_is_told_of_three_days_before_unless_the_reader_leaves(reader: User) -> None:
    club = club_of(reader, status="trialing", created_at=in_days(-15), trial_end=in_days(7))
    assert send_due(in_days(3.9)).sent == 0
    Subscription.objects.filter(pk=club.pk).update(cancel_at=in_days(7))
    assert send_due(in_days(4.1)).sent == 0
    Subscription.objects.filter(pk=club.pk).update(cancel_at=None)
    assert [send_due(in_days(4.1)).sent, send_due(in_days(5)).sent] == [1, 0]
    assert "£8 a month" in mail.outbox[0].body


def test_a_mail_server_that_refuses_loses_nothing(
    reader: User, settings: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    receipts.for_order(order := order_of(reader, paid_at=timezone.now()), paid(order))
    gift_of(reader)
    withdrawn(reader)
    settings.EMAIL_BACKEND = f"{__name__}.Refuses"
    with pytest.raises(CommandError, match=r"3 could not be sent \(ConnectionRefusedError\)"):
        call_command("send_billing_mail")
    assert Receipt.objects.get().mail_attempts == Gift.objects.get().send_attempts == 1
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    call_command("send_billing_mail")
    assert capsys.readouterr().out.endswith("3 mails sent.\n")


def test_who_left_is_not_mailed_and_who_was_joined_is_mailed_as_who_they_are_now(reader: User) -> None:
    gone, other = make_reader("gone@example.com"), make_reader("old@example.com")
    for someone in (gone, other):
        receipts.for_order(order := order_of(someone, paid_at=timezone.now()), paid(order))
    close_account(gone)
    merge_readers(source=other, target=reader, by=None, reason="One person")
    assert send_due().sent == 1
    assert mail.outbox[0].to == [reader.email]
