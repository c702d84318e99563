"""A pack for somebody else. Its credits wait in a wallet of its own, which the claim merges into theirs.

Merged and not transferred: what reaches the gift's wallet later (a bonus, a reversal) goes on to whoever
claimed it, a refund or a lost dispute finds the lots where they went, and a freeze holds whoever has them.
"""

import hashlib
import secrets
from datetime import date

from django.db import transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac

from credits import ledger
from credits.ledger import open_wallet
from credits.statements import spendable

from ..models import User
from .models import Gift, Order


class GiftRefused(Exception):
    """Nothing moved. The text says why, and is for the reader's eyes."""


def prepare(
    order: Order,
    *,
    giver_name: str,
    recipient_name: str,
    recipient_email: str,
    message: str,
    deliver_on: date,
) -> Gift:
    """In the transaction that writes the order. Nothing is sent before it is paid."""
    return Gift.objects.create(
        order=order,
        wallet=open_wallet(),
        token_digest=digest(token_of(order)),
        giver_name=giver_name,
        recipient_name=recipient_name,
        recipient_email=recipient_email.lower(),
        message=message,
        deliver_on=deliver_on,
    )


def wallet_of(order: Order) -> int:
    """Where the order's credits are granted. The ledger passes them on once they were claimed."""
    return order.gift.wallet_id


def token_of(order: Order) -> str:
    """What the link holds: made anew from the secret key each time, and stored nowhere."""
    return salted_hmac("accounts.billing.gifts", str(order.key), algorithm="sha256").hexdigest()


def digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def link_holds(gift: Gift) -> bool:
    """False once the secret key was changed: a link that was sent before still opens, a new one would not."""
    return secrets.compare_digest(gift.token_digest, digest(token_of(gift.order)))


def by_token(token: str) -> Gift | None:
    found = Gift.objects.select_related("order", "claimed_by", "wallet")
    return found.filter(token_digest=digest(token)).first()


def held(gift: Gift) -> int:
    """Credits in it: less than were bought after a part was paid back, none before the payment is in."""
    return spendable(gift.wallet_id)


def can_be_claimed(gift: Gift) -> bool:
    return gift.claimed_at is None and gift.order.granted_id is not None and held(gift) > 0


def claim(gift: Gift, *, reader: User) -> int:
    """The credits that came. Once: who asks again after that is told so.

    Raises `GiftRefused`, and `Frozen` where either wallet is on hold.
    """
    with transaction.atomic():
        gift = Gift.objects.select_for_update(of=("self",)).select_related("order").get(pk=gift.pk)
        if gift.claimed_at:
            raise GiftRefused("This gift has been claimed already.")
        ledger.lock_wallets(gift.wallet_id, reader.wallet_id)
        number = held(gift)
        if not number or gift.order.granted_id is None:
            raise GiftRefused("There is nothing in this gift to claim.")
        ledger.merge(
            source_id=gift.wallet_id,
            target_id=reader.wallet_id,
            key=f"gift:{gift.order.key}",
            # No name: the ledger forgets nobody.
            reason="A gift",
        )
        gift.claimed_by, gift.claimed_at = reader, timezone.now()
        gift.save(update_fields=["claimed_by", "claimed_at"])
    return number
