"""Spending on hold, wallet by wallet. PostgreSQL refuses a spend while one freeze of a wallet is open."""

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from .errors import InvalidText, NoSuchWallet
from .models import AccountFreeze, AccountKind, LedgerAccount

LONGEST_CAUSE = 100
LONGEST_DETAIL = 500


def freeze(wallet_id: int, *, cause: str, detail: str = "") -> AccountFreeze:
    """Put spending from a wallet on hold. The same cause twice is one freeze, which keeps its first detail.

    A wallet that was merged holds nothing: the one that holds its credits is frozen.
    """
    if not 0 < len(cause.strip()) <= LONGEST_CAUSE:
        raise InvalidText(f"a freeze needs a cause of at most {LONGEST_CAUSE} characters")
    wallet = _holder(wallet_id)
    # Against a twin the partial index stands; the loser of the race reads the winner's row.
    with transaction.atomic():
        AccountFreeze.objects.bulk_create(
            [AccountFreeze(wallet=wallet, cause=cause, detail=detail[:LONGEST_DETAIL])], ignore_conflicts=True
        )
    return AccountFreeze.objects.get(wallet=wallet, cause=cause, lifted_at__isnull=True)


def lift(wallet_id: int, *, because: str, cause: str | None = None) -> int:
    """Lift a wallet's open freezes, or the one of a cause, and return how many that were."""
    if not because.strip():
        raise InvalidText("a freeze is lifted for a reason")
    found = open_freezes(_holder(wallet_id).pk)
    if cause is not None:
        found = found.filter(cause=cause)
    return found.update(lifted_at=timezone.now(), lifted_because=because[:LONGEST_DETAIL])


def open_freezes(wallet_id: int | None = None) -> QuerySet[AccountFreeze]:
    found = AccountFreeze.objects.filter(lifted_at__isnull=True)
    return found if wallet_id is None else found.filter(wallet_id=wallet_id)


def _holder(wallet_id: int) -> LedgerAccount:
    wallet = LedgerAccount.objects.filter(pk=wallet_id, kind=AccountKind.WALLET).first()
    if wallet is None:
        raise NoSuchWallet("there is no such wallet")
    return wallet.holder
