"""What happens when the buyer presses the button of a checkout session's page."""

from dataclasses import asdict, dataclass
from typing import Any

from . import cards, coupons, payments, tax
from .checkout_sums import known_country, settle_amounts
from .customers import NOWHERE, add_tax_id, make, tax_ids
from .errors import ApiError, declined, invalid
from .store import Object
from .world import World


@dataclass(frozen=True, kw_only=True)
class Buyer:
    """What the page asks for."""

    number: str = "4242424242424242"
    email: str | None = None
    name: str | None = None
    country: str | None = None
    postal_code: str | None = None
    vat: str | None = None
    promotion_code: str | None = None

    def address(self) -> Object | None:
        return NOWHERE | {"country": self.country, "postal_code": self.postal_code} if self.country else None

    def tax_ids(self) -> list[Object]:
        value = "".join((self.vat or "").split()).upper()
        return [{"type": tax.kind_of_vat(value), "value": value}] if value else []


def price_up(world: World, session: Object, buyer: Buyer) -> None:
    """Takes promotion code, place and VAT id into the session's amounts. Raises ApiError."""
    if buyer.promotion_code:
        _take_code(world, session, buyer.promotion_code)
    if session["tax_id_collection"]["enabled"]:
        for given in buyer.tax_ids():
            tax.refuse_malformed(given)
    country = buyer.country or known_country(world, session)
    settle_amounts(world, session, country=country, given=_given_ids(session, buyer))


def _given_ids(session: Object, buyer: Buyer) -> list[Object]:
    return buyer.tax_ids() if session["tax_id_collection"]["enabled"] else []


def _take_code(world: World, session: Object, code: str) -> None:
    if not session["allow_promotion_codes"]:
        raise invalid("This session takes no promotion codes.", param="promotion_code")
    promotion = coupons.active_code(world, code)
    facts = {
        "money": session["currency"],
        "customer": session["customer"],
        "amount": session["amount_subtotal"],
    }
    if promotion is None or not coupons.usable_code(world, promotion, **facts):
        raise invalid("This code is invalid.", param="promotion_code", code="promotion_code_invalid")
    session["_chosen"] = {"coupon": promotion["promotion"]["coupon"], "promotion_code": promotion["id"]}
    session["discounts"] = [session["_chosen"]]


def drop_code(world: World, session: Object, buyer: Buyer) -> None:
    session["_chosen"], session["discounts"] = None, []
    price_up(world, session, buyer)


def pay(world: World, session: Object, buyer: Buyer, *, proven: bool = False) -> str:
    """Returns ``complete`` or ``requires_action``. Raises ApiError when the payment is refused."""
    if session["status"] != "open":
        raise invalid(f"This Checkout Session is {session['status']}.", code="checkout_session_not_open")
    price_up(world, session, buyer)
    _refuse_incomplete(world, session, buyer)
    used = cards.means(buyer.number) if needs_method(session) else None
    if used and used.type not in session["payment_method_types"]:
        raise invalid("This way of paying is not offered here.", param="payment_method")
    if used and not session["amount_total"] and used.fate is cards.Fate.DECLINES:
        # With free days nothing is charged, and the bank is asked about the card all the same.
        raise declined(used.message, decline_code=used.decline_code, code=used.code)
    customer = _customer(world, session, buyer)
    settle_amounts(world, session, country=_country(world, session, buyer), given=_given_ids(session, buyer))
    method = _method(world, session, buyer, used, customer) if used else None
    outcome = MODES[session["mode"]](world, session, buyer, method, proven)
    if outcome == "requires_action":
        session["_buyer"] = asdict(buyer)
        return outcome
    if outcome == "requires_payment_method":
        raise _refusal(world, session)
    _complete(world, session, buyer, customer, outcome)
    return "complete"


def needs_method(session: Object) -> bool:
    if session["mode"] == "subscription":
        return session["amount_total"] > 0 or session["payment_method_collection"] == "always"
    return bool(session["amount_total"])


def _country(world: World, session: Object, buyer: Buyer) -> str | None:
    return buyer.country or known_country(world, session)


def _refuse_incomplete(world: World, session: Object, buyer: Buyer) -> None:
    customer = world.store.find("customer", session["customer"])
    email = buyer.email or session["customer_email"] or (customer and customer["email"])
    if not email or "@" not in email:
        raise invalid("Your email is incomplete.", param="email", code="email_invalid")
    if session["automatic_tax"]["enabled"] and not _country(world, session, buyer):
        raise invalid("Choose your country: it decides the tax.", param="country")


def _customer(world: World, session: Object, buyer: Buyer) -> Object | None:
    customer = world.store.find("customer", session["customer"])
    if customer:
        _update_customer(world, session, buyer, customer)
        return customer
    saves = session["_payment_intent_data"].get("setup_future_usage")
    if session["customer_creation"] != "always" and not saves and not session["invoice_creation"]["enabled"]:
        return None
    email = buyer.email or session["customer_email"]
    customer = make(world, email=email, name=buyer.name, address=buyer.address())
    for given in _given_ids(session, buyer):
        add_tax_id(world, customer, given)
    world.tell("customer.created", customer)
    session["customer"] = customer["id"]
    return customer


def _update_customer(world: World, session: Object, buyer: Buyer, customer: Object) -> None:
    wanted = session["_customer_update"]
    with world.updating(customer, "customer.updated"):
        if wanted.get("address") == "auto" and buyer.country:
            customer["address"] = buyer.address()
        if wanted.get("name") == "auto" and buyer.name:
            customer["name"] = buyer.name
        customer["email"] = customer["email"] or buyer.email
    known = [(one["type"], one["value"]) for one in tax_ids(world, customer["id"])]
    for given in _given_ids(session, buyer):
        if (given["type"], given["value"]) not in known:
            add_tax_id(world, customer, given)


