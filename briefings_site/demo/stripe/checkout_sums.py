"""What a checkout session comes to, line by line, and how that is told."""

from . import tax
from .customers import tax_ids
from .expansion import on_demand
from .pagination import whole_list
from .reckoning import Line, Reckoned, reckon, tax_of, total_of
from .store import Object
from .world import World


def known_country(world: World, session: Object) -> str | None:
    customer = world.store.find("customer", session["customer"])
    return customer["address"]["country"] if customer and customer["address"] else None


def levied(
    world: World, session: Object, *, country: str | None, given: list[Object] | None = None
) -> tax.Levy:
    if not session["automatic_tax"]["enabled"]:
        return tax.NONE
    customer = world.store.find("customer", session["customer"])
    exempt = customer["tax_exempt"] if customer else "none"
    return tax.levy(country, given or tax_ids(world, session["customer"]), exempt=exempt)


def trial_days(session: Object) -> bool:
    data = session["_subscription_data"]
    return bool(data.get("trial_period_days") or data.get("trial_end"))


def reckoned(world: World, session: Object, levy: tax.Levy) -> list[Reckoned]:
    """What is due today: nothing of a recurring price during a trial."""
    lines = [
        Line(
            amount=0 if line["_recurring"] and trial_days(session) else line["_amount"],
            inclusive=line["_inclusive"],
            product=line["_product"],
        )
        for line in session["_lines"]
    ]
    coupon = world.store.find("coupon", session["_chosen"]["coupon"]) if session["_chosen"] else None
    return reckon(lines, coupon, levy)


def settle_amounts(
    world: World, session: Object, *, country: str | None, given: list[Object] | None = None
) -> None:
    levy = levied(world, session, country=country, given=given)
    lines = reckoned(world, session, levy)
    session["amount_subtotal"] = sum(line.amount for line in lines)
    session["amount_total"] = total_of(lines)
    discount = sum(line.discount for line in lines)
    session["total_details"] = {
        "amount_discount": discount,
        "amount_shipping": 0,
        "amount_tax": tax_of(lines),
    }
    session["_levy"] = {"percentage": levy.percentage, "country": levy.country, "reason": levy.reason}
    if session["automatic_tax"]["enabled"] and country:
        session["automatic_tax"]["status"] = "complete"
    for kept, line in zip(session["_lines"], lines, strict=True):
        kept |= {
            "_discount": line.discount,
            "_tax": line.tax,
            "_total": line.total,
            "_subtotal": line.amount,
            "_taxable": line.taxable,
        }


def line_items(world: World, session: Object) -> list[Object]:
    return [
        {
            "id": line["id"],
            "object": "item",
            "adjustable_quantity": line["adjustable_quantity"],
            "amount_discount": line["_discount"],
            "amount_subtotal": line["_subtotal"],
            "amount_tax": line["_tax"],
            "amount_total": line["_total"],
            "currency": session["currency"],
            "description": line["description"],
            "metadata": line["metadata"],
            "price": world.store.the("price", line["_price"]),
            "quantity": line["quantity"],
        }
        for line in session["_lines"]
    ]


@on_demand("checkout.session", "line_items")
def _line_items(world: World, session: Object) -> Object:
    kept = world.store.the("checkout.session", session["id"])
    return whole_list(line_items(world, kept), url=f"/v1/checkout/sessions/{session['id']}/line_items")


def line_taxes(session: Object, line: Object) -> list[Object]:
    levy = tax.Levy(**session["_levy"])
    if not session["automatic_tax"]["enabled"] or levy.country is None:
        return []
    rate = tax.rate_object(levy, inclusive=line["_inclusive"], created=session["created"])
    return [
        {
            "amount": line["_tax"],
            "rate": rate,
            "taxability_reason": levy.reason,
            "taxable_amount": line["_taxable"],
        }
    ]


@on_demand("item", "taxes")
def _item_taxes(world: World, item: Object) -> list[Object]:
    session, line = _where_line(world, item["id"])
    return line_taxes(session, line)


@on_demand("item", "discounts")
def _item_discounts(world: World, item: Object) -> list[Object]:
    session, line = _where_line(world, item["id"])
    made = world.store.find("discount", session.get("_discount"))
    return [{"amount": line["_discount"], "discount": made}] if made else []


def _where_line(world: World, wanted: str) -> tuple[Object, Object]:
    return next(
        (session, line)
        for session in world.store.where("checkout.session")
        for line in session["_lines"]
        if line["id"] == wanted
    )


def breakdown(world: World, session: Object) -> Object:
    made = world.store.find("discount", session.get("_discount"))
    discount = session["total_details"]["amount_discount"]
    taxes: list[Object] = []
    for line in session["_lines"]:
        taxes += line_taxes(session, line)
    return {"discounts": [{"amount": discount, "discount": made}] if made else [], "taxes": _summed(taxes)}


def _summed(taxes: list[Object]) -> list[Object]:
    by_rate: dict[str, Object] = {}
    for one in taxes:
        kept = by_rate.setdefault(one["rate"]["id"], one | {"amount": 0, "taxable_amount": 0})
        kept["amount"] += one["amount"]
        kept["taxable_amount"] += one["taxable_amount"]
    return list(by_rate.values())


@on_demand("checkout.session.total_details", "breakdown")
def _breakdown(world: World, session: Object) -> Object:
    return breakdown(world, world.store.the("checkout.session", session["id"]))
