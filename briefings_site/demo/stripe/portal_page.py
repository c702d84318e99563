"""The hosted customer portal: switch, cancel, take that back, another card, invoices."""

from datetime import UTC, datetime
from html import escape
from typing import Any

from . import cards, steering, subscriptions
from .api import Asked
from .checkout_page import refuse_unfinished_card
from .errors import ApiError, invalid
from .joining import change_means
from .pages import Page, Visit, complaint, go, money, note, part, printed_at, row, sheet
from .store import Object
from .world import World

SHOWN = ("trialing", "active", "past_due", "unpaid", "paused")


@printed_at("/p/session/{}")
def portal(world: World, visit: Visit) -> Page:
    session = world.store.find("billing_portal.session", visit.named)
    if session is None:
        return note("Not here", "There is no such portal session.", status=404)
    if not visit.form:
        return _page(world, session)
    try:
        DOINGS[visit.form.get("action", "")](world, session, visit.form)
    except ApiError as error:
        return _page(world, session, wrong=str(error))
    except KeyError:
        return _page(world, session, wrong="This cannot be done here.")
    return go(_onwards(session))


def _onwards(session: Object) -> str:
    after = (session["flow"] or {}).get("after_completion") or {}
    if after.get("type") == "redirect":
        return str(after["redirect"]["return_url"])
    if after.get("type") == "hosted_confirmation" and session["return_url"]:
        return str(session["return_url"])
    return str(session["url"])


def _features(world: World, session: Object) -> Object:
    found: Object = world.store.the("billing_portal.configuration", session["configuration"])["features"]
    return found


def _own(world: World, session: Object, form: dict[str, str]) -> Object:
    found = world.store.find("subscription", form.get("subscription"))
    if found is None or found["customer"] != session["customer"]:
        raise invalid("This is not a subscription of yours.")
    return found


def _update(world: World, subscription: Object, **params: Any) -> None:
    steering.update(world, Asked(ids={"subscription": subscription["id"]}, params=params))


def _cancel(world: World, session: Object, form: dict[str, str]) -> None:
    subscription = _own(world, session, form)
    feature = _features(world, session)["subscription_cancel"]
    if not feature["enabled"]:
        raise invalid("Cancelling is not offered here.")
    if feature["mode"] == "immediately":
        steering.cancel(world, Asked(ids={"subscription": subscription["id"]}, params={}))
    else:
        _update(world, subscription, cancel_at_period_end=True)


def _keep(world: World, session: Object, form: dict[str, str]) -> None:
    _update(world, _own(world, session, form), cancel_at_period_end=False)


def _switch(world: World, session: Object, form: dict[str, str]) -> None:
    subscription = _own(world, session, form)
    if form.get("price") not in [price["id"] for price in _offered(world, session, subscription)]:
        raise invalid("Choose one of the plans.")
    item = subscriptions.items_of(subscription)[0]
    behaviour = _features(world, session)["subscription_update"]["proration_behavior"]
    _update(
        world,
        subscription,
        items=[{"id": item["id"], "price": form["price"]}],
        proration_behavior=behaviour,
    )


def _change_card(world: World, session: Object, form: dict[str, str]) -> None:
    if not _features(world, session)["payment_method_update"]["enabled"]:
        raise invalid("Another card is not offered here.")
    refuse_unfinished_card(world, form)
    if (used := cards.means(form["number"])).fate is cards.Fate.DECLINES:
        raise cards.refused(used.message, used.code)
    change_means(world, world.store.the("customer", session["customer"]), form["number"])


DOINGS = {"cancel": _cancel, "keep": _keep, "switch": _switch, "card": _change_card}


def _page(world: World, session: Object, *, wrong: str | None = None) -> Page:
    flow = session["flow"] or {}
    own = world.store.where("subscription", customer=session["customer"])
    shown = [one for one in own if one["status"] in SHOWN]
    features = _features(world, session)
    kind = flow.get("type")
    card = features["payment_method_update"]["enabled"] and kind in (None, "payment_method_update")
    return sheet(
        "Your plan",
        "portal",
        status=422 if wrong else 200,
        back=escape(session["return_url"] or "/"),
        back_name="Back to the shop",
        wrong=complaint(wrong),
        plans="".join(_plan(world, session, one, features, kind) for one in shown)
        or '<p class="card">You have no plan now.</p>',
        card=_card_form() if card else "",
        invoices=_invoices(world, session) if features["invoice_history"]["enabled"] and kind is None else "",
    )