def _method(
    world: World, session: Object, buyer: Buyer, used: cards.Means, customer: Object | None
) -> Object:
    kept = world.store.find("payment_method", session.get("_method"))
    if kept and kept["_number"] == used.number:
        return kept
    email = buyer.email or session["customer_email"] or (customer["email"] if customer else None)
    billing = cards.billing_details(email=email, name=buyer.name, address=buyer.address())
    saves = session["mode"] == "subscription" or session["_payment_intent_data"].get("setup_future_usage")
    owner = customer["id"] if customer and saves else None
    made = cards.method(world, used, customer=owner, billing=billing)
    session["_method"] = made["id"]
    return made


def _pay_once(world: World, session: Object, buyer: Buyer, method: Object | None, proven: bool) -> str:
    if method is None:
        return "no_payment_required"
    intent = world.store.find("payment_intent", session["payment_intent"]) or _intend(world, session)
    return payments.attempt(world, intent, method, proven=proven)


def _intend(world: World, session: Object) -> Object:
    data = session["_payment_intent_data"]
    names = (
        "description",
        "receipt_email",
        "setup_future_usage",
        "statement_descriptor",
        "statement_descriptor_suffix",
    )
    known = {name: data[name] for name in names if data.get(name)}
    intent = payments.intend(
        world,
        amount=session["amount_total"],
        currency=session["currency"],
        customer=session["customer"],
        metadata=data.get("metadata") or {},
        payment_method_types=list(session["payment_method_types"]),
        **known,
    )
    session["payment_intent"] = intent["id"]
    return intent


MODES: dict[str, Any] = {"payment": _pay_once}
ON_COMPLETION: list[Any] = []


def intent_of(world: World, session: Object) -> Object | None:
    return world.store.find("payment_intent", session["payment_intent"] or session.get("_intent"))


def _refusal(world: World, session: Object) -> ApiError:
    intent = intent_of(world, session)
    assert intent is not None
    error = intent["last_payment_error"]
    return declined(error["message"], decline_code=error.get("decline_code"), code=error["code"])


STATUSES = {"succeeded": "paid", "processing": "unpaid", "no_payment_required": "no_payment_required"}


def _complete(world: World, session: Object, buyer: Buyer, customer: Object | None, outcome: str) -> None:
    if session["_chosen"] and not session.get("_discount"):
        discounted(world, session, None)
    for more in ON_COMPLETION:
        more(world, session, outcome)
    session |= {"status": "complete", "payment_status": STATUSES[outcome], "url": None}
    session["customer_details"] = _details(session, buyer, customer)
    session["collected_information"] = {
        "business_name": None,
        "individual_name": None,
        "shipping_details": None,
    }
    if (session["consent_collection"] or {}).get("terms_of_service") == "required":
        session["consent"] = {"promotions": None, "terms_of_service": "accepted"}
    world.tell("checkout.session.completed", session)


def discounted(world: World, session: Object, subscription: str | None) -> Object:
    """The session's discount, redeemed."""
    facts = {"checkout_session": session["id"], "customer": session["customer"], "subscription": subscription}
    made = coupons.redeem(world, session["_chosen"], **facts)
    session["_discount"] = made["id"]
    return made


def _details(session: Object, buyer: Buyer, customer: Object | None) -> Object:
    known = customer or {}
    return {
        "address": buyer.address() or known.get("address") or dict(NOWHERE),
        "business_name": None,
        "email": buyer.email or session["customer_email"] or known.get("email"),
        "individual_name": None,
        "name": buyer.name or known.get("name"),
        "phone": None,
        "tax_exempt": "reverse"
        if session["_levy"]["reason"] == "reverse_charge"
        else known.get("tax_exempt", "none"),
        "tax_ids": _given_ids(session, buyer),
    }


def tell_of_settling(world: World, intent: Object, succeeded: bool) -> None:
    for session in world.store.where("checkout.session", status="complete"):
        if intent["id"] not in (session["payment_intent"], session.get("_intent")):
            continue
        if succeeded:
            session["payment_status"] = "paid"
            for more in ON_COMPLETION:
                more(world, session, "succeeded")
        name = "succeeded" if succeeded else "failed"
        world.tell(f"checkout.session.async_payment_{name}", session)


payments.ON_SETTLING.append(tell_of_settling)


def pay_with(world: World, session: Object, given: Object) -> str:
    """From the control: the fields of a Buyer, ``card`` for its number. Raises ApiError."""
    given = dict(given)
    number = given.pop("card", None) or Buyer.number
    if unknown := given.keys() - Buyer.__dataclass_fields__.keys():
        raise invalid(f"no such field of a buyer: {', '.join(sorted(unknown))}")
    return pay(world, session, Buyer(number=number, **given))


def pay_through(world: World, session: Object, given: Object) -> str:
    """As ``pay_with``, and 3-D Secure is passed when it is asked for."""
    outcome = pay_with(world, session, given)
    return prove(world, session) if outcome == "requires_action" else outcome


def prove(world: World, session: Object) -> str:
    """The buyer completes 3-D Secure."""
    return pay(world, session, Buyer(**session["_buyer"]), proven=True)


def fail_proof(world: World, session: Object) -> None:
    if (intent := intent_of(world, session)) and intent["status"] == "requires_action":
        payments.refuse_proof(world, intent)
