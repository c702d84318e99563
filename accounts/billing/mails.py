"""Mail about money: receipts, gifts, withdrawals, payments that failed, free days that begin and end.

A mail is owed by a row and marked in the transaction that hands it over, as in `accounts/notices.py`: if the
mail server refuses, or the sender is killed, the next run sends it. A mail sent twice for a kill in that
instant has the Message-ID of the first.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from .. import money
from ..mail_runs import Run, send_each
from ..models import User
from . import gifts
from .models import BillingNotice, Gift, Order, Receipt, Subscription, Withdrawal
from .receipt_paper import draw, file_name

A_RUN = 200
# After that a mail would only confuse; receipts stay in the account.
TOO_LATE = timedelta(days=14)
MOST_TRIES = 50
TRIAL_NOTICE = timedelta(days=3)
# Nobody is to be pestered through us by a giver: to one address once a day.
BETWEEN_GIFTS = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Box:
    """One kind of mail. ``send`` marks its row, which is locked, and hands the mail over."""

    due: Callable[[datetime], QuerySet[Any]]
    send: Callable[[Any, datetime], None]
    counts: str = ""


def send_due(now: datetime | None = None) -> Run:
    now = now or timezone.now()
    total = Run()
    for box in BOXES:
        run = send_each(list(box.due(now).values_list("pk", flat=True)[:A_RUN]), sender(box, now))
        total.sent += run.sent
        total.failed += run.failed
        total.left += run.left
        total.first_trouble = total.first_trouble or run.first_trouble
    return total


def sender(box: Box, now: datetime) -> Callable[[int], bool]:
    def send(row_id: int) -> bool:
        try:
            return send_one(box, row_id, now)
        except (OSError, ValueError):
            if box.counts:
                rows = box.due(now).model._default_manager.filter(pk=row_id)
                rows.update(**{box.counts: F(box.counts) + 1})
            raise

    return send


@transaction.atomic
def send_one(box: Box, row_id: int, now: datetime) -> bool:
    """A twin that sends it holds the row: it is passed by."""
    found = box.due(now).filter(pk=row_id)
    row = found.select_for_update(skip_locked=True, of=("self",), no_key=True).first()
    if row is not None:
        box.send(row, now)
    return row is not None


# Not to who left: their address is gone. They may write to us for a copy.
HAS_AN_ADDRESS = Q(reader__closed_at=None) | Q(
    reader__merged_into__isnull=False, reader__merged_into__closed_at=None
)


def address_of(reader: User) -> str:
    while reader.merged_into:
        reader = reader.merged_into
    return reader.email


def receipts_due(now: datetime) -> QuerySet[Receipt]:
    fresh = Receipt.objects.filter(mailed_at=None, issued_at__gt=now - TOO_LATE, mail_attempts__lt=MOST_TRIES)
    here = fresh.filter(HAS_AN_ADDRESS).select_related("reader", "corrects")
    return here.order_by("mail_attempts", "pk")


def send_receipt(receipt: Receipt, now: datetime) -> None:
    receipt.mailed_at = now
    receipt.save(update_fields=["mailed_at"])
    context = {
        "receipt": receipt,
        "total": money.exact(receipt.total, receipt.currency),
        "url": absolute("receipt", receipt.number),
    }
    message = write("receipt", address_of(receipt.reader), context, about=f"receipt:{receipt.number}")
    message.attach(file_name(receipt), draw(receipt), "application/pdf")
    message.send()


def gifts_due(now: datetime) -> QuerySet[Gift]:
    paid = Gift.objects.filter(order__state=Order.State.PAID, order__granted__isnull=False)
    returned = Q(order__amount_refunded__gt=0, order__amount_refunded__gte=F("order__amount_paid"))
    due = paid.filter(
        sent_at=None,
        claimed_at=None,
        deliver_on__lte=timezone.localdate(now),
        send_attempts__lt=MOST_TRIES,
    ).exclude(returned | Q(order__withdrawal__isnull=False))
    lately = Gift.objects.filter(
        order__reader=OuterRef("order__reader"),
        recipient_email=OuterRef("recipient_email"),
        sent_at__gt=now - BETWEEN_GIFTS,
    )
    return due.exclude(Exists(lately)).select_related("order").order_by("send_attempts", "pk")


def send_gift(gift: Gift, now: datetime) -> None:
    """A link made with a secret key that has changed since is made anew, for nobody has it yet."""
    token = gifts.token_of(gift.order)
    gift.token_digest, gift.sent_at = gifts.digest(token), now
    gift.save(update_fields=["token_digest", "sent_at"])
    context = {"gift": gift, "order": gift.order, "url": absolute("gift", token)}
    write("gift", gift.recipient_email, context, about=f"gift:{gift.order.key}").send()


def withdrawals_due(now: datetime) -> QuerySet[Withdrawal]:
    waiting = Withdrawal.objects.filter(HAS_AN_ADDRESS, confirmed_at=None)
    return waiting.select_related("reader").order_by("pk")


def send_confirmation(withdrawal: Withdrawal, now: datetime) -> None:
    withdrawal.confirmed_at = now
    withdrawal.save(update_fields=["confirmed_at"])
    context = {
        "withdrawal": withdrawal,
        "gift": getattr(withdrawal.order, "gift", None),
        "amount": money.exact(withdrawal.amount, withdrawal.currency),
        "zone": timezone.get_current_timezone_name(),
    }
    address = address_of(withdrawal.reader)
    write("withdrawal", address, context, about=f"withdrawal:{withdrawal.pk}").send()


def debits_due(now: datetime) -> QuerySet[Order]:
    """What failed when its reader had left; a card is refused at once. Of a club's `failures_due` knows."""
    failed = Order.objects.filter(HAS_AN_ADDRESS, state=Order.State.FAILED, parked_because="")
    fresh = failed.filter(failure_told_at=None, looked_at__gt=now - TOO_LATE)
    return fresh.exclude(what=Order.What.CLUB).select_related("reader").order_by("pk")


