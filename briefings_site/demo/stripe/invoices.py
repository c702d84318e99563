"""Invoices: finalized, paid or not, with what the customer's balance takes over."""

from typing import Any

from . import payments
from .api import Asked, listed, merged, refuse_missing, retrieved, route
from .customers import move_balance
from .errors import declined, invalid
from .expansion import on_demand
from .pagination import page, whole_list
from .parameters import Required, anything, flag, group, metadata, one_of, text
from .store import Object
from .world import World, due

HOUR = 3600
ON_PAID: list[Any] = []
ON_FAILED: list[Any] = []


def keep(world: World, invoice: Object, *, later: bool = False) -> Object:
    """Into the table as a draft, to be finalized in an hour when ``later``."""
    world.store.put("invoice", invoice)
    if later:
        at = invoice["created"] + HOUR
        invoice["automatically_finalizes_at"] = at
        world.remind(at, "finalize", invoice["id"], clock=world.clock_of(invoice["customer"]))
    world.tell("invoice.created", invoice)
    return invoice


@due("finalize")
def finalize_when_due(world: World, invoice: str) -> None:
    found = world.store.find("invoice", invoice)
    if found and found["status"] == "draft" and found["auto_advance"]:
        finalize(world, found)
        collect(world, found)


def finalize(world: World, invoice: Object) -> None:
    now = world.now_for(invoice["customer"])
    customer = world.store.the("customer", invoice["customer"])
    _take_balance(world, invoice, customer)
    number = customer["next_invoice_sequence"]
    customer["next_invoice_sequence"] += 1
    invoice |= {
        "status": "open",
        "number": f"{customer['invoice_prefix']}-{number:04}",
        "effective_at": now,
        "automatically_finalizes_at": None,
        "hosted_invoice_url": f"{world.address}/i/{invoice['id']}",
        "invoice_pdf": f"{world.address}/i/{invoice['id']}/pdf",
    }
    invoice["status_transitions"]["finalized_at"] = now
    world.tell("invoice.finalized", invoice)


def _take_balance(world: World, invoice: Object, customer: Object) -> None:
    """A credit of the customer's goes off the amount due; a negative total becomes one."""
    starting = customer["balance"]
    due = invoice["total"] + starting
    ending = min(0, due)
    invoice |= {"starting_balance": starting, "ending_balance": ending, "amount_due": max(0, due)}
    invoice["amount_remaining"] = invoice["amount_due"]
    if ending != starting:
        kind = "applied_to_invoice" if invoice["total"] >= 0 else "adjustment"
        move_balance(
            world, customer, ending - starting, invoice["currency"], kind=kind, invoice=invoice["id"]
        )


def collect(world: World, invoice: Object, *, present: bool = False, proven: bool = False) -> str:
    """Tries to have it paid; returns the payment intent's status, or ``no_payment_required``."""
    if invoice["amount_due"] == 0:
        settle(world, invoice)
        return "no_payment_required"
    invoice["attempted"] = True
    method = method_for(world, invoice)
    if method is None:
        _fail(world, invoice)
        return "requires_payment_method"
    intent = intent_of(world, invoice) or _intend(world, invoice)
    invoice["attempt_count"] += 1
    outcome = payments.attempt(world, intent, method, present=present, proven=proven)
    if outcome == "succeeded":
        settle(world, invoice)
    elif outcome == "requires_action":
        world.tell("invoice.payment_action_required", invoice)
        _fail(world, invoice)
    elif outcome != "processing":
        _fail(world, invoice)
    return outcome


def method_for(world: World, invoice: Object) -> Object | None:
    customer = world.store.the("customer", invoice["customer"])
    subscription = world.store.find("subscription", subscription_of(invoice))
    named = [invoice["default_payment_method"]]
    named += [subscription["default_payment_method"]] if subscription else []
    named += [customer["invoice_settings"]["default_payment_method"]]
    wanted = next((one for one in named if one), None)
    found = world.store.find("payment_method", wanted)
    return found if found and found["customer"] in (customer["id"], None) else None


def subscription_of(invoice: Object) -> str | None:
    details = (invoice["parent"] or {}).get("subscription_details")
    return details["subscription"] if details else None


def _intend(world: World, invoice: Object) -> Object:
    about = invoice["number"] or "an invoice"
    subscribed = "Subscription creation" if invoice["billing_reason"] == "subscription_create" else "Invoice"
    intent = payments.intend(
        world,
        amount=invoice["amount_due"],
        currency=invoice["currency"],
        customer=invoice["customer"],
        description=f"{subscribed} {about}",
        setup_future_usage="off_session",
    )
    link(world, invoice, intent)
    return intent


