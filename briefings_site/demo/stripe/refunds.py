"""Refunds: cumulative, of the whole or a part, at once for cards and days later for bank debits."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from .api import Asked, listed, merged, refuse_missing, retrieved, route
from .errors import invalid
from .pagination import page
from .parameters import metadata, one_of, positive, text
from .payments import move_money
from .store import Object
from .world import World, due

DAYS = 3 * 86_400
REASONS = one_of("duplicate", "fraudulent", "requested_by_customer")


@route(
    "POST",
    "/v1/refunds",
    amount=positive,
    charge=text,
    instructions_email=text,
    metadata=metadata,
    payment_intent=text,
    reason=REASONS,
)
def create(world: World, asked: Asked) -> Object:
    charge = _charge(world, asked)
    left = charge["amount"] - charge["amount_refunded"]
    if charge["status"] != "succeeded":
        raise invalid(
            f"The charge {charge['id']} has not been paid, so it cannot be refunded.", param="charge"
        )
    if charge["refunded"] or left == 0:
        raise invalid(f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
    if charge["disputed"] and charge.get("_charged_back"):
        raise invalid(
            f"Charge {charge['id']} has been charged back; cannot issue a refund.", code="charge_disputed"
        )
    amount = asked.get("amount", left)
    if amount > left:
        raise invalid(
            f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})",
            param="amount",
            code="amount_too_large",
        )
    return make(world, charge, amount, reason=asked.get("reason"), metadata=asked.get("metadata", {}))


def _charge(world: World, asked: Asked) -> Object:
    if named := asked.get("charge"):
        if (charge := world.store.find("charge", named)) is None:
            raise refuse_missing("charge", named, param="charge")
        return charge
    named = asked.get("payment_intent")
    if named is None:
        raise invalid(
            "One of the following params should be provided for this request: payment_intent or charge."
        )
    if (intent := world.store.find("payment_intent", named)) is None:
        raise refuse_missing("payment_intent", named, param="payment_intent")
    if (charge := world.store.find("charge", intent["latest_charge"])) is None:
        raise invalid(f"This PaymentIntent ({named}) does not have a successful charge to refund.")
    return charge


def make(world: World, charge: Object, amount: int, **known: Any) -> Object:
    """``amount`` in minor units, not more than is left of the charge."""
    card = charge["payment_method_details"]["type"] == "card"
    own = {
        "card": {
            "reference_status": "pending",
            "reference_type": "acquirer_reference_number",
            "type": "refund",
        }
    }
    refund: Object = {
        "balance_transaction": None,
        "customer": charge["customer"],
        "customer_account": None,
        "destination_details": {"type": "card", **own} if card else {"type": "sepa_debit"},
        "metadata": {},
        "payment_method": charge["payment_method"],
        "reason": None,
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": "pending",
        "transfer_reversal": None,
    }
    now = world.now_for(charge["customer"])
    refund |= {"amount": amount, "charge": charge["id"], "currency": charge["currency"], "created": now}
    refund = world.new("refund", "re", **(refund | {"payment_intent": charge["payment_intent"]} | known))
    del refund["livemode"]
    refund["balance_transaction"] = move_money(world, -amount, refund, kind="refund", category="refund")["id"]
    if card:
        refund["status"] = "succeeded"
    else:
        world.remind(now + DAYS, "refund", refund["id"], clock=world.clock_of(charge["customer"]))
    before = {name: charge[name] for name in ("amount_refunded", "refunded")}
    _count(world, charge)
    world.tell("refund.created", refund)
    changed = {name: value for name, value in before.items() if charge[name] != value}
    world.tell("charge.refunded", charge, changed)
    return refund


def _count(world: World, charge: Object) -> None:
    made = [
        one
        for one in world.store.where("refund", charge=charge["id"])
        if one["status"] in ("succeeded", "pending")
    ]
    charge["amount_refunded"] = sum(one["amount"] for one in made)
    charge["refunded"] = charge["amount_refunded"] == charge["amount"]


@due("refund")
def settle(world: World, refund: str) -> None:
    found = world.store.find("refund", refund)
    if found and found["status"] == "pending":
        with _told(world, found):
            found["status"] = "succeeded"


def fail(world: World, refund: Object) -> None:
    """The bank could not pass it on: the money is with us again."""
    if refund["status"] not in ("pending", "succeeded"):
        raise invalid(f"The refund's status is {refund['status']}: it cannot fail")
    charge = world.store.the("charge", refund["charge"])
    with _told(world, refund):
        refund |= {"status": "failed", "failure_reason": "expired_or_canceled_card"}
        back = move_money(world, refund["amount"], refund, kind="refund_failure", category="refund_failure")
        refund["failure_balance_transaction"] = back["id"]
    with world.updating(charge, "charge.updated"):
        _count(world, charge)
    world.tell("refund.failed", refund)


@contextmanager
def _told(world: World, refund: Object) -> Iterator[None]:
    """A change of a refund is told twice: under its old name and its new one."""
    with world.updating(refund, "charge.refund.updated"), world.updating(refund, "refund.updated"):
        yield


retrieved("/v1/refunds/{refund}", "refund", "id")


@route("POST", "/v1/refunds/{refund}", metadata=metadata)
def update(world: World, asked: Asked) -> Object:
    refund = world.store.get("refund", asked.ids["refund"])
    with _told(world, refund):
        if "metadata" in asked.params:
            refund["metadata"] = merged(refund["metadata"], asked.params["metadata"])
    return refund


@route("POST", "/v1/refunds/{refund}/cancel")
def cancel(world: World, asked: Asked) -> Object:
    raise invalid("Only refunds for customer balance payments can be canceled.")


@listed("/v1/refunds", charge=text, payment_intent=text)
def list_all(world: World, asked: Asked) -> Object:
    wanted = {name: asked.params[name] for name in ("charge", "payment_intent") if asked.get(name)}
    return page(world.store.where("refund", **wanted), asked.params, url="/v1/refunds")
