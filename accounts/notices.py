"""Credits that will expire are told of in time: by mail, 30 and 7 days before, one mail a reader a run.

A notice is recorded in the transaction that hands its mail over. If the mail server refuses, nothing is
recorded and the next run sends it. Only a process killed in the instant between the two would send a mail
twice, and the second has the Message-ID of the first.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import F, OuterRef, QuerySet, Subquery
from django.urls import reverse
from django.utils import timezone

from credits.models import CreditLot, LotMovement

from .mail_runs import Run, send_each
from .models import ExpiryNotice, User
from .turns import take_turn

THRESHOLDS = (30, 7)


@dataclass(frozen=True, kw_only=True)
class Expiring:
    """What is left of a lot, and the thresholds that its reader has not been told of."""

    credits: int
    expires_at: datetime
    filled_by: int
    thresholds: tuple[int, ...]


def send_notices(now: datetime | None = None) -> Run:
    now = now or timezone.now()
    waiting = list(readers_with_expiring_credits(now).values_list("pk", flat=True))
    return send_each(waiting, lambda reader_id: send_notice(reader_id, now))


def send_notice(reader_id: int, now: datetime) -> bool:
    """Tell one reader all that they have not been told of. A twin waits, and finds nothing to tell."""
    with transaction.atomic():
        take_turn(f"expiry notices of {reader_id}")
        reader = active().filter(pk=reader_id).first()
        found = list(untold(reader, now)) if reader else []
        if reader and found:
            record(reader, found)
            message(reader, found).send()
        return bool(found)


def active() -> QuerySet[User]:
    return User.objects.filter(is_active=True, closed_at=None)


def readers_with_expiring_credits(now: datetime) -> QuerySet[User]:
    wallets = expiring_lots(now).values("wallet")
    return active().filter(wallet__in=wallets).order_by("pk")


def expiring_lots(now: datetime) -> QuerySet[CreditLot]:
    soon = now + timedelta(days=max(THRESHOLDS))
    return CreditLot.objects.spendable(now).filter(expires_at__lte=soon)


def untold(reader: User, now: datetime) -> Iterator[Expiring]:
    filling = LotMovement.objects.filter(lot=OuterRef("pk"), amount=F("remaining_after"), amount__gt=0)
    latest = filling.order_by("-id")[:1]
    lots = expiring_lots(now).filter(wallet=reader.wallet_id).order_by("expires_at", "id")
    for lot in lots.annotate(
        filled_by=Subquery(latest.values("id")),
        filled_in=Subquery(latest.values("transaction_id")),
        filled_at=Subquery(latest.values("transaction__created_at")),
    ):
        assert lot.expires_at is not None
        told = ExpiryNotice.objects.filter(filled_by=lot.filled_by).values_list("days", flat=True)
        again = lot.filled_in != lot.transaction_id
        thresholds = reached(lot.expires_at, filled_at=lot.filled_at, again=again, now=now)
        if missing := tuple(days for days in thresholds if days not in told):
            yield Expiring(
                credits=lot.remaining,
                expires_at=lot.expires_at,
                filled_by=lot.filled_by,
                thresholds=missing,
            )


def reached(expires_at: datetime, *, filled_at: datetime, again: bool, now: datetime) -> list[int]:
    """The thresholds that have come. One that had passed when the credits came in is not made up for,
    save the last one for credits that came back: nobody told their reader of the expiry again."""
    come = [days for days in THRESHOLDS if now >= expires_at - timedelta(days=days)]
    meant = [days for days in come if filled_at <= expires_at - timedelta(days=days)]
    last = min(THRESHOLDS)
    return [last] if again and last in come and not meant else meant


def record(reader: User, found: list[Expiring]) -> None:
    ExpiryNotice.objects.bulk_create(
        ExpiryNotice(reader=reader, filled_by_id=one.filled_by, days=days, credits=one.credits)
        for one in found
        for days in one.thresholds
    )


def message(reader: User, found: list[Expiring]) -> EmailMessage:
    context = {
        "site_name": settings.WAGTAIL_SITE_NAME,
        "support_email": settings.SUPPORT_EMAIL,
        "zone": timezone.get_current_timezone_name(),
        "found": found,
        "total": sum(one.credits for one in found),
        "first": found[0],
        "briefings": f"{settings.BASE_URL}/",
        "wallet": settings.BASE_URL + reverse("wallet"),
    }
    headers = {"Message-ID": message_id(found), "Auto-Submitted": "auto-generated"}
    rendered: EmailMessage = get_adapter().render_mail(
        "accounts/email/credits_expire", reader.email, context, headers
    )
    return rendered


def message_id(found: list[Expiring]) -> str:
    told = ",".join(f"{one.filled_by}:{days}" for one in found for days in one.thresholds)
    digest = hashlib.sha256(told.encode()).hexdigest()[:32]
    return f"<expiry.{digest}@{urlsplit(settings.BASE_URL).hostname}>"
