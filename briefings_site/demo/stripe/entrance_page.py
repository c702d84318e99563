"""The first page: what time it is here, the latest payments, and what banks and time may do to them."""

from datetime import UTC, datetime
from html import escape

from . import disputes, payments, refunds
from .errors import ApiError
from .pages import Page, Visit, complaint, go, money, note, printed_at
from .store import Object
from .world import World

SHOWN = 12
DAY = 86_400
LATER = ((1, "A day"), (8, "A week"), (32, "A month"))


@printed_at("/")
def entrance(world: World, visit: Visit) -> Page:
    if not visit.form:
        return _page(world)
    try:
        _do(world, visit.form)
    except ApiError as error:
        return _page(world, wrong=str(error))
    return go("/")


def _do(world: World, form: dict[str, str]) -> None:
    """Raises ApiError."""
    if (days := form.get("days", "")).isdecimal():
        world.move_clock(world.real_now() + int(days) * DAY)
    elif charge := world.store.find("charge", form.get("charge")):
        _do_to(world, charge, form.get("action", ""))


def _do_to(world: World, charge: Object, action: str) -> None:
    intent = world.store.the("payment_intent", charge["payment_intent"])
    if action == "refund" and (left := charge["amount"] - charge["amount_refunded"]):
        refunds.make(world, charge, left, reason="requested_by_customer")
    elif action == "dispute" and not charge["disputed"]:
        disputes.begin(world, charge)
    elif action in ("settle", "bounce"):
        payments.settle(world, intent, succeeds=action == "settle")
    elif action in ("won", "lost"):
        for dispute in world.store.where("dispute", charge=charge["id"]):
            disputes.close(world, dispute, won=action == "won")


def _page(world: World, *, wrong: str | None = None) -> Page:
    later = " ".join(f'<button name="days" value="{days}">{words} later</button>' for days, words in LATER)
    charges = list(world.store.where("charge"))[-SHOWN:]
    rows = "".join(_row(world, charge) for charge in reversed(charges))
    table = f"<h2>Latest payments</h2><table>{rows}</table>" if rows else ""
    now = f"{datetime.fromtimestamp(world.now(), UTC):%-d %B %Y, %H:%M} UTC"
    clock = f'{complaint(wrong)}<form method="post">{later}</form>'
    return note("The local Stripe", f"Here it is {now}.", link=clock + table, status=422 if wrong else 200)


def _row(world: World, charge: Object) -> str:
    amount = money(charge["amount"], charge["currency"])
    who = escape(charge["billing_details"]["email"] or "")
    buttons = "".join(
        f'<button name="action" value="{name}">{words}</button> ' for name, words in _offered(world, charge)
    )
    hidden = f'<input type="hidden" name="charge" value="{charge["id"]}">'
    form = f'<form method="post">{hidden}{buttons}</form>' if buttons else ""
    return f'<tr><th scope="row">{who}, {_state(charge)}{form}</th><td>{amount}</td></tr>'


def _state(charge: Object) -> str:
    if charge["disputed"]:
        return "disputed"
    if charge["amount_refunded"]:
        return f"{money(charge['amount_refunded'], charge['currency'])} refunded"
    return str(charge["status"])


def _offered(world: World, charge: Object) -> list[tuple[str, str]]:
    if charge["status"] == "pending":
        return [("settle", "Let it pay"), ("bounce", "Let it bounce")]
    if charge["status"] != "succeeded":
        return []
    found = world.store.where("dispute", charge=charge["id"])
    if any(one["status"] in disputes.OPEN for one in found):
        return [("won", "Dispute won"), ("lost", "Dispute lost")]
    offered = [] if charge["refunded"] else [("refund", "Refund")]
    return offered if charge["disputed"] else [*offered, ("dispute", "Dispute")]
