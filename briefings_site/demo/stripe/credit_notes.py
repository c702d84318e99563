"""Credit notes: what is taken off an invoice after it was finalized."""

from . import refunds
from .api import Asked, listed, refuse_missing, retrieved, route
from .customers import move_balance
from .errors import invalid
from .invoices import intent_of
from .pagination import page, whole_list
from .parameters import Required, anything, metadata, natural, one_of, positive, text
from .store import Object, new_id
from .world import World


@route(
    "POST",
    "/v1/credit_notes",
    amount=positive,
    credit_amount=natural,
    effective_at=natural,
    invoice=Required(text),
    lines=anything,
    memo=text,
    metadata=metadata,
    out_of_band_amount=natural,
    reason=one_of("duplicate", "fraudulent", "order_change", "product_unsatisfactory"),
    refund_amount=natural,
    refunds=anything,
)
def create(world: World, asked: Asked) -> Object:
    invoice = world.store.find("invoice", asked.params["invoice"])
    if invoice is None:
        raise refuse_missing("invoice", asked.params["invoice"], param="invoice")
    if invoice["status"] not in ("open", "paid"):
        raise invalid(f"The invoice is {invoice['status']}: it cannot be credited.", param="invoice")
    amount = asked.get("amount", invoice["total"])
    credited = sum(one["amount"] for one in world.store.where("credit_note", invoice=invoice["id"]))
    if amount > invoice["total"] - credited:
        raise invalid("The credit note's amount is more than is left of the invoice.", param="amount")
    note = _note(world, asked, invoice, amount)
    _settle(world, asked, invoice, note, amount)
    world.tell("credit_note.created", note)
    return note


def _settle(world: World, asked: Asked, invoice: Object, note: Object, amount: int) -> None:
    customer = world.store.the("customer", invoice["customer"])
    if invoice["status"] == "open":
        invoice["pre_payment_credit_notes_amount"] += amount
        for name in ("amount_due", "amount_remaining"):
            invoice[name] = max(0, invoice[name] - amount)
        return
    invoice["post_payment_credit_notes_amount"] += amount
    if back := asked.get("refund_amount"):
        intent = intent_of(world, invoice)
        charge = world.store.find("charge", intent["latest_charge"]) if intent else None
        if charge is None:
            raise invalid("There is no payment to refund.", param="refund_amount")
        made = refunds.make(world, charge, back)
        note["refunds"] = [
            {
                "amount_refunded": back,
                "payment_record_refund": None,
                "refund": made["id"],
                "type": "refund",
            }
        ]
    if kept := asked.get("credit_amount"):
        moved = move_balance(
            world, customer, -kept, invoice["currency"], kind="credit_note", credit_note=note["id"]
        )
        note["customer_balance_transaction"] = moved["id"]


def _note(world: World, asked: Asked, invoice: Object, amount: int) -> Object:
    named = new_id("cn")
    number = 1 + len(list(world.store.where("credit_note", invoice=invoice["id"])))
    paid = invoice["status"] == "paid"
    whole = invoice["total"] or 1
    taxes = [
        one
        | {
            "amount": one["amount"] * amount // whole,
            "taxable_amount": one["taxable_amount"] * amount // whole,
        }
        for one in invoice["total_taxes"]
    ]
    taxed = sum(one["amount"] for one in taxes)
    line = {
        "id": new_id("cnli"),
        "object": "credit_note_line_item",
        "amount": amount,
        "description": f"Credit for {invoice['number']}",
        "discount_amount": 0,
        "discount_amounts": [],
        "invoice_line_item": None,
        "livemode": False,
        "metadata": {},
        "pretax_credit_amounts": [],
        "quantity": 1,
        "tax_rates": [],
        "taxes": taxes,
        "type": "custom_line_item",
        "unit_amount": amount,
        "unit_amount_decimal": str(amount),
    }
    return world.new(
        "credit_note",
        "cn",
        id=named,
        amount=amount,
        amount_shipping=0,
        currency=invoice["currency"],
        customer=invoice["customer"],
        customer_account=None,
        customer_balance_transaction=None,
        discount_amount=0,
        discount_amounts=[],
        effective_at=asked.get("effective_at", world.now_for(invoice["customer"])),
        invoice=invoice["id"],
        lines=whole_list([line], url=f"/v1/credit_notes/{named}/lines"),
        memo=asked.get("memo"),
        metadata=asked.get("metadata", {}),
        number=f"{invoice['number']}-CN-{number:02}",
        out_of_band_amount=asked.get("out_of_band_amount"),
        pdf=f"{world.address}/i/{invoice['id']}/credit/{named}",
        post_payment_amount=amount if paid else 0,
        pre_payment_amount=0 if paid else amount,
        pretax_credit_amounts=[],
        reason=asked.get("reason"),
        refunds=[],
        shipping_cost=None,
        status="issued",
        subtotal=amount,
        subtotal_excluding_tax=amount - taxed,
        total=amount,
        total_excluding_tax=amount - taxed,
        total_taxes=taxes,
        type="post_payment" if paid else "pre_payment",
        voided_at=None,
    )


retrieved("/v1/credit_notes/{note}", "credit_note", "id")


@listed("/v1/credit_notes", customer=text, invoice=text)
def list_all(world: World, asked: Asked) -> Object:
    wanted = {name: asked.params[name] for name in ("customer", "invoice") if asked.get(name)}
    return page(world.store.where("credit_note", **wanted), asked.params, url="/v1/credit_notes")