def send_debit_failure(order: Order, now: datetime) -> None:
    order.failure_told_at = now
    order.save(update_fields=["failure_told_at"])
    context = {
        "order": order,
        "price": money.exact(order.amount, order.currency),
        "url": absolute("order", str(order.key)),
    }
    address = address_of(order.reader)
    write("debit_failed", address, context, about=f"debit_failed:{order.key}").send()


def failures_due(now: datetime) -> QuerySet[Subscription]:
    told = BillingNotice.objects.filter(
        subscription=OuterRef("pk"),
        kind=BillingNotice.Kind.PAYMENT_FAILED,
        about=OuterRef("past_due_since"),
    )
    failing = members().filter(status="past_due", past_due_since__gt=now - TOO_LATE)
    return failing.exclude(Exists(told))


def send_failure(subscription: Subscription, now: datetime) -> None:
    since = subscription.past_due_since
    assert since is not None
    membership = subscription.membership
    context = {"open_until": membership.ends_at if membership and membership.is_live(now) else None}
    tell(subscription, BillingNotice.Kind.PAYMENT_FAILED, since, context, template="payment_failed")


def begun_due(now: datetime) -> QuerySet[Subscription]:
    """A payment at once is told of by its receipt. Where the reader has cancelled already it is too late."""
    told = BillingNotice.objects.filter(subscription=OuterRef("pk"), kind=BillingNotice.Kind.JOINED)
    free = members().filter(status="trialing", created_at__gt=now - TOO_LATE, trial_end__gt=now)
    return free.filter(cancel_at=None).exclude(Exists(told))


def send_begun(subscription: Subscription, now: datetime) -> None:
    context = {
        "ends": subscription.trial_end,
        "price": price_of(subscription),
        "withdraw_url": absolute("withdraw"),
    }
    tell(subscription, BillingNotice.Kind.JOINED, subscription.created_at, context, template="trial_begun")


def trials_due(now: datetime) -> QuerySet[Subscription]:
    """Where the reader has cancelled already there is nothing to warn of."""
    told = BillingNotice.objects.filter(
        subscription=OuterRef("pk"), kind=BillingNotice.Kind.TRIAL_ENDS, about=OuterRef("trial_end")
    )
    soon = members().filter(status="trialing", trial_end__gt=now, trial_end__lte=now + TRIAL_NOTICE)
    return soon.filter(cancel_at=None).exclude(Exists(told))


def send_trial_ending(subscription: Subscription, now: datetime) -> None:
    assert subscription.trial_end is not None
    context = {"ends": subscription.trial_end, "price": price_of(subscription)}
    tell(subscription, BillingNotice.Kind.TRIAL_ENDS, subscription.trial_end, context, template="trial_ends")


def tell(
    subscription: Subscription, kind: str, about: datetime, context: dict[str, Any], *, template: str
) -> None:
    BillingNotice.objects.create(subscription=subscription, kind=kind, about=about)
    context |= {
        "tier": subscription.tier,
        "zone": timezone.get_current_timezone_name(),
        "url": absolute("club"),
    }
    key = f"{kind}:{subscription.pk}:{about.isoformat()}"
    write(template, subscription.reader.email, context, about=key).send()


def members() -> QuerySet[Subscription]:
    living = Subscription.objects.living().filter(end_because="", tier__isnull=False)
    return living.filter(reader__closed_at=None, reader__is_active=True).select_related(
        "reader", "tier", "membership"
    )


def price_of(subscription: Subscription) -> str:
    tier = subscription.tier
    assert tier is not None
    yearly = subscription.interval == "year"
    amount = tier.price_yearly if yearly else tier.price_monthly
    return f"{tier.shown(amount)} {'a year' if yearly else 'a month'}" if amount else ""


def write(template: str, address: str, context: dict[str, Any], *, about: str) -> EmailMessage:
    context |= {"site_name": settings.WAGTAIL_SITE_NAME, "support_email": settings.SUPPORT_EMAIL}
    headers = {"Message-ID": message_id(about), "Auto-Submitted": "auto-generated"}
    rendered: EmailMessage = get_adapter().render_mail(
        f"accounts/email/{template}", address, context, headers
    )
    return rendered


def message_id(about: str) -> str:
    digest = hashlib.sha256(about.encode()).hexdigest()[:32]
    return f"<billing.{digest}@{urlsplit(settings.BASE_URL).hostname}>"


def absolute(name: str, *arguments: str) -> str:
    return f"{settings.BASE_URL}{reverse(name, args=arguments)}"


BOXES = (
    Box(due=withdrawals_due, send=send_confirmation),
    Box(due=gifts_due, send=send_gift, counts="send_attempts"),
    Box(due=receipts_due, send=send_receipt, counts="mail_attempts"),
    Box(due=debits_due, send=send_debit_failure),
    Box(due=failures_due, send=send_failure),
    Box(due=begun_due, send=send_begun),
    Box(due=trials_due, send=send_trial_ending),
)
