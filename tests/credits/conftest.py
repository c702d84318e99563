from collections.abc import Callable
from datetime import timedelta
from itertools import count

import pytest
from django.utils import timezone

from credits import ledger
from credits.ledger import Posting
from credits.models import LotKind

Give = Callable[..., Posting]


@pytest.fixture
def wallet(db: None) -> int:
    return ledger.open_wallet().pk


@pytest.fixture
def give(wallet: int) -> Give:
    """Grant credits to the wallet; `days` until they expire, for ever if None."""
    keys = count()

    def grant(amount: int, kind: LotKind = LotKind.PROMOTIONAL, *, days: float | None = None) -> Posting:
        expires_at = None if days is None else timezone.now() + timedelta(days=days)
        return ledger.grant(
            wallet_id=wallet,
            amount=amount,
            kind=kind,
            reason="A present",
            key=f"test:give:{next(keys)}",
            expires_at=expires_at,
        )

    return grant


@pytest.fixture
def take(wallet: int) -> Give:
    keys = count()

    def spend(amount: int) -> Posting:
        return ledger.spend(wallet_id=wallet, amount=amount, key=f"test:take:{next(keys)}", reason="Unlocked")

    return spend
