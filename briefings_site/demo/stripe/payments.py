"""Payment intents, the charges they make, and what these do to our balance."""

from typing import Any

from .api import Asked, listed, merged, retrieved, route
from .cards import BY_NUMBER, Fate, Means, charged_with
from .errors import invalid
from .expansion import on_demand
from .pagination import page, whole_list
from .parameters import metadata, one_of, text
from .store import Object, new_id
from .world import World, due

DAY = 86_400
SETTLING = 3 * DAY
ON_SETTLING: list[Any] = []


def intend(world: World, *, amount: int, currency: str, customer: str | None, **known: Any) -> Object:
    """``amount`` in minor units."""
    named = new_id("pi")
    intent = {
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": 0,
        "application": None,
        "application_fee_amount": None,
        "automatic_payment_methods": None,
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": "automatic_async",
        "client_secret": f"{named}_secret_{new_id('', 24)[1:]}",
        "confirmation_method": "automatic",
        "customer_account": None,
        "description": None,
        "excluded_payment_method_types": None,
        "last_payment_error": None,
        "latest_charge": None,
        "managed_payments": {"enabled": False},
        "metadata": {},
        "next_action": None,
        "on_behalf_of": None,
        "payment_method": None,
        "payment_method_configuration_details": None,
        "payment_method_options": {
            "card": {"installments": None, "mandate_options": None, "network": None}
            | {"request_three_d_secure": "automatic"}
        },
        "payment_method_types": ["card"],
        "processing": None,
        "receipt_email": None,
        "review": None,
        "setup_future_usage": None,
        "shipping": None,
        "source": None,
        "statement_descriptor": None,
        "statement_descriptor_suffix": None,
        "status": "requires_payment_method",
        "transfer_data": None,
        "transfer_group": None,
    }
    given = {"id": named, "amount": amount, "currency": currency, "customer": customer}
    intent = world.new("payment_intent", "pi", **(intent | given | known))
    world.tell("payment_intent.created", intent)
    return intent


def attempt(
    world: World, intent: Object, method: Object, *, present: bool = True, proven: bool = False
) -> str:
    """Pays the intent with the method while the buyer is ``present``, after 3-D Secure when ``proven``.

    Returns the intent's status after it.
    """
    used = BY_NUMBER[method["_number"]]
    intent["payment_method"] = method["id"]
    intent["next_action"] = None
    if _asks(used, present=present) and not proven:
        return _ask(world, intent)
    if used.fate is Fate.DECLINES or (used.fate is Fate.FAILS_LATER and not present):
        return _decline(world, intent, method, used)
    if used.type == "sepa_debit":
        return _process(world, intent, method)
    charge = _charge(world, intent, method, status="succeeded")
    succeed(world, intent, charge)
    if used.fate is Fate.DISPUTED:
        world.remind(intent["created"], "dispute", charge["id"], clock=world.clock_of(intent["customer"]))
    return str(intent["status"])


def _asks(used: Means, *, present: bool) -> bool:
    return used.fate is Fate.ALWAYS_ASKS or (used.fate is Fate.ASKS and present)


def _ask(world: World, intent: Object) -> str:
    intent["status"] = "requires_action"
    url = f"{world.address}/3ds/{intent['id']}"
    intent["next_action"] = {"type": "redirect_to_url", "redirect_to_url": {"url": url, "return_url": None}}
    world.tell("payment_intent.requires_action", intent)
    return "requires_action"


def refuse_proof(world: World, intent: Object) -> None:
    """The buyer failed 3-D Secure."""
    intent["status"], intent["next_action"] = "requires_payment_method", None
    intent["last_payment_error"] = {
        "code": "payment_intent_authentication_failure",
        "message": "We are unable to authenticate your payment method. Please choose a different payment "
        "method and try again.",
        "type": "invalid_request_error",
    }
    intent["payment_method"] = None
    world.tell("payment_intent.payment_failed", intent)


def _decline(world: World, intent: Object, method: Object, used: Means) -> str:
    charge = _charge(world, intent, method, status="failed", failure=used)
    intent["status"] = "requires_payment_method"
    intent["payment_method"] = None
    intent["last_payment_error"] = {
        "charge": charge["id"],
        "code": used.code,
        "message": used.message,
        "type": "card_error",
        **({"decline_code": used.decline_code} if used.decline_code else {}),
    }
    world.tell("charge.failed", charge)
    world.tell("payment_intent.payment_failed", intent)
    return "requires_payment_method"