def link(world: World, invoice: Object, intent: Object) -> Object:
    return world.new(
        "invoice_payment",
        "inpay",
        created=world.now_for(invoice["customer"]),
        amount_paid=None,
        amount_requested=invoice["amount_due"],
        currency=invoice["currency"],
        invoice=invoice["id"],
        is_default=True,
        payment={"payment_intent": intent["id"], "type": "payment_intent"},
        status="open",
        status_transitions={"canceled_at": None, "paid_at": None},
    )


def payments_of(world: World, invoice: Object) -> list[Object]:
    return list(world.store.where("invoice_payment", invoice=invoice["id"]))


def intent_of(world: World, invoice: Object) -> Object | None:
    found = next((one for one in payments_of(world, invoice) if one["is_default"]), None)
    return world.store.find("payment_intent", found["payment"]["payment_intent"]) if found else None


def invoice_of(world: World, intent: Object) -> Object | None:
    for one in world.store.where("invoice_payment"):
        if one["payment"]["payment_intent"] == intent["id"]:
            return world.store.the("invoice", one["invoice"])
    return None


def settle(world: World, invoice: Object, *, out_of_band: bool = False) -> None:
    now = world.now_for(invoice["customer"])
    paid = 0 if out_of_band else invoice["amount_due"]
    invoice |= {"status": "paid", "amount_paid": paid, "amount_remaining": 0, "attempted": True}
    invoice |= {"next_payment_attempt": None, "auto_advance": False}
    invoice["status_transitions"]["paid_at"] = now
    if customer := world.store.find("customer", invoice["customer"]):
        with world.updating(customer, "customer.updated"):
            customer["delinquent"] = False
            customer["currency"] = customer["currency"] or invoice["currency"]
    for more in ON_PAID:
        more(world, invoice)
    for one in payments_of(world, invoice):
        if one["status"] == "open" and not out_of_band:
            one |= {"status": "paid", "amount_paid": one["amount_requested"]}
            one["status_transitions"]["paid_at"] = now
            world.tell("invoice_payment.paid", one)
    world.tell("invoice.paid", invoice)
    world.tell("invoice.payment_succeeded", invoice)


def _fail(world: World, invoice: Object) -> None:
    customer = world.store.the("customer", invoice["customer"])
    for more in ON_FAILED:
        more(world, invoice)
    world.tell("invoice.payment_failed", invoice)
    if invoice["billing_reason"] != "subscription_create":
        with world.updating(customer, "customer.updated"):
            customer["delinquent"] = True


def void(world: World, invoice: Object) -> None:
    invoice |= {"status": "void", "auto_advance": False, "next_payment_attempt": None}
    invoice["status_transitions"]["voided_at"] = world.now_for(invoice["customer"])
    _let_go(world, invoice)
    world.tell("invoice.voided", invoice)


def write_off(world: World, invoice: Object) -> None:
    invoice |= {"status": "uncollectible", "auto_advance": False, "next_payment_attempt": None}
    invoice["status_transitions"]["marked_uncollectible_at"] = world.now_for(invoice["customer"])
    world.tell("invoice.marked_uncollectible", invoice)


def _let_go(world: World, invoice: Object) -> None:
    intent = intent_of(world, invoice)
    if intent and intent["status"] not in ("succeeded", "canceled", "processing"):
        payments.cancel(world, intent, reason="void_invoice")
    for one in payments_of(world, invoice):
        if one["status"] == "open":
            one["status"] = "canceled"
            one["status_transitions"]["canceled_at"] = world.now_for(invoice["customer"])


def settled_later(world: World, intent: Object, succeeded: bool) -> None:
    invoice = invoice_of(world, intent)
    if invoice and invoice["status"] == "open":
        settle(world, invoice) if succeeded else _fail(world, invoice)


payments.ON_SETTLING.insert(0, settled_later)


@on_demand("invoice", "payments")
def _payments(world: World, invoice: Object) -> Object:
    return whole_list(
        payments_of(world, invoice), url=f"/v1/invoice_payments?invoice={invoice.get('id', '')}"
    )


retrieved("/v1/invoices/{invoice}", "invoice", "invoice")
retrieved("/v1/invoice_payments/{payment}", "invoice_payment", "invoice_payment")


@listed(
    "/v1/invoices",
    collection_method=text,
    customer=text,
    status=one_of("draft", "open", "paid", "uncollectible", "void"),
    subscription=text,
    due_date=anything,
)
def list_all(world: World, asked: Asked) -> Object:
    wanted = {name: asked.params[name] for name in ("customer", "status") if asked.get(name)}
    subscription = asked.get("subscription")
    found = world.store.where("invoice", **wanted)
    chosen = (one for one in found if subscription in (None, subscription_of(one)))
    return page(chosen, asked.params, url="/v1/invoices")


