"""The hosted payment page of a checkout session, and 3-D Secure after it. It works without JavaScript."""

import re
from datetime import UTC, datetime
from html import escape

from . import invoices, payments
from .checkout_sums import trial_days
from .errors import ApiError, invalid
from .pages import Page, Visit, complaint, go, link, money, note, part, printed_at, row, sheet
from .paying import Buyer, drop_code, fail_proof, needs_method, pay, price_up, prove
from .store import Object
from .tax import RATES
from .world import World

NAMES = {
    "AT": "Austria",
    "BE": "Belgium",
    "CH": "Switzerland",
    "DE": "Germany",
    "DK": "Denmark",
    "ES": "Spain",
    "FR": "France",
    "GB": "United Kingdom",
    "IE": "Ireland",
    "IT": "Italy",
    "NL": "Netherlands",
    "PL": "Poland",
    "PT": "Portugal",
    "SE": "Sweden",
    "US": "United States",
}
WAYS = {"card": "Card", "sepa_debit": "SEPA bank debit (pays days later)"}
EVERY = {"day": "day", "week": "week", "month": "month", "year": "year"}


@printed_at("/c/pay/{}")
def checkout(world: World, visit: Visit) -> Page:
    session = world.store.find("checkout.session", visit.named)
    if session is None:
        return note("Not here", "There is no such checkout session.", status=404)
    if session["status"] == "complete":
        return _paid(session, visit)
    if session["status"] == "expired":
        return note(
            "This page has expired",
            "It can no longer be paid here.",
            link=link(session["cancel_url"], "Back to the shop"),
        )
    return _submitted(world, session, visit.form) if visit.form else _page(world, session, {})


def _paid(session: Object, visit: Visit) -> Page:
    if visit.form:
        return go(success(session))
    return note("This is already paid", "There is nothing more to do.", link=link(success(session), "Go on"))


def success(session: Object) -> str:
    return str(session["success_url"]).replace("{CHECKOUT_SESSION_ID}", session["id"])


def _submitted(world: World, session: Object, form: dict[str, str]) -> Page:
    buyer = _buyer(session, form)
    try:
        if form.get("action") == "remove":
            drop_code(world, session, buyer)
            return _page(world, session, form)
        if form.get("action") == "update":
            price_up(world, session, buyer)
            return _page(world, session, form)
        _refuse_unfinished(world, session, form)
        outcome = pay(world, session, buyer)
    except ApiError as error:
        return _page(world, session, form, wrong=str(error))
    return go(_proof_page(world, session) if outcome == "requires_action" else success(session))


def _proof_page(world: World, session: Object) -> str:
    intent = world.store.the("payment_intent", session["payment_intent"] or session["_intent"])
    return str(intent["next_action"]["redirect_to_url"]["url"])


def _buyer(session: Object, form: dict[str, str]) -> Buyer:
    number = form.get("iban", "") if form.get("way") == "sepa_debit" else form.get("number", "")
    return Buyer(
        number=number,
        email=form.get("email") or None,
        name=form.get("name") or None,
        country=form.get("country") or None,
        vat=form.get("vat") or None,
        promotion_code=form.get("code") or None,
    )


def _refuse_unfinished(world: World, session: Object, form: dict[str, str]) -> None:
    consent = (session["consent_collection"] or {}).get("terms_of_service")
    if consent == "required" and not form.get("terms"):
        raise invalid("Agree to the terms to go on.")
    if form.get("way", "card") == "card" and needs_method(session):
        refuse_unfinished_card(world, form)


def refuse_unfinished_card(world: World, form: dict[str, str]) -> None:
    """Raises ApiError."""
    if not form.get("number"):
        raise invalid("Your card number is incomplete.")
    match = re.fullmatch(r"\s*(\d{1,2})\s*/\s*(?:20)?(\d{2})\s*", form.get("expiry", ""))
    if match is None or not 1 <= int(match[1]) <= 12:
        raise invalid("Your card's expiration date is incomplete.")
    now = datetime.fromtimestamp(world.now(), UTC)
    if (2000 + int(match[2]), int(match[1])) < (now.year, now.month):
        raise invalid("Your card's expiration date is in the past.")
    if not re.fullmatch(r"\d{3,4}", form.get("cvc", "").strip()):
        raise invalid("Your card's security code is incomplete.")


def _page(world: World, session: Object, form: dict[str, str], *, wrong: str | None = None) -> Page:
    customer = world.store.find("customer", session["customer"]) or {}
    known = session["customer_email"] or customer.get("email") or ""
    currency = session["currency"]
    details = session["total_details"]
    return sheet(
        "Checkout",
        "checkout",
        status=422 if wrong else 200,
        back=escape(session["cancel_url"] or "/"),
        heading="Join" if session["mode"] == "subscription" else "Pay",
        session=session["id"],
        wrong=complaint(wrong),
        lines="".join(_line(world, session, line) for line in session["_lines"]),
        subtotal=money(session["amount_subtotal"], currency),
        discount=row("Discount", money(-details["amount_discount"], currency))
        if details["amount_discount"]
        else "",
        tax=_tax(session),
        total_name="Total due today" if trial_days(session) else "Total",
        total=money(session["amount_total"], currency),
        email=escape(form.get("email") or known),
        email_fixed="readonly" if known else "",
        code=_code(world, session, form),
        countries=_countries(form.get("country") or (customer.get("address") or {}).get("country") or ""),
        vat=_vat(session, form),
        means=_means(session, form) if needs_method(session) else "",
        terms=_terms(session),
        submit_text=escape((session["custom_text"].get("submit") or {}).get("message", "")),
        pay=_button(session),
    )


