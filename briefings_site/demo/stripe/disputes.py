"""Disputes: the bank takes the money back, and may return it. A warning takes none."""

from . import payments
from .api import Asked, listed, merged, retrieved, route
from .errors import invalid
from .pagination import page
from .parameters import anything, flag, metadata, text
from .store import Object
from .world import World, due

DAY = 86_400
FEE = 2000
REASONS = (
    "bank_cannot_process",
    "credit_not_processed",
    "customer_initiated",
    "debit_not_authorized",
    "duplicate",
    "fraudulent",
    "general",
    "incorrect_account_details",
    "insufficient_funds",
    "product_not_received",
    "product_unacceptable",
    "subscription_canceled",
    "unrecognized",
)
EVIDENCE = (
    "access_activity_log",
    "billing_address",
    "cancellation_policy",
    "cancellation_policy_disclosure",
    "cancellation_rebuttal",
    "customer_communication",
    "customer_email_address",
    "customer_name",
    "customer_purchase_ip",
    "customer_signature",
    "duplicate_charge_documentation",
    "duplicate_charge_explanation",
    "duplicate_charge_id",
    "product_description",
    "receipt",
    "refund_policy",
    "refund_policy_disclosure",
    "refund_refusal_explanation",
    "service_date",
    "service_documentation",
    "shipping_address",
    "shipping_carrier",
    "shipping_date",
    "shipping_documentation",
    "shipping_tracking_number",
    "uncategorized_file",
    "uncategorized_text",
)
OPEN = ("needs_response", "under_review")
WARNINGS = ("warning_needs_response", "warning_under_review")


@due("dispute")
def open_when_due(world: World, charge: str) -> None:
    if found := world.store.find("charge", charge):
        begin(world, found)


def begin(
    world: World,
    charge: Object,
    *,
    amount: int | None = None,
    reason: str = "fraudulent",
    inquiry: bool = False,
) -> Object:
    """``amount`` in minor units, the whole charge's by default. Raises ApiError."""
    if charge["status"] != "succeeded":
        raise invalid("Only a charge that was paid can be disputed.", param="charge")
    if reason not in REASONS:
        raise invalid(f"Invalid reason: must be one of {', '.join(REASONS)}", param="reason")
    if amount is not None and not 0 < amount <= charge["amount"]:
        raise invalid("The amount must be within the charge's.", param="amount")
    dispute = world.new("dispute", "du", **_facts(world, charge, amount or charge["amount"], reason, inquiry))
    with world.updating(charge, "charge.updated"):
        charge["disputed"] = True
    world.tell("charge.dispute.created", dispute)
    if not inquiry:
        _withdraw(world, dispute, charge)
    return dispute


def _facts(world: World, charge: Object, amount: int, reason: str, inquiry: bool) -> Object:
    now = world.now_for(charge["customer"])
    brand = (charge["payment_method_details"].get("card") or {}).get("brand", "visa")
    card = {
        "brand": brand,
        "network": brand,
        "case_type": "inquiry" if inquiry else "chargeback",
        "network_reason_code": "10.4",
    }
    return {
        "amount": amount,
        "balance_transactions": [],
        "charge": charge["id"],
        "created": now,
        "currency": charge["currency"],
        "enhanced_eligibility_types": [],
        "evidence": dict.fromkeys(EVIDENCE) | {"enhanced_evidence": {}},
        "evidence_details": {
            "due_by": now + 10 * DAY,
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
            "submission_method": "not_submitted",
        },
        "is_charge_refundable": inquiry,
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "payment_method_details": {"card": card, "type": "card"},
        "reason": reason,
        "status": "warning_needs_response" if inquiry else "needs_response",
    }


def _withdraw(world: World, dispute: Object, charge: Object) -> None:
    charge["_charged_back"] = True
    _move(world, dispute, -dispute["amount"], fee=FEE)
    world.tell("charge.dispute.funds_withdrawn", dispute)


def _move(world: World, dispute: Object, amount: int, *, fee: int) -> None:
    made = payments.move_money(world, amount, dispute, kind="adjustment", category="dispute", fee=fee)
    dispute["balance_transactions"].append(made)


def escalate(world: World, dispute: Object) -> None:
    """An inquiry becomes a dispute."""
    if dispute["status"] not in WARNINGS:
        raise invalid("Only an inquiry can become a dispute.")
    with world.updating(dispute, "charge.dispute.updated"):
        dispute |= {"status": "needs_response", "is_charge_refundable": False}
        dispute["payment_method_details"]["card"]["case_type"] = "chargeback"
    _withdraw(world, dispute, world.store.the("charge", dispute["charge"]))


def close(world: World, dispute: Object, *, won: bool) -> None:
    """Raises ApiError when it is closed already. A warning is closed as such either way."""
    if dispute["status"] in WARNINGS:
        dispute["status"] = "warning_closed"
    elif dispute["status"] in OPEN:
        dispute["status"] = "won" if won else "lost"
    else:
        raise invalid(f"The dispute's status is {dispute['status']}: it is closed.")
    charge = world.store.the("charge", dispute["charge"])
    if dispute["status"] != "lost":
        charge["_charged_back"] = False
        with world.updating(charge, "charge.updated"):
            charge["disputed"] = dispute["status"] == "won"
    if dispute["status"] == "won":
        _move(world, dispute, dispute["amount"], fee=-FEE)
        world.tell("charge.dispute.funds_reinstated", dispute)
    world.tell("charge.dispute.closed", dispute)


retrieved("/v1/disputes/{dispute}", "dispute", "dispute")


@listed("/v1/disputes", charge=text, payment_intent=text)
def list_all(world: World, asked: Asked) -> Object:
    wanted = {name: asked.params[name] for name in ("charge", "payment_intent") if asked.get(name)}
    return page(world.store.where("dispute", **wanted), asked.params, url="/v1/disputes")


@route("POST", "/v1/disputes/{dispute}", evidence=anything, metadata=metadata, submit=flag)
def update(world: World, asked: Asked) -> Object:
    dispute = world.store.get("dispute", asked.ids["dispute"])
    with world.updating(dispute, "charge.dispute.updated"):
        dispute["evidence"] |= asked.get("evidence", {})
        if "metadata" in asked.params:
            dispute["metadata"] = merged(dispute["metadata"], asked.params["metadata"])
        if asked.get("submit") and dispute["status"] in ("needs_response", "warning_needs_response"):
            dispute["status"] = dispute["status"].replace("needs_response", "under_review")
    return dispute


@route("POST", "/v1/disputes/{dispute}/close")
def accept(world: World, asked: Asked) -> Object:
    dispute = world.store.get("dispute", asked.ids["dispute"])
    close(world, dispute, won=False)
    return dispute