@listed("/v1/invoices/{invoice}/lines")
def list_lines(world: World, asked: Asked) -> Object:
    invoice = world.store.get("invoice", asked.ids["invoice"])
    url = f"/v1/invoices/{invoice['id']}/lines"
    return page(invoice["lines"]["data"], asked.params, url=url, newest_first=False)


@listed(
    "/v1/invoice_payments",
    invoice=text,
    payment=group(
        type=Required(one_of("payment_intent", "charge", "payment_record")), payment_intent=text, charge=text
    ),
    status=one_of("canceled", "open", "paid"),
)
def list_payments(world: World, asked: Asked) -> Object:
    wanted = {name: asked.params[name] for name in ("invoice", "status") if asked.get(name)}
    intent = asked.get("payment", {}).get("payment_intent")
    found = world.store.where("invoice_payment", **wanted)
    chosen = (one for one in found if intent in (None, one["payment"].get("payment_intent")))
    return page(chosen, asked.params, url="/v1/invoice_payments")


@route("POST", "/v1/invoices/{invoice}", auto_advance=flag, description=text, footer=text, metadata=metadata)
def update(world: World, asked: Asked) -> Object:
    invoice = world.store.get("invoice", asked.ids["invoice"])
    with world.updating(invoice, "invoice.updated"):
        for name in ("auto_advance", "description", "footer"):
            if name in asked.params:
                invoice[name] = asked.params[name]
        if "metadata" in asked.params:
            invoice["metadata"] = merged(invoice["metadata"], asked.params["metadata"])
    return invoice


@route("POST", "/v1/invoices/{invoice}/finalize", auto_advance=flag)
def finalize_now(world: World, asked: Asked) -> Object:
    invoice = world.store.get("invoice", asked.ids["invoice"])
    if invoice["status"] != "draft":
        raise invalid("This invoice is already finalized, you can't re-finalize a non-draft invoice.")
    finalize(world, invoice)
    if invoice["auto_advance"]:
        collect(world, invoice)
    return invoice


@route(
    "POST",
    "/v1/invoices/{invoice}/pay",
    forgive=flag,
    mandate=text,
    off_session=flag,
    paid_out_of_band=flag,
    payment_method=text,
)
def pay(world: World, asked: Asked) -> Object:
    invoice = world.store.get("invoice", asked.ids["invoice"])
    if invoice["status"] == "draft":
        finalize(world, invoice)
    if invoice["status"] == "paid":
        raise invalid("Invoice is already paid", code="invoice_already_paid")
    if invoice["status"] not in ("open", "uncollectible"):
        raise invalid(f"Invoice is {invoice['status']}: it cannot be paid.", code="invoice_not_editable")
    if asked.get("paid_out_of_band"):
        settle(world, invoice, out_of_band=True)
        return invoice
    if method := asked.get("payment_method"):
        found = world.store.find("payment_method", method)
        if found is None or found["customer"] != invoice["customer"]:
            raise refuse_missing("PaymentMethod", method, param="payment_method")
        invoice["default_payment_method"] = method
    return pay_now(world, invoice)


def pay_now(world: World, invoice: Object) -> Object:
    """Raises ApiError, as a declined card."""
    outcome = collect(world, invoice, present=False)
    if outcome == "requires_action":
        raise declined(
            "This payment requires additional user action.",
            decline_code=None,
            code="invoice_payment_intent_requires_action",
        )
    if outcome == "requires_payment_method":
        intent = intent_of(world, invoice)
        error = (intent and intent["last_payment_error"]) or {
            "message": "Cannot charge a customer that has no active card"
        }
        raise declined(error["message"], decline_code=error.get("decline_code"))
    return invoice


@route("POST", "/v1/invoices/{invoice}/void")
def void_now(world: World, asked: Asked) -> Object:
    invoice = world.store.get("invoice", asked.ids["invoice"])
    if invoice["status"] not in ("open", "uncollectible"):
        raise invalid("You can only pass in open or uncollectible invoices.", code="invoice_not_editable")
    void(world, invoice)
    return invoice


@route("POST", "/v1/invoices/{invoice}/mark_uncollectible")
def write_off_now(world: World, asked: Asked) -> Object:
    invoice = world.store.get("invoice", asked.ids["invoice"])
    if invoice["status"] != "open":
        raise invalid("You can only pass in open invoices.", code="invoice_not_editable")
    write_off(world, invoice)
    return invoice
