"""From the library's objects to ours. What Stripe sends only where it is asked for may be missing here."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Protocol, TypeVar

import stripe

from ..errors import NoSuchObject
from ..objects import (
    Buyer,
    Dispute,
    EventNote,
    Invoice,
    Line,
    Payment,
    Refund,
    Session,
    SubscriptionState,
    TaxLine,
)

ORDER = "order"
SITE = "site"
DELETED = "deleted"


class _Identified(Protocol):
    id: str


class _Address(Protocol):
    city: str | None
    country: str | None
    line1: str | None
    line2: str | None
    postal_code: str | None
    state: str | None


T = TypeVar("T", bound=_Identified)
RateOf = Callable[[str], tuple[str, Decimal | None]]


def moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def moment_or_none(seconds: int | None) -> datetime | None:
    return None if seconds is None else moment(seconds)


def id_of(expandable: str | T | None) -> str | None:
    """A field that holds an id, or the object in full where that was asked for."""
    if expandable is None or isinstance(expandable, str):
        return expandable
    return expandable.id


def full(expandable: str | T | None) -> T | None:
    return None if expandable is None or isinstance(expandable, str) else expandable


def order_key(seen: stripe.StripeObject) -> str:
    """Which of our orders Stripe's object was made for, if any."""
    metadata = getattr(seen, "metadata", None)
    return str(metadata[ORDER]) if metadata is not None and ORDER in metadata else ""


def site(seen: stripe.StripeObject) -> str:
    """Which site it was made for: two may share a Stripe account."""
    metadata = getattr(seen, "metadata", None)
    return str(metadata[SITE]) if metadata is not None and SITE in metadata else ""


def living(seen: T) -> T:
    """Raises `NoSuchObject` for what is deleted: Stripe still answers with its id."""
    if getattr(seen, DELETED, False):
        raise NoSuchObject(f"{seen.id} is deleted")
    return seen


def session(seen: stripe.checkout.Session, *, payment: Payment | None = None) -> Session:
    totals = seen.total_details
    lines = seen.line_items if "line_items" in seen else None
    return Session(
        id=seen.id,
        mode=seen.mode,
        status=seen.status or "",
        payment_status=seen.payment_status,
        currency=(seen.currency or "").upper(),
        amount_subtotal=seen.amount_subtotal or 0,
        amount_total=seen.amount_total or 0,
        amount_discount=totals.amount_discount if totals else 0,
        amount_tax=totals.amount_tax if totals else 0,
        livemode=seen.livemode,
        order_key=order_key(seen),
        site=site(seen),
        customer_id=id_of(seen.customer),
        payment=payment,
        subscription_id=id_of(seen.subscription),
        url=seen.url or "",
        created=moment(seen.created),
        expires_at=moment(seen.expires_at),
        buyer=_buyer_of_session(seen),
        lines=tuple(_line(line) for line in lines.data) if lines else (),
    )


def _buyer_of_session(seen: stripe.checkout.Session) -> Buyer:
    details = seen.customer_details
    if details is None:
        return Buyer()
    tax_ids = details.tax_ids if "tax_ids" in details else None
    return Buyer(
        name=(details.business_name if "business_name" in details else None) or details.name or "",
        email=details.email or "",
        country=(details.address.country if details.address else None) or "",
        address=_address(details.address),
        vat_ids=tuple(tax_id.value for tax_id in tax_ids or () if tax_id.value),
    )


def _address(seen: _Address | None) -> tuple[str, ...]:
    if seen is None:
        return ()
    town = " ".join(part for part in (seen.postal_code, seen.city) if part)
    return tuple(part for part in (seen.line1, seen.line2, town, seen.state) if part)


