"""A receipt as its reader has it before them: what stands on it, for the page and for the PDF.

What has to be there is from Directive 2006/112/EC Art. 226: number, date, seller and buyer with their VAT
numbers, what was sold, net, rate and tax; and where the buyer owes the tax, the words "Reverse charge".
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.text import slugify

from ..money import exact
from ..statements.columns import Column
from .models import Receipt

REVERSE_CHARGE = "Reverse charge: the tax is to be accounted for by the recipient."
COLUMNS = (
    Column("What", 76),
    Column("Number", 16, figures=True),
    Column("Net", 25, figures=True),
    Column("Tax", 22, figures=True),
    Column("Total", 27, figures=True),
)


@dataclass(frozen=True, kw_only=True)
class Row:
    text: str
    days: str
    quantity: str
    net: str
    tax: str
    total: str


@dataclass(frozen=True)
class Sheet:
    """A receipt in words. Amounts are written out; everything is safe to show to its reader only."""

    receipt: Receipt

    @property
    def heading(self) -> str:
        return f"{self.receipt.get_kind_display()} {self.receipt.number}"

    @property
    def issued(self) -> str:
        return day(self.receipt.issued_at)

    @property
    def seller(self) -> list[str]:
        return [settings.SELLER["name"], *settings.SELLER["address"], *vat(settings.SELLER["vat_id"])]

    @property
    def buyer(self) -> list[str]:
        buyer = self.receipt.buyer
        numbers = [line for number in buyer["vat_ids"] for line in vat(number)]
        said = [buyer["name"], buyer["email"], *buyer["address"], *numbers]
        return [line for line in said if line]

    @cached_property
    def rows(self) -> list[Row]:
        return [self.row(line) for line in self.receipt.lines]

    def row(self, line: dict[str, object]) -> Row:
        net, tax, total = (self.money(int(str(line[name]))) for name in ("net", "tax", "total"))
        quantity = str(line["quantity"])
        return Row(text=str(line["text"]), days=days(line), quantity=quantity, net=net, tax=tax, total=total)

    @property
    def taxes(self) -> list[tuple[str, str]]:
        """One for each tax and rate."""
        found: dict[str, int] = {}
        for tax in self.tax_lines():
            name = f"{tax['label'] or 'Tax'}{f' {percent(tax)}' if tax['rate'] else ''}"
            found[name] = found.get(name, 0) + tax["amount"]
        return [(name, self.money(amount)) for name, amount in found.items()]

    @property
    def sums(self) -> list[tuple[str, str]]:
        receipt = self.receipt
        taxes = self.taxes or [("Tax", self.money(receipt.tax))]
        return [("Net", self.money(receipt.net)), *taxes, ("Total", self.money(receipt.total))]

    @property
    def notes(self) -> list[str]:
        notes = [REVERSE_CHARGE] if any(is_reverse_charge(tax["label"]) for tax in self.tax_lines()) else []
        if self.receipt.corrects:
            first = self.receipt.corrects
            notes.append(f"Corrects receipt {first.number} of {day(first.issued_at)}.")
        elif self.receipt.total == 0:
            notes.append("Nothing was charged.")
        else:
            notes.append("Paid by card or bank on the day of this receipt.")
        return notes

    def tax_lines(self) -> Iterator[dict[str, Any]]:
        for line in self.receipt.lines:
            yield from line.get("tax_lines", [])

    def money(self, amount: int) -> str:
        return exact(amount, self.receipt.currency)

    def said(self) -> Iterator[str]:
        yield from (settings.SITE_NAME, self.heading, *self.seller, *self.buyer, *self.notes)
        for row in self.rows:
            yield from (row.text, row.days, row.total)
        for name, amount in self.sums:
            yield from (name, amount)


def draw(receipt: Receipt) -> bytes:
    # The library that draws takes 20 MiB of every process that has it, and few ever draw.
    from ..statements.paper import Paper

    sheet = Sheet(receipt)
    paper = Paper(
        title=f"{settings.SITE_NAME}: {sheet.heading.lower()}",
        site=settings.SITE_NAME,
        footnote=f"{sheet.heading}, {sheet.issued}.",
        at=timezone.localtime(receipt.issued_at),
        signs={ord(sign) for text in sheet.said() for sign in text},
    )
    paper.begin(sheet.heading, sheet.issued)
    paper.side_by_side(("From", sheet.seller), ("To", sheet.buyer))
    rows = [
        [", ".join(filter(None, (row.text, row.days))), row.quantity, row.net, row.tax, row.total]
        for row in sheet.rows
    ]
    paper.ruled_table(COLUMNS, rows, empty="")
    paper.sums(sheet.sums)
    paper.remarks(sheet.notes)
    return bytes(paper.output())


def file_name(receipt: Receipt) -> str:
    return f"{slugify(settings.SITE_NAME)}-{slugify(receipt.get_kind_display())}-{receipt.number}.pdf"


def vat(number: str) -> list[str]:
    return [f"VAT number {number}"] if number else []


def percent(tax: dict[str, object]) -> str:
    """20 % without the zeros that Stripe keeps behind the point."""
    rate = str(tax["rate"])
    return f"{rate.rstrip('0').rstrip('.') if '.' in rate else rate}%"


def is_reverse_charge(label: object) -> bool:
    return str(label).casefold().startswith("reverse charge")


def days(line: dict[str, object]) -> str:
    start, end = (parse_datetime(str(line.get(name) or "")) for name in ("period_start", "period_end"))
    return f"{day(start)} to {day(end)}" if start and end and start < end else ""


def day(moment: datetime) -> str:
    return date_format(timezone.localtime(moment), "j F Y")
