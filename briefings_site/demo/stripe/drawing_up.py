"""Drawing up an invoice: entries become lines, with discount, tax and totals. All in minor units."""

from dataclasses import dataclass
from typing import Any

from . import tax
from .catalogue import amount_in
from .customers import tax_ids
from .errors import invalid
from .pagination import whole_list
from .reckoning import Line, reckon
from .store import Object, new_id
from .world import World


@dataclass(frozen=True, kw_only=True)
class Entry:
    """What becomes one line: ``amount`` in minor units, before discount, for the time from start to end."""

    amount: int
    price: Object
    quantity: int
    description: str
    start: int
    end: int
    item: str | None = None
    proration: bool = False


def entry(
    world: World,
    price: Object,
    quantity: int,
    *,
    money: str,
    start: int,
    end: int,
    item: str | None = None,
    free: bool = False,
) -> Entry:
    name = world.store.the("product", price["product"])["name"]
    priced = amount_in(price, money)
    if priced is None:
        raise invalid(f"The price {price['id']} has no amount in {money}.", param="price")
    each = 0 if free else priced[0]
    every = f" / {price['recurring']['interval']}" if price["recurring"] else ""
    words = (
        f"Trial period for {name}" if free else f"{quantity} × {name} (at {each / 100:.2f} {money}{every})"
    )
    return Entry(
        amount=each * quantity,
        price=price,
        quantity=quantity,
        description=words,
        start=start,
        end=end,
        item=item,
    )


def levy_for(world: World, customer: Object, *, automatic: bool) -> tax.Levy:
    if not automatic:
        return tax.NONE
    country = (customer["address"] or {}).get("country")
    return tax.levy(country, tax_ids(world, customer["id"]), exempt=customer["tax_exempt"])


def draw_up(
    world: World,
    customer: Object,
    entries: list[Entry],
    *,
    money: str,
    reason: str,
    automatic_tax: bool,
    subscription: Object | None = None,
    discount: Object | None = None,
    **known: Any,
) -> Object:
    """A draft, which is in no table yet."""
    named = known.pop("id", None) or new_id("in")
    levied = levy_for(world, customer, automatic=automatic_tax)
    coupon = world.store.find("coupon", discount["source"]["coupon"]) if discount else None
    lines, sums = _lines(named, entries, coupon, discount, levied, money, subscription)
    now = world.now_for(customer["id"])
    return {
        **_blank(customer, tax_ids(world, customer["id"])),
        **sums,
        "id": named,
        "object": "invoice",
        "livemode": False,
        "automatic_tax": _automatic_tax(automatic_tax),
        "billing_reason": reason,
        "created": now,
        "currency": money,
        "discounts": [discount["id"]] if discount else [],
        "lines": whole_list(lines, url=f"/v1/invoices/{named}/lines"),
        "parent": _parent(subscription),
        "period_end": now,
        "period_start": now,
        "starting_balance": 0,
        "test_clock": customer["test_clock"],
        "_pending": [],
        **known,
    }


def _automatic_tax(enabled: bool) -> Object:
    on = {"liability": {"type": "self"}, "provider": "stripe", "status": "complete"}
    off = {"liability": None, "provider": None, "status": None}
    return {"disabled_reason": None, "enabled": enabled} | (on if enabled else off)


def _parent(subscription: Object | None) -> Object | None:
    if subscription is None:
        return None
    details = {"metadata": dict(subscription["metadata"]), "subscription": subscription["id"]}
    return {"quote_details": None, "subscription_details": details, "type": "subscription_details"}


def _blank(customer: Object, ids: list[Object]) -> Object:
    return {
        "account_country": "DE",
        "account_name": "Marquee",
        "account_tax_ids": None,
        "amount_overpaid": 0,
        "amount_paid": 0,
        "amount_shipping": 0,
        "application": None,
        "attempt_count": 0,
        "attempted": False,
        "auto_advance": True,
        "automatically_finalizes_at": None,
        "collection_method": "charge_automatically",
        "custom_fields": None,
        "customer": customer["id"],
        "customer_account": None,
        "customer_address": customer["address"],
        "customer_email": customer["email"],
        "customer_name": customer["name"],
        "customer_phone": customer["phone"],
        "customer_shipping": customer["shipping"],
        "customer_tax_exempt": customer["tax_exempt"],
        "customer_tax_ids": [{"type": one["type"], "value": one["value"]} for one in ids],
        "default_payment_method": None,
        "default_source": None,
        "default_tax_rates": [],
        "description": None,
        "due_date": None,
        "effective_at": None,
        "ending_balance": None,
        "footer": None,
        "from_invoice": None,
        "hosted_invoice_url": None,
        "invoice_pdf": None,
        "issuer": {"type": "self"},
        "last_finalization_error": None,
        "latest_revision": None,
        "metadata": {},
        "next_payment_attempt": None,
        "number": None,
        "on_behalf_of": None,
        "payment_settings": {
            "default_mandate": None,
            "payment_method_options": None,
            "payment_method_types": None,
        },
        "post_payment_credit_notes_amount": 0,
        "pre_payment_credit_notes_amount": 0,
        "receipt_number": None,
        "rendering": None,
        "shipping_cost": None,
        "shipping_details": None,
        "statement_descriptor": None,
        "status": "draft",
        "status_transitions": dict.fromkeys(
            ("finalized_at", "marked_uncollectible_at", "paid_at", "voided_at")
        ),
        "webhooks_delivered_at": None,
    }