def _process(world: World, intent: Object, method: Object) -> str:
    charge = _charge(world, intent, method, status="pending")
    intent["status"] = "processing"
    world.tell("payment_intent.processing", intent)
    world.tell("charge.pending", charge)
    now = world.now_for(intent["customer"])
    world.remind(now + SETTLING, "settle", intent["id"], clock=world.clock_of(intent["customer"]))
    return "processing"


def succeed(world: World, intent: Object, charge: Object) -> None:
    charge |= {"status": "succeeded", "paid": True, "captured": True, "amount_captured": charge["amount"]}
    intent["status"] = "succeeded"
    intent["amount_received"] = intent["amount"]
    intent["last_payment_error"] = None
    world.tell("charge.succeeded", charge)
    world.tell("payment_intent.succeeded", intent)
    with world.updating(charge, "charge.updated"):
        fee = charge["amount"] * 15 // 1000 + 25
        made = move_money(world, charge["amount"], charge, kind="charge", fee=fee, category="charge")
        charge["balance_transaction"] = made["id"]


@due("settle")
def settle_when_due(world: World, intent: str) -> None:
    found = world.store.find("payment_intent", intent)
    if found and found["status"] == "processing":
        method = world.store.the("payment_method", found["payment_method"])
        settle(world, found, succeeds=BY_NUMBER[method["_number"]].fate is not Fate.BOUNCES)


def settle(world: World, intent: Object, *, succeeds: bool) -> None:
    """A bank debit comes through, or does not."""
    if intent["status"] != "processing":
        raise invalid(f"The payment intent's status is {intent['status']}: there is nothing to settle")
    charge = world.store.the("charge", intent["latest_charge"])
    if succeeds:
        succeed(world, intent, charge)
    else:
        _bounce(world, intent, charge)
    for told in ON_SETTLING:
        told(world, intent, succeeds)


def _bounce(world: World, intent: Object, charge: Object) -> None:
    message = "The customer's bank account has insufficient funds."
    charge |= {
        "status": "failed",
        "failure_code": "insufficient_funds",
        "failure_message": message,
        "paid": False,
    }
    intent["status"] = "requires_payment_method"
    intent["payment_method"] = None
    intent["last_payment_error"] = {
        "charge": charge["id"],
        "code": "payment_intent_payment_attempt_failed",
        "message": message,
        "type": "invalid_request_error",
    }
    world.tell("charge.failed", charge)
    world.tell("payment_intent.payment_failed", intent)


def _charge(
    world: World, intent: Object, method: Object, *, status: str, failure: Means | None = None
) -> Object:
    charge = {
        "amount_captured": 0,
        "amount_refunded": 0,
        "application": None,
        "application_fee": None,
        "application_fee_amount": None,
        "authorization_code": None,
        "balance_transaction": None,
        "billing_details": method["billing_details"],
        "calculated_statement_descriptor": "MARQUEE",
        "captured": False,
        "disputed": False,
        "failure_balance_transaction": None,
        "failure_code": failure and failure.code,
        "failure_message": failure and failure.message,
        "fraud_details": {},
        "on_behalf_of": None,
        "outcome": _outcome(failure),
        "paid": False,
        "payment_method_details": charged_with(method),
        "radar_options": {},
        "receipt_number": None,
        "refunded": False,
        "review": None,
        "shipping": None,
        "source": None,
        "source_transfer": None,
        "statement_descriptor": None,
        "statement_descriptor_suffix": None,
        "transfer_data": None,
        "transfer_group": None,
    }
    named = new_id("ch")
    taken_over = {
        name: intent[name] for name in ("amount", "currency", "customer", "description", "receipt_email")
    }
    charge |= taken_over | {
        "metadata": dict(intent["metadata"]),
        "status": status,
        "payment_intent": intent["id"],
    }
    charge |= {
        "id": named,
        "payment_method": method["id"],
        "receipt_url": f"{world.address}/receipts/{named}",
    }
    intent["latest_charge"] = named
    return world.new("charge", "ch", **charge)


def _outcome(failure: Means | None) -> Object:
    return {
        "advice_code": "try_again_later" if failure else None,
        "network_advice_code": None,
        "network_decline_code": None,
        "network_status": "declined_by_network" if failure else "approved_by_network",
        "reason": failure.decline_code if failure else None,
        "risk_level": "normal",
        "risk_score": 20,
        "seller_message": "The bank declined the payment." if failure else "Payment complete.",
        "type": "issuer_declined" if failure else "authorized",
    }