def _plan(world: World, session: Object, subscription: Object, features: Object, kind: str | None) -> str:
    item = subscriptions.items_of(subscription)[0]
    name = world.store.the("product", item["price"]["product"])["name"]
    end = day(subscriptions.period_end(subscription))
    state = f"Ends on {end}" if subscription["cancel_at"] else f"Renews on {end}"
    if subscription["status"] == "trialing":
        state = f"Free until {end}" + (", then ends" if subscription["cancel_at"] else "")
    forms = ""
    if kind in (None, "subscription_update", "subscription_update_confirm"):
        forms += _switch_form(world, session, subscription, features)
    if kind in (None, "subscription_cancel"):
        forms += _cancel_form(subscription, features)
    price = f"{money(item['price']['unit_amount'], subscription['currency'])} per {item['plan']['interval']}"
    status = subscription["status"].replace("_", " ")
    table = row(f"{name} ({status})", price) + row(state, "")
    return f'<section class="card"><table>{table}</table>{forms}</section>'


def _form(subscription: Object, action: str, words: str, more: str = "") -> str:
    hidden = f'<input type="hidden" name="subscription" value="{subscription["id"]}">'
    button = f'<button name="action" value="{action}">{escape(words)}</button>'
    return f'<form method="post">{hidden}{more}{button}</form>'


def _switch_form(world: World, session: Object, subscription: Object, features: Object) -> str:
    offered = _offered(world, session, subscription)
    if not features["subscription_update"]["enabled"] or not offered:
        return ""
    wanted = ((session["flow"] or {}).get("subscription_update_confirm") or {}).get("items") or [{}]
    options = "".join(
        _option(world, price, chosen=price["id"] == wanted[0].get("price")) for price in offered
    )
    choice = f"<fieldset><legend>Switch to</legend>{options}</fieldset>"
    return _form(subscription, "switch", "Switch plan", choice)


def _option(world: World, price: Object, *, chosen: bool) -> str:
    checked = " checked" if chosen else ""
    words = escape(_offer(world, price))
    return f'<label><input type="radio" name="price" value="{price["id"]}"{checked}> {words}</label>'


def _offered(world: World, session: Object, subscription: Object) -> list[Object]:
    current = subscriptions.items_of(subscription)[0]["price"]["id"]
    products = _features(world, session)["subscription_update"]["products"] or []
    prices = [world.store.find("price", named) for product in products for named in product["prices"]]
    return [
        price
        for price in prices
        if price and price["id"] != current and price["currency"] == subscription["currency"]
    ]


def _offer(world: World, price: Object) -> str:
    name = world.store.the("product", price["product"])["name"]
    return f"{name}, {money(price['unit_amount'], price['currency'])} per {price['recurring']['interval']}"


def _cancel_form(subscription: Object, features: Object) -> str:
    if subscription["cancel_at"]:
        return _form(subscription, "keep", "Don't cancel")
    return _form(subscription, "cancel", "Cancel plan") if features["subscription_cancel"]["enabled"] else ""


def _card_form() -> str:
    empty = dict.fromkeys(("name", "number", "expiry", "cvc", "iban"), "")
    ways = '<label><input type="radio" name="way" value="card" checked> Card</label>'
    return (
        '<form method="post" class="card"><h2>Another card</h2>'
        f"{part('means', ways=ways, **empty)}"
        '<button name="action" value="card">Save card</button></form>'
    )


def _invoices(world: World, session: Object) -> str:
    made = list(world.store.where("invoice", customer=session["customer"]))
    rows = "".join(
        f'<tr><th scope="row"><a href="{escape(one["hosted_invoice_url"])}">{escape(one["number"])}</a>, '
        f"{day(one['created'])}, {one['status']}</th><td>{money(one['total'], one['currency'])}</td></tr>"
        for one in reversed(made)
        if one["number"]
    )
    return f'<section class="card"><h2>Invoices</h2><table>{rows}</table></section>' if rows else ""


def day(moment: int) -> str:
    return f"{datetime.fromtimestamp(moment, UTC):%-d %B %Y}"


@printed_at("/i/{}")
def invoice(world: World, visit: Visit) -> Page:
    found = world.store.find("invoice", visit.named)
    if found is None or not found["number"]:
        return note("Not here", "There is no such invoice.", status=404)
    lines = "".join(
        row(one["description"], money(one["amount"], found["currency"])) for one in found["lines"]["data"]
    )
    tax = sum(one["amount"] for one in found["total_taxes"])
    lines += row("Tax", money(tax, found["currency"])) if tax else ""
    lines += row("Total", money(found["total"], found["currency"]))
    lines += row(f"{found['status'].capitalize()}, {day(found['created'])}", "")
    return note(f"Invoice {found['number']}", "", link=f"<table>{lines}</table>")


@printed_at("/i/{}/pdf")
def invoice_pdf(world: World, visit: Visit) -> Page:
    return invoice(world, visit)


@printed_at("/receipts/{}")
def receipt(world: World, visit: Visit) -> Page:
    charge = world.store.find("charge", visit.named)
    if charge is None:
        return note("Not here", "There is no such receipt.", status=404)
    lines = row("Paid", money(charge["amount"], charge["currency"]))
    if back := charge["amount_refunded"]:
        lines += row("Refunded", money(back, charge["currency"]))
    return note("Receipt", day(charge["created"]), link=f"<table>{lines}</table>")
