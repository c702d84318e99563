"""The credits a new reader starts with: once for a mailbox, for ever, and once for a reader."""

import hashlib
import hmac
from datetime import datetime, timedelta

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from credits import ledger
from credits.errors import KeyReused
from credits.models import LedgerEntry, LotKind
from credits.statements import joined

from .addresses import mailbox
from .models import User

KEY = "starter:"


def grant_starter(user: User) -> bool:
    """Give the starter credits and say whether they were given now.

    The ledger keeps the key after the account is gone, so a mailbox that returns gets nothing again.
    """
    if not settings.STARTER_CREDITS or has_starter(user):
        return False
    address = EmailAddress.objects.filter(user=user, verified=True).order_by("-primary", "pk").first()
    return address is not None and post_starter(user, address.email)


def has_starter(user: User) -> bool:
    """Also by an account that was merged into this one."""
    return LedgerEntry.objects.filter(
        account_id__in=joined(user.wallet_id), transaction__idempotency_key__startswith=KEY
    ).exists()


def post_starter(user: User, email: str) -> bool:
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)
        if has_starter(user):
            return False
        try:
            posting = ledger.grant(
                wallet_id=user.wallet_id,
                amount=settings.STARTER_CREDITS,
                kind=LotKind.PROMOTIONAL,
                reason="Starter credits",
                key=starter_key(email),
                expires_at=starter_expiry(),
            )
        except KeyReused:
            return False
    return posting.created


def starter_key(email: str) -> str:
    """Without the pepper nobody can tell from the ledger whether an address was ever here."""
    pepper = (settings.STARTER_PEPPER or settings.SECRET_KEY).encode()
    return KEY + hmac.new(pepper, mailbox(email).encode(), hashlib.sha256).hexdigest()


def starter_expiry() -> datetime | None:
    days = settings.STARTER_CREDITS_DAYS
    return timezone.now() + timedelta(days=days) if days else None
