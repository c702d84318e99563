"""All that Stripe says of one subscription, asked for together: itself, its invoices and their payments."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from .errors import NoSuchObject
from .gateway import clubs, payments
from .models.subscription import OVER
from .objects import Invoice, Payment, SubscriptionState

# A bank lets its customer dispute a payment for so long: https://docs.stripe.com/disputes/how-disputes-work
LOOKED_BACK = timedelta(days=540)


@dataclass(frozen=True, kw_only=True)
class Seen:
    """`payments` are by the id of the invoice that they paid. One of long ago is not there."""

    state: SubscriptionState
    invoices: tuple[Invoice, ...]
    payments: dict[str, Payment]

    @property
    def lives(self) -> bool:
        return self.state.status not in OVER


def look_at(stripe_id: str, *, now: datetime) -> Seen:
    """Raises `NoSuchObject`, `Unavailable`."""
    state = clubs.subscription(stripe_id)
    invoices = sorted(clubs.invoices(stripe_id), key=lambda one: (one.created, one.id), reverse=True)
    paid_by = {
        invoice.id: invoice.payment_intent_id
        for invoice in invoices
        if invoice.status == "paid" and invoice.payment_intent_id
    }
    by_intent = payments_of(state, set(paid_by.values()), since=now - LOOKED_BACK) if paid_by else {}
    return Seen(
        state=state,
        invoices=tuple(invoices),
        payments={one: by_intent[intent] for one, intent in paid_by.items() if intent in by_intent},
    )


def payments_of(state: SubscriptionState, intents: set[str], *, since: datetime) -> dict[str, Payment]:
    """All at once, or one by one where the customer is deleted and their payments are not."""
    try:
        return clubs.payments(state.customer_id, since=since)
    except NoSuchObject:
        return {intent: payments.payment(intent) for intent in intents}