def move_money(
    world: World, amount: int, source: Object, *, kind: str, category: str, fee: int = 0
) -> Object:
    """A balance transaction: what comes to our balance, or with a minus leaves it, in minor units."""
    now = world.now_for(source.get("customer"))
    detail = {"amount": fee, "application": None, "currency": source["currency"], "type": "stripe_fee"}
    made = world.new(
        "balance_transaction",
        "txn",
        amount=amount,
        available_on=now + 2 * DAY,
        balance_type="payments",
        created=now,
        currency=source["currency"],
        description=source.get("description"),
        exchange_rate=None,
        fee=fee,
        fee_details=[detail | {"description": "Processing fees"}] if fee else [],
        net=amount - fee,
        reporting_category=category,
        source=source["id"],
        status="pending",
        type=kind,
    )
    del made["livemode"]
    return made


retrieved("/v1/payment_intents/{payment_intent}", "payment_intent", "intent")
retrieved("/v1/charges/{charge}", "charge", "charge")
retrieved("/v1/balance_transactions/{transaction}", "balance_transaction", "id")


@listed("/v1/payment_intents", customer=text)
def list_intents(world: World, asked: Asked) -> Object:
    return page(_of(world, "payment_intent", asked, "customer"), asked.params, url="/v1/payment_intents")


@listed("/v1/charges", customer=text, payment_intent=text)
def list_charges(world: World, asked: Asked) -> Object:
    return page(_of(world, "charge", asked, "customer", "payment_intent"), asked.params, url="/v1/charges")


@listed("/v1/balance_transactions", source=text, type=text, currency=text, payout=text)
def list_balance_transactions(world: World, asked: Asked) -> Object:
    found = _of(world, "balance_transaction", asked, "source", "type", "currency")
    return page(found, asked.params, url="/v1/balance_transactions")


def _of(world: World, kind: str, asked: Asked, *names: str) -> Any:
    return world.store.where(kind, **{name: asked.params[name] for name in names if asked.get(name)})


@route(
    "POST", "/v1/payment_intents/{payment_intent}", description=text, metadata=metadata, receipt_email=text
)
def update_intent(world: World, asked: Asked) -> Object:
    intent = world.store.get("payment_intent", asked.ids["payment_intent"], param="intent")
    _describe(intent, asked)
    return intent


@route("POST", "/v1/charges/{charge}", description=text, metadata=metadata, receipt_email=text)
def update_charge(world: World, asked: Asked) -> Object:
    charge = world.store.get("charge", asked.ids["charge"])
    with world.updating(charge, "charge.updated"):
        _describe(charge, asked)
    return charge


def _describe(obj: Object, asked: Asked) -> None:
    for name in ("description", "receipt_email"):
        if name in asked.params:
            obj[name] = asked.params[name]
    if "metadata" in asked.params:
        obj["metadata"] = merged(obj["metadata"], asked.params["metadata"])


REASONS = one_of("abandoned", "duplicate", "fraudulent", "requested_by_customer")


@route("POST", "/v1/payment_intents/{payment_intent}/cancel", cancellation_reason=REASONS)
def cancel_intent(world: World, asked: Asked) -> Object:
    intent = world.store.get("payment_intent", asked.ids["payment_intent"], param="intent")
    if intent["status"] in ("succeeded", "canceled", "processing"):
        raise invalid(
            f"You cannot cancel this PaymentIntent because it has a status of {intent['status']}.",
            code="payment_intent_unexpected_state",
        )
    cancel(world, intent, reason=asked.get("cancellation_reason"))
    return intent


def cancel(world: World, intent: Object, *, reason: str | None) -> None:
    intent |= {"status": "canceled", "canceled_at": world.now_for(intent["customer"]), "next_action": None}
    intent["cancellation_reason"] = reason
    world.tell("payment_intent.canceled", intent)


@on_demand("charge", "refunds")
def refunds_of(world: World, charge: Object) -> Object:
    made = list(world.store.where("refund", charge=charge["id"]))
    return whole_list(reversed(made), url=f"/v1/charges/{charge['id']}/refunds")


@listed("/v1/charges/{charge}/refunds")
def list_refunds_of(world: World, asked: Asked) -> Object:
    charge = world.store.get("charge", asked.ids["charge"])["id"]
    return page(world.store.where("refund", charge=charge), asked.params, url=f"/v1/charges/{charge}/refunds")
