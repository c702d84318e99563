"""What was paid for a club, on paper, and what a bank took back of it."""

from . import clawback, disputing, receipts
from .alerts import alert
from .models import Subscription
from .objects import Invoice
from .seen import Seen


def account_for(held: Subscription, seen: Seen) -> None:
    disputes = [dispute for payment in seen.payments.values() for dispute in payment.disputes]
    disputing.note_all(disputes, subscription=held)
    disputing.hold_or_let_go(held.reader.wallet_id, disputes)
    # The oldest first, so that the numbers of receipts follow the payments.
    for invoice in reversed(seen.invoices):
        if invoice.status == "paid":
            write_receipt(held, seen, invoice)


def write_receipt(held: Subscription, seen: Seen, invoice: Invoice) -> None:
    """Of free days there is none, nor of a first month that credits paid."""
    if invoice.total > 0:
        receipt = receipts.for_invoice(held, invoice)
        if payment := seen.payments.get(invoice.id):
            clawback.correct(receipt, payment)
    elif invoice.total < 0:
        text = (
            f"Invoice {invoice.id} of subscription {held.stripe_id} came to less than nothing: what is over "
            "is the customer's credit at Stripe. The books want a credit note."
        )
        alert("an invoice is below zero", text, key=f"below zero:{invoice.id}")
