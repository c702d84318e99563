"""Receipts and credit notes, written inside the transaction that settles what they are for.

Numbers run without a gap within a year: Directive 2006/112/EC Art. 226(2) asks for a sequence that
identifies an invoice. The counter's row is locked until the commit, and a rollback gives the number back.
"""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.db.models import F, QuerySet, Sum
from django.utils import timezone

from credits.statements import joined

from ..models import User
from .errors import Parked
from .models import Order, Receipt, ReceiptCounter, Subscription
from .objects import Buyer, Invoice, Line, Session, TaxLine


def for_order(order: Order, session: Session) -> Receipt:
    """What the session says was paid, of 0 too where a code took all of it off."""
    lines = session.lines or (_line_of(order, session),)
    return _issue(
        source=f"order:{order.key}",
        kind=Receipt.Kind.RECEIPT,
        reader=order.reader,
        order=order,
        currency=order.currency,
        net=session.amount_total - session.amount_tax,
        tax=session.amount_tax,
        lines=[_stored(line) for line in lines],
        buyer=_written(session.buyer, order.reader),
        issued_at=order.paid_at or timezone.now(),
    )


def for_invoice(subscription: Subscription, invoice: Invoice) -> Receipt:
    """For an invoice that was paid. Whether it was is the caller's to know."""
    return _issue(
        source=f"invoice:{invoice.id}",
        kind=Receipt.Kind.RECEIPT,
        reader=subscription.reader,
        order=subscription.order,
        subscription=subscription,
        currency=invoice.currency.upper(),
        net=invoice.total - invoice.tax,
        tax=invoice.tax,
        lines=[_stored(line) for line in invoice.lines],
        buyer=_written(invoice.buyer, subscription.reader),
        issued_at=invoice.paid_at or invoice.created,
    )


def credit(receipt: Receipt, *, refund_id: str, amount: int, when: datetime) -> Receipt:
    """A credit note over ``amount`` paid back, in minor units. Its figures are below zero.

    The tax of all notes together is that of the whole in proportion, so that parts lose nothing by
    rounding. Raises `Parked` where more is paid back than the receipt is over.
    """
    source = f"refund:{refund_id}"
    if found := Receipt.objects.filter(source=source).first():
        return found
    before = receipt.corrections.aggregate(total=Sum("total", default=0), tax=Sum("tax", default=0))
    returned = amount - before["total"]
    if amount < 1 or returned > receipt.total:
        raise Parked(
            f"{amount} is paid back of {receipt}, of which {receipt.total + before['total']} is left"
        )
    tax = share(receipt.tax, returned, receipt.total) + before["tax"]
    text = f"Paid back, receipt {receipt}"
    return _correct(receipt, source=source, total=-amount, tax=-tax, when=when, text=text)


def uncredit(note: Receipt, *, when: datetime) -> Receipt:
    """A refund failed after all and its money is ours again: the credit note is undone by a note above 0."""
    source = f"{note.source}:failed"
    if found := Receipt.objects.filter(source=source).first():
        return found
    assert note.corrects is not None
    text = f"Not paid back after all: undoes credit note {note}"
    return _correct(note.corrects, source=source, total=-note.total, tax=-note.tax, when=when, text=text)


def of_reader(reader: User) -> QuerySet[Receipt]:
    """Theirs, and of whoever was merged into them."""
    return Receipt.objects.filter(reader__wallet__in=joined(reader.wallet_id))


def share(whole: int, part: int, of: int) -> int:
    """``whole`` × ``part`` / ``of``, rounded half up; all of it where the part is the whole."""
    return (2 * whole * part + of) // (2 * of)


def _correct(receipt: Receipt, *, source: str, total: int, tax: int, when: datetime, text: str) -> Receipt:
    """Tax lines are scaled like the tax, and the last of them takes what rounding leaves."""
    line = {
        "text": text,
        "quantity": 1,
        "net": total - tax,
        "tax": tax,
        "total": total,
        "tax_lines": _scaled(_tax_lines(receipt), tax, receipt.tax),
    }
    return _issue(
        source=source,
        kind=Receipt.Kind.CREDIT_NOTE,
        reader=receipt.reader,
        order=receipt.order,
        subscription=receipt.subscription,
        corrects=receipt,
        currency=receipt.currency,
        net=total - tax,
        tax=tax,
        lines=[line],
        buyer=receipt.buyer,
        issued_at=when,
    )


def _issue(*, source: str, issued_at: datetime, net: int, tax: int, **fields: Any) -> Receipt:
    if found := Receipt.objects.filter(source=source).first():
        return found
    fields |= {"issued_at": issued_at, "net": net, "tax": tax, "total": net + tax}
    number = _next_number(timezone.localtime(issued_at).year)
    return Receipt.objects.create(number=number, source=source, **fields)


def _next_number(year: int) -> str:
    ReceiptCounter.objects.bulk_create([ReceiptCounter(year=year)], ignore_conflicts=True)
    ReceiptCounter.objects.filter(year=year).update(last=F("last") + 1)
    return f"{year}-{ReceiptCounter.objects.get(year=year).last:06}"


def _line_of(order: Order, session: Session) -> Line:
    total, tax = session.amount_total, session.amount_tax
    return Line(text=order.title, quantity=order.quantity, net=total - tax, tax=tax, total=total)


def _stored(line: Line) -> dict[str, Any]:
    return {
        "text": line.text,
        "quantity": line.quantity,
        "net": line.net,
        "tax": line.tax,
        "total": line.total,
        "tax_lines": [_stored_tax(tax) for tax in line.tax_lines],
        "period_start": line.period_start and line.period_start.isoformat(),
        "period_end": line.period_end and line.period_end.isoformat(),
    }


def _stored_tax(tax: TaxLine) -> dict[str, Any]:
    return asdict(tax) | {"rate": None if tax.rate is None else str(tax.rate)}


def _written(buyer: Buyer, reader: User) -> dict[str, Any]:
    return {
        "name": buyer.name,
        "email": buyer.email or reader.email,
        "country": buyer.country,
        "address": list(buyer.address),
        "vat_ids": list(buyer.vat_ids),
    }


def _tax_lines(receipt: Receipt) -> list[dict[str, Any]]:
    return [tax for line in receipt.lines for tax in line.get("tax_lines", [])]


def _scaled(taxes: Iterable[dict[str, Any]], tax: int, of: int) -> list[dict[str, Any]]:
    scaled = [one | {"amount": share(one["amount"], tax, of) if of else 0} for one in taxes]
    if scaled:
        scaled[-1]["amount"] += tax - sum(one["amount"] for one in scaled)
    return scaled
