"""What we said would be done at Stripe and is not yet: clubs to end, withdrawals to pay back."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from . import withdrawing
from .alerts import alert
from .errors import Foreign, NotSetUp, Parked, PaymentError, Unavailable
from .models import Subscription
from .subscribing import sync_subscription


@dataclass(kw_only=True)
class Kept:
    done: int = 0
    refused: int = 0


def keep() -> Kept:
    """Each on its own: one that Stripe refuses stops no other. Raises `Unavailable`, `NotSetUp`."""
    kept = Kept()
    for withdrawal in withdrawing.waiting():
        one(kept, f"withdrawal {withdrawal.pk}", partial(withdrawing.carry_out, withdrawal))
    for held in Subscription.objects.to_be_ended():
        one(kept, f"club {held.stripe_id}", partial(sync_subscription, held.stripe_id))
    return kept


def one(kept: Kept, what: str, act: Callable[[], object]) -> None:
    try:
        act()
        kept.done += 1
    except (Unavailable, NotSetUp):
        raise
    except (Foreign, Parked, PaymentError) as error:
        kept.refused += 1
        text = f"Of {what}: Stripe or our own books refuse what was promised.\n\n{error}"
        alert("a promise cannot be kept", text, key=f"promise:{what}")