def _line(seen: stripe.LineItem) -> Line:
    taxes = seen.taxes if "taxes" in seen else None
    return Line(
        text=seen.description or "",
        quantity=seen.quantity or 1,
        net=seen.amount_total - seen.amount_tax,
        tax=seen.amount_tax,
        total=seen.amount_total,
        tax_lines=tuple(
            TaxLine(
                label=_tax_label(tax, tax.rate.display_name),
                rate=Decimal(str(tax.rate.percentage)),
                amount=tax.amount,
                inclusive=tax.rate.inclusive,
            )
            for tax in taxes or ()
        ),
    )


def payment(
    seen: stripe.PaymentIntent, *, refunds: Iterable[stripe.Refund], disputes: Iterable[stripe.Dispute]
) -> Payment:
    charge = full(seen.latest_charge)
    return Payment(
        intent_id=seen.id,
        status=seen.status,
        amount=seen.amount,
        amount_received=seen.amount_received,
        currency=seen.currency.upper(),
        livemode=seen.livemode,
        charge_id=id_of(seen.latest_charge),
        amount_refunded=charge.amount_refunded if charge else 0,
        refunds=tuple(refund(one) for one in refunds),
        disputes=tuple(dispute(one) for one in disputes),
        order_key=order_key(seen),
        site=site(seen),
        customer_id=id_of(seen.customer),
    )


def refund(seen: stripe.Refund) -> Refund:
    return Refund(
        id=seen.id,
        amount=seen.amount,
        currency=seen.currency.upper(),
        status=seen.status or "",
        created=moment(seen.created),
        payment_intent_id=id_of(seen.payment_intent),
    )


def dispute(seen: stripe.Dispute) -> Dispute:
    return Dispute(
        id=seen.id,
        amount=seen.amount,
        currency=seen.currency.upper(),
        status=seen.status,
        reason=seen.reason,
        created=moment(seen.created),
        charge_id=id_of(seen.charge) or "",
        payment_intent_id=id_of(seen.payment_intent),
        livemode=seen.livemode,
    )


def unknown_rate(tax_rate_id: str) -> tuple[str, Decimal | None]:
    return "", None


def invoice(seen: stripe.Invoice, *, rate_of: RateOf = unknown_rate) -> Invoice:
    """An invoice's lines name their tax rates by id only: `rate_of` answers with a label and per cents."""
    details = seen.parent.subscription_details if seen.parent else None
    taxes = seen.total_taxes or ()
    return Invoice(
        id=seen.id,
        number=seen.number or "",
        status=seen.status or "",
        billing_reason=seen.billing_reason or "",
        currency=seen.currency.upper(),
        subtotal=seen.subtotal,
        total=seen.total,
        tax=sum(tax.amount for tax in taxes),
        amount_paid=seen.amount_paid,
        amount_remaining=seen.amount_remaining,
        created=moment(seen.created),
        livemode=seen.livemode,
        subscription_id=id_of(details.subscription) if details else None,
        customer_id=id_of(seen.customer),
        paid_at=moment_or_none(seen.status_transitions.paid_at),
        attempt_count=seen.attempt_count,
        next_payment_attempt=moment_or_none(seen.next_payment_attempt),
        hosted_url=(seen.hosted_invoice_url if "hosted_invoice_url" in seen else None) or "",
        buyer=_buyer_of_invoice(seen),
        lines=tuple(_invoice_line(line, rate_of) for line in seen.lines.data),
        payment_intent_id=_paid_with(seen),
    )


def _buyer_of_invoice(seen: stripe.Invoice) -> Buyer:
    return Buyer(
        name=seen.customer_name or "",
        email=seen.customer_email or "",
        country=(seen.customer_address.country if seen.customer_address else None) or "",
        address=_address(seen.customer_address),
        vat_ids=tuple(tax_id.value for tax_id in seen.customer_tax_ids or () if tax_id.value),
    )


def _paid_with(seen: stripe.Invoice) -> str | None:
    """The payment that paid it; before it is paid, the one that is to."""
    payments = seen.payments.data if "payments" in seen and seen.payments else []
    by_intent = [one for one in payments if one.payment.type == "payment_intent"]
    by_intent.sort(key=lambda one: (one.status == "paid", one.is_default))
    return id_of(by_intent[-1].payment.payment_intent) if by_intent else None


