"""All that Stripe says of one subscription, asked for together: itself, its invoices and their payments."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from .gateway import clubs
from .models.subscription import OVER
from .objects import Invoice, Payment, SubscriptionState

# A bank lets its customer dispute a payment for so long: https://docs.stripe.com/disputes/how-disputes-work
LOOKED_BACK = timedelta(days=540)


@dataclass(frozen=True, kw_only=True)
class Seen:
    """`payments` are by the id of the invoice that they paid."""

    state: SubscriptionState
    invoices: tuple[Invoice, ...]
    payments: dict[str, Payment]

    @property
    def lives(self) -> bool:
        return self.state.status not in OVER

    def payments_newest_first(self) -> list[Payment]:
        """Those that brought money. The invoices are in this order."""
        paid = [self.payments[invoice.id] for invoice in self.invoices if invoice.id in self.payments]
        return [payment for payment in paid if payment.amount_received]


def look_at(stripe_id: str, *, now: datetime) -> Seen:
    """Raises `NoSuchObject`, `Unavailable`."""
    state = clubs.subscription(stripe_id)
    invoices = sorted(clubs.invoices(stripe_id), key=lambda one: (one.created, one.id), reverse=True)
    by_intent = clubs.payments(state.customer_id, since=now - LOOKED_BACK) if any_paid(invoices) else {}
    return Seen(
        state=state,
        invoices=tuple(invoices),
        payments={
            invoice.id: by_intent[invoice.payment_intent_id]
            for invoice in invoices
            if invoice.status == "paid" and invoice.payment_intent_id in by_intent
        },
    )


def any_paid(invoices: list[Invoice]) -> bool:
    return any(invoice.payment_intent_id for invoice in invoices)