def _lines(
    invoice: str,
    entries: list[Entry],
    coupon: Object | None,
    discount: Object | None,
    levied: tax.Levy,
    money: str,
    subscription: Object | None,
) -> tuple[list[Object], Object]:
    behaviours = [tax.inclusive(_behaviour(one.price, money), money) for one in entries]
    reckoned = reckon(
        [
            Line(amount=one.amount, inclusive=inclusive, product=one.price["product"])
            for one, inclusive in zip(entries, behaviours, strict=True)
        ],
        coupon,
        levied,
    )
    lines = []
    taxes: dict[bool, list[int]] = {}
    for one, sum_ in zip(entries, reckoned, strict=True):
        taxed = tax.total(levied, sum_.tax, sum_.taxable, inclusive=sum_.inclusive)
        amounts = [{"amount": sum_.discount, "discount": discount["id"]}] if discount else []
        lines.append(
            {
                "id": new_id("il"),
                "object": "line_item",
                "amount": one.amount,
                "currency": money,
                "description": one.description,
                "discount_amounts": amounts,
                "discountable": not one.proration,
                "discounts": [discount["id"]] if discount else [],
                "invoice": invoice,
                "livemode": False,
                "metadata": dict(subscription["metadata"]) if subscription else {},
                "parent": _line_parent(one, subscription),
                "period": {"end": one.end, "start": one.start},
                "pretax_credit_amounts": [],
                "pricing": {
                    "price_details": {"price": one.price["id"], "product": one.price["product"]},
                    "type": "price_details",
                    "unit_amount_decimal": str(one.amount // one.quantity),
                },
                "quantity": one.quantity,
                "quantity_decimal": str(one.quantity),
                "subscription": subscription["id"] if subscription else None,
                "subtotal": one.amount,
                "taxes": [taxed] if levied.country else [],
            }
        )
        kept = taxes.setdefault(sum_.inclusive, [0, 0])
        kept[0] += sum_.tax
        kept[1] += sum_.taxable
    subtotal = sum(one.amount for one in entries)
    total = sum(sum_.total for sum_ in reckoned)
    within = sum(sum_.tax for sum_ in reckoned if sum_.inclusive)
    off = sum(sum_.discount for sum_ in reckoned)
    return lines, {
        "amount_due": max(0, total),
        "amount_remaining": max(0, total),
        "subtotal": subtotal,
        "subtotal_excluding_tax": subtotal - within,
        "total": total,
        "total_discount_amounts": [{"amount": off, "discount": discount["id"]}] if discount else [],
        "total_excluding_tax": total - sum(sum_.tax for sum_ in reckoned),
        "total_pretax_credit_amounts": [],
        "total_taxes": [
            tax.total(levied, amount, taxable, inclusive=inclusive)
            for inclusive, (amount, taxable) in taxes.items()
            if levied.country
        ],
    }


def _behaviour(price: Object, money: str) -> str | None:
    priced = amount_in(price, money)
    return priced[1] if priced else None


def _line_parent(one: Entry, subscription: Object | None) -> Object | None:
    if subscription is None or one.item is None:
        details = {"invoice_item": new_id("ii"), "proration": False, "proration_details": None}
        details["subscription"] = subscription["id"] if subscription else None
        return {
            "invoice_item_details": details,
            "subscription_item_details": None,
            "type": "invoice_item_details",
        }
    details = {
        "invoice_item": None,
        "proration": one.proration,
        "proration_details": {"credited_items": None},
        "subscription": subscription["id"],
        "subscription_item": one.item,
    }
    return {
        "invoice_item_details": None,
        "subscription_item_details": details,
        "type": "subscription_item_details",
    }
