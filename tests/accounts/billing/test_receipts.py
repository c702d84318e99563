"""A receipt for each payment, a credit note for each refund, and numbers without a gap."""

from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from accounts.billing import receipts
from accounts.billing.errors import Parked
from accounts.billing.models import Order, Receipt, ReceiptCounter
from accounts.billing.objects import Buyer, Line, Session, TaxLine
from accounts.billing.receipt_paper import REVERSE_CHARGE, Sheet, draw
from accounts.merging import merge_readers
from accounts.models import Pack, User
from tests.emulator import Emulator

from ..conftest import make_reader
from ..test_races import at_once
from . import till

pytestmark = pytest.mark.django_db
PAID = datetime(2026, 11, 22, 12, tzinfo=UTC)
VAT = TaxLine(label="VAT", rate=Decimal("20"), amount=167, inclusive=True)


def order_of(reader: User, **fields: object) -> Order:
    pack, _ = Pack.objects.get_or_create(name="Ten", credits=10)
    basics: dict[str, object] = {
        "reader": reader,
        "what": Order.What.PACK,
        "pack": pack,
        "title": "10 credits",
        "credits": 10,
        "currency": "GBP",
        "amount": 1000,
        "paid_at": PAID,
    }
    return Order.objects.create(**basics | fields)


def paid(order: Order, *, total: int = 1000, tax: int = 167, **fields: object) -> Session:
    line = Line(text=order.title, quantity=1, net=total - tax, tax=tax, total=total, tax_lines=(VAT,))
    basics: dict[str, object] = {
        "id": f"cs_{order.pk}",
        "mode": "payment",
        "status": "complete",
        "payment_status": "paid",
        "currency": "GBP",
        "amount_subtotal": total,
        "amount_total": total,
        "amount_discount": 0,
        "amount_tax": tax,
        "livemode": False,
        "order_key": str(order.key),
        "buyer": Buyer(name="R. Eader", email="r@example.com", address=("1 Street",), vat_ids=("GB123",)),
        "lines": (line,),
    }
    return Session(**basics | fields)  # type: ignore[arg-type]


def receipt_over(reader: User, total: int = 1000, tax: int = 167) -> Receipt:
    order = order_of(reader)
    return receipts.for_order(order, paid(order, total=total, tax=tax))


def test_a_receipt_says_what_was_paid_by_whom(reader: User) -> None:
    order = order_of(reader)
    receipt = receipts.for_order(order, paid(order))
    assert receipt.number == "2026-000001"
    assert (receipt.net, receipt.tax, receipt.total) == (833, 167, 1000)
    assert receipt.buyer["vat_ids"] == ["GB123"]
    stored = {"label": "VAT", "rate": "20", "amount": 167, "inclusive": True}
    assert receipt.lines[0]["tax_lines"] == [stored]
    assert receipts.for_order(order, paid(order)) == receipt


def test_without_lines_it_names_the_order_and_without_a_name_the_readers_address(reader: User) -> None:
    order = order_of(reader)
    receipt = receipts.for_order(order, paid(order, lines=(), buyer=Buyer()))
    assert [line["text"] for line in receipt.lines] == ["10 credits"]
    assert receipt.buyer["email"] == reader.email


def test_a_number_that_is_not_used_is_given_again_and_years_begin_anew(reader: User) -> None:
    receipt_over(reader)
    with transaction.atomic():
        receipt_over(reader)
        transaction.set_rollback(True)
    receipt_over(reader)
    order = order_of(reader, paid_at=datetime(2027, 1, 1, tzinfo=UTC))
    receipts.for_order(order, paid(order))
    numbers = sorted(Receipt.objects.values_list("number", flat=True))
    assert numbers == ["2026-000001", "2026-000002", "2027-000001"]
    assert ReceiptCounter.objects.get(year=2026).last == 2


@pytest.mark.parametrize("parts", [(1000,), (333, 333, 334), (1,) * 7 + (993,)])
def test_credit_notes_in_parts_come_to_the_whole_with_its_tax(reader: User, parts: tuple[int, ...]) -> None:
    receipt = receipt_over(reader)
    for number, part in enumerate(parts):
        note = receipts.credit(receipt, refund_id=f"re_{number}", amount=part, when=PAID)
        assert receipts.credit(receipt, refund_id=f"re_{number}", amount=part, when=PAID) == note
        assert note.total == -part
        assert note.lines[0]["tax_lines"][0]["amount"] == note.tax
    notes = list(receipt.corrections.all())
    assert sum(note.total for note in notes) == -1000
    assert sum(note.tax for note in notes) == -167


def test_more_than_was_paid_is_never_credited(reader: User) -> None:
    receipt = receipt_over(reader)
    receipts.credit(receipt, refund_id="re_1", amount=600, when=PAID)
    with pytest.raises(Parked):
        receipts.credit(receipt, refund_id="re_2", amount=401, when=PAID)


def test_a_refund_that_failed_is_undone_and_can_come_again(reader: User) -> None:
    receipt = receipt_over(reader)
    note = receipts.credit(receipt, refund_id="re_1", amount=1000, when=PAID)
    undone = receipts.uncredit(note, when=PAID)
    assert receipts.uncredit(note, when=PAID) == undone
    assert (undone.total, undone.tax, undone.corrects) == (1000, 167, receipt)
    again = receipts.credit(receipt, refund_id="re_2", amount=1000, when=PAID)
    assert (again.total, again.tax) == (-1000, -167)


def test_a_receipt_adds_up(reader: User) -> None:
    receipt = receipt_over(reader)
    with pytest.raises(IntegrityError), transaction.atomic():
        Receipt.objects.filter(pk=receipt.pk).update(total=1)


def test_a_receipt_to_a_business_abroad_says_who_owes_the_tax(
    emulator: Emulator, reader: User, settings: Any
) -> None:
    settings.STRIPE_AUTOMATIC_TAX = True
    order = till.begin(reader, till.make_pack())
    emulator.pay(order.session_id, country="AT", postal_code="1010", vat="ATU12345678", name="Leser GmbH")
    till.hear(emulator)
    sheet = Sheet(Receipt.objects.get())
    assert REVERSE_CHARGE in sheet.notes
    assert sheet.buyer[0] == "Leser GmbH"
    assert "VAT number ATU12345678" in sheet.buyer
    assert draw(sheet.receipt).startswith(b"%PDF")


def test_receipts_of_an_account_that_was_joined_are_ones_own(reader: User) -> None:
    old = make_reader("old@example.com")
    receipt = receipt_over(old)
    merge_readers(source=old, target=reader, by=None, reason="One person")
    assert list(receipts.of_reader(reader)) == [receipt]


@pytest.mark.django_db(transaction=True)
def test_receipts_written_at_once_leave_no_gap() -> None:
    reader = make_reader("reader@example.com")
    orders = [order_of(reader) for _ in range(6)]

    def issue(order: Order) -> str:
        with transaction.atomic():
            return receipts.for_order(order, paid(order)).number

    numbers = at_once([partial(issue, order) for order in orders])
    assert sorted(numbers) == [f"2026-{number:06}" for number in range(1, 7)]