def _invoice_line(seen: stripe.InvoiceLineItem, rate_of: RateOf) -> Line:
    taxes = seen.taxes or ()
    discount = sum(one.amount for one in seen.discount_amounts or ())
    on_top = sum(tax.amount for tax in taxes if tax.tax_behavior != "inclusive")
    tax = sum(tax.amount for tax in taxes)
    total = seen.amount - discount + on_top
    return Line(
        text=seen.description or "",
        quantity=seen.quantity or 1,
        net=total - tax,
        tax=tax,
        total=total,
        tax_lines=tuple(_invoice_tax(one, rate_of) for one in taxes),
        period_start=moment(seen.period.start),
        period_end=moment(seen.period.end),
        proration=_is_proration(seen),
    )


def _invoice_tax(seen: stripe.InvoiceLineItem.Tax, rate_of: RateOf) -> TaxLine:
    details = seen.tax_rate_details
    label, rate = rate_of(details.tax_rate) if details else ("", None)
    label = _tax_label(seen, label)
    return TaxLine(label=label, rate=rate, amount=seen.amount, inclusive=seen.tax_behavior == "inclusive")


def _tax_label(seen: stripe.LineItem.Tax | stripe.InvoiceLineItem.Tax, name: str) -> str:
    """What the buyer owes in our place has to be called so on a receipt."""
    reason = getattr(seen, "taxability_reason", None)
    return "Reverse charge" if reason == "reverse_charge" else name


def _is_proration(seen: stripe.InvoiceLineItem) -> bool:
    parent = seen.parent
    if parent is None:
        return False
    by_type = {
        "subscription_item_details": parent.subscription_item_details,
        "invoice_item_details": parent.invoice_item_details,
    }
    details = by_type.get(parent.type)
    return details is not None and details.proration


def subscription(seen: stripe.Subscription, *, latest: Invoice | None = None) -> SubscriptionState:
    """The period, price and quantity are those of the first item; `items` says how many there are.

    Raises `ValueError` where there is none: Stripe makes no such subscription.
    """
    if not seen.items.data:
        raise ValueError(f"{seen.id} has no item")
    item = seen.items.data[0]
    recurring = item.price.recurring
    return SubscriptionState(
        id=seen.id,
        customer_id=id_of(seen.customer) or "",
        status=seen.status,
        price_id=item.price.id,
        product_id=id_of(item.price.product) or "",
        interval=interval_of(recurring),
        quantity=item.quantity or 0,
        period_start=moment(item.current_period_start),
        period_end=moment(item.current_period_end),
        cancel_at_period_end=seen.cancel_at_period_end,
        created=moment(seen.created),
        livemode=seen.livemode,
        order_key=order_key(seen),
        site=site(seen),
        items=len(seen.items.data),
        cancel_at=moment_or_none(seen.cancel_at),
        canceled_at=moment_or_none(seen.canceled_at),
        ended_at=moment_or_none(seen.ended_at),
        trial_end=moment_or_none(seen.trial_end),
        paused=seen.pause_collection is not None,
        latest_invoice=latest,
    )


def interval_of(recurring: stripe.Price.Recurring | None) -> str:
    """A word we sell by, month or year, or what it is in Stripe's words, such as "3 month"."""
    if recurring is None:
        return ""
    count = recurring.interval_count
    return recurring.interval if count == 1 else f"{count} {recurring.interval}"


def event(seen: stripe.Event) -> EventNote:
    thing = seen.data.object
    return EventNote(
        id=seen.id,
        type=seen.type,
        created=moment(seen.created),
        livemode=seen.livemode,
        api_version=seen.api_version or "",
        object_id=thing.id if "id" in thing else "",
        object_type=thing.object if "object" in thing else "",
        payload=seen.to_dict(for_json=True),
    )
