"""Until when a subscription opens its tier: a rule over all that Stripe says of it, and nothing else."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from .objects import Invoice, SubscriptionState

# For a renewal whose news is late, and for a reader whose card was refused.
GRACE = timedelta(days=7)

PAID_FOR = ("trialing", "active")
REFUSED = "past_due"


def open_until(
    state: SubscriptionState, *, price_is_known: bool, unpaid_since: datetime | None
) -> datetime | None:
    """The end of what is open as things stand, past or to come; None where nothing is.

    A status, price or shape that we do not know opens nothing.
    """
    if not price_is_known or state.paused or state.items != 1:
        return None
    if state.status in PAID_FOR:
        graced = state.period_end + GRACE
    elif state.status == REFUSED:
        graced = (unpaid_since or state.period_start) + GRACE
    else:
        return None
    return min(graced, stops_at(state) or graced)


def stops_at(state: SubscriptionState) -> datetime | None:
    """When the reader's cancelling takes effect."""
    return state.cancel_at or (state.period_end if state.cancel_at_period_end else None)


def unpaid_since(invoices: Iterable[Invoice]) -> datetime | None:
    """When the oldest invoice was made that still waits for its money."""
    return min((invoice.created for invoice in invoices if waits_for_money(invoice)), default=None)


def waits_for_money(invoice: Invoice) -> bool:
    return invoice.status in ("open", "uncollectible") and invoice.amount_remaining > 0