def _line(world: World, session: Object, line: Object) -> str:
    price = world.store.the("price", line["_price"])
    every = f" per {EVERY[price['recurring']['interval']]}" if price["recurring"] else ""
    days = session["_subscription_data"].get("trial_period_days")
    free = f", first {days} days free" if days and price["recurring"] else ""
    amount = money(line["_amount"], session["currency"])
    return row(f"{line['quantity']} × {line['description']}{free}", f"{amount}{every}")


def _tax(session: Object) -> str:
    if not session["automatic_tax"]["enabled"]:
        return ""
    levy = session["_levy"]
    if levy["country"] is None:
        return row("Tax", "after you choose your country")
    if levy["reason"] == "reverse_charge":
        return row("VAT", "reverse charge")
    inclusive = all(line["_inclusive"] for line in session["_lines"])
    words = f"VAT {levy['percentage']} %" + (", included" if inclusive else "")
    return row(words, money(session["total_details"]["amount_tax"], session["currency"]))


def _code(world: World, session: Object, form: dict[str, str]) -> str:
    if not session["allow_promotion_codes"]:
        return ""
    chosen = session["_chosen"]
    code = world.store.the("promotion_code", chosen["promotion_code"])["code"] if chosen else ""
    remove = '<button name="action" value="remove" formnovalidate>Remove the code</button>' if chosen else ""
    shown = escape(code or form.get("code", ""))
    return (
        f'<label for="code">Promotion code</label><input id="code" name="code" value="{shown}" '
        f'autocomplete="off">{remove}'
    )


def _countries(chosen: str) -> str:
    assert NAMES.keys() >= RATES.keys()
    options = [
        f'<option value="{code}"{" selected" if code == chosen else ""}>{name}</option>'
        for code, name in sorted(NAMES.items(), key=lambda pair: pair[1])
    ]
    return '<option value="">Choose</option>' + "".join(options)


def _vat(session: Object, form: dict[str, str]) -> str:
    if not session["tax_id_collection"]["enabled"]:
        return ""
    value = escape(form.get("vat", ""))
    return f'<label for="vat">VAT id (for businesses)</label><input id="vat" name="vat" value="{value}">'


def _means(session: Object, form: dict[str, str]) -> str:
    chosen = form.get("way", "card")
    offered = [way for way in WAYS if way in session["payment_method_types"]]
    ways = "".join(
        f'<label><input type="radio" name="way" value="{way}"{" checked" if way == chosen else ""}> '
        f"{WAYS[way]}</label>"
        for way in offered
    )
    iban = (
        f'<label for="iban">IBAN</label><input id="iban" name="iban" value="{escape(form.get("iban", ""))}">'
    )
    fields = {name: escape(form.get(name, "")) for name in ("name", "number", "expiry", "cvc")}
    return part("means", ways=ways, iban=iban if "sepa_debit" in offered else "", **fields)


def _terms(session: Object) -> str:
    if (session["consent_collection"] or {}).get("terms_of_service") != "required":
        return ""
    given = session["custom_text"].get("terms_of_service_acceptance") or {}
    text = escape(given.get("message", "I agree to the terms of service."))
    return f'<label><input type="checkbox" name="terms" value="yes"> {text}</label>'


def _button(session: Object) -> str:
    if session["mode"] == "subscription":
        return "Start trial" if trial_days(session) else "Subscribe"
    return (
        f"Pay {money(session['amount_total'], session['currency'])}"
        if session["amount_total"]
        else "Complete"
    )


@printed_at("/3ds/{}")
def proof(world: World, visit: Visit) -> Page:
    intent = world.store.find("payment_intent", visit.named)
    if intent is None or intent["status"] != "requires_action":
        return note("Nothing to confirm", "This payment asks for nothing any more.", status=404)
    session = _session_of(world, intent)
    if not visit.form:
        return sheet("3-D Secure", "proof", amount=money(intent["amount"], intent["currency"]))
    passed = visit.form.get("outcome") == "complete"
    if session is None or session["status"] != "open":
        return _prove_invoice(world, intent, passed)
    if not passed:
        fail_proof(world, session)
        return _page(world, session, _form_of(session), wrong=intent["last_payment_error"]["message"])
    try:
        prove(world, session)
    except ApiError as error:
        return _page(world, session, _form_of(session), wrong=str(error))
    return go(success(session))


def _form_of(session: Object) -> dict[str, str]:
    kept = session.get("_buyer") or {}
    names = {"email": "email", "name": "name", "country": "country", "vat": "vat"}
    return {name: kept[field] for name, field in names.items() if kept.get(field)}


def _session_of(world: World, intent: Object) -> Object | None:
    for session in world.store.where("checkout.session"):
        if intent["id"] in (session["payment_intent"], session.get("_intent")):
            return session
    return None


def _prove_invoice(world: World, intent: Object, passed: bool) -> Page:
    invoice = invoices.invoice_of(world, intent)
    if not passed:
        payments.refuse_proof(world, intent)
    elif invoice:
        invoices.collect(world, invoice, present=True, proven=True)
    return go(invoice["hosted_invoice_url"] if invoice else "/")
