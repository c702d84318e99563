"""Customers, their tax ids, their balance and what they pay with."""

from typing import Any

from . import tax
from .api import Asked, listed, merged, refuse_missing, route
from .errors import invalid
from .expansion import on_demand
from .pagination import page, whole_list
from .parameters import ADDRESS, Required, anything, group, listing, metadata, natural, one_of, text, whole
from .store import Object, new_id
from .world import World

NOWHERE = {"city": None, "country": None, "line1": None, "line2": None, "postal_code": None, "state": None}
CHANGEABLE: dict[str, Any] = {
    "address": ADDRESS,
    "balance": whole,
    "business_name": text,
    "description": text,
    "email": text,
    "individual_name": text,
    "invoice_prefix": text,
    "invoice_settings": group(
        default_payment_method=text, footer=text, custom_fields=anything, rendering_options=anything
    ),
    "metadata": metadata,
    "name": text,
    "next_invoice_sequence": natural,
    "phone": text,
    "preferred_locales": listing(text),
    "shipping": group(address=ADDRESS, name=text, phone=text),
    "tax": group(ip_address=text, validate_location=text),
    "tax_exempt": one_of("none", "exempt", "reverse"),
}
PLAIN = (
    "business_name",
    "description",
    "email",
    "individual_name",
    "name",
    "phone",
    "preferred_locales",
    "tax_exempt",
)


@route(
    "POST",
    "/v1/customers",
    CHANGEABLE,
    payment_method=text,
    test_clock=text,
    tax_id_data=listing(group(type=Required(text), value=Required(text))),
)
def create(world: World, asked: Asked) -> Object:
    clock = asked.get("test_clock")
    if clock:
        world.store.get("test_helpers.test_clock", clock, param="test_clock")
    for given in asked.get("tax_id_data", []):
        tax.refuse_malformed(given)
    customer = make(world, test_clock=clock)
    change(world, customer, asked)
    for given in asked.get("tax_id_data", []):
        add_tax_id(world, customer, given)
    world.tell("customer.created", customer)
    return customer


def make(world: World, *, test_clock: str | None = None, **known: Any) -> Object:
    return world.new(
        "customer",
        "cus",
        **{
            "created": world.now(test_clock),
            "address": None,
            "balance": 0,
            "business_name": None,
            "currency": None,
            "customer_account": None,
            "default_source": None,
            "delinquent": False,
            "description": None,
            "discount": None,
            "email": None,
            "individual_name": None,
            "invoice_prefix": new_id("", 8)[1:].upper(),
            "invoice_settings": {
                "custom_fields": None,
                "default_payment_method": None,
                "footer": None,
                "rendering_options": None,
            },
            "metadata": {},
            "name": None,
            "next_invoice_sequence": 1,
            "phone": None,
            "preferred_locales": [],
            "shipping": None,
            "tax_exempt": "none",
            "test_clock": test_clock,
            **known,
        },
    )


def change(world: World, customer: Object, asked: Asked) -> None:
    params = asked.params
    settings = params.get("invoice_settings") or {}
    if method := settings.get("default_payment_method"):
        attached(world, customer, method, param="invoice_settings[default_payment_method]")
    customer.update({name: params[name] for name in PLAIN if name in params})
    for name in ("balance", "next_invoice_sequence", "invoice_prefix"):
        if params.get(name) is not None:
            customer[name] = params[name]
    if "address" in params:
        customer["address"] = params["address"] and NOWHERE | params["address"]
    if "shipping" in params:
        customer["shipping"] = params["shipping"]
    customer["invoice_settings"] |= settings
    if "metadata" in params:
        customer["metadata"] = merged(customer["metadata"], params["metadata"])


def attached(world: World, customer: Object, method: str, *, param: str) -> Object:
    found = world.store.find("payment_method", method)
    if found is None or found["customer"] != customer["id"]:
        raise refuse_missing("PaymentMethod", method, param=param)
    return found


def living(world: World, wanted: str | None, *, param: str = "customer") -> Object:
    """Raises ApiError for one that never was and for one that is gone."""
    found = world.store.find("customer", wanted)
    if found is None or found.get("deleted"):
        raise refuse_missing("customer", wanted, param=param)
    return found


@route("GET", "/v1/customers/{customer}")
def retrieve(world: World, asked: Asked) -> Object:
    found = world.store.get("customer", asked.ids["customer"])
    return _gone(found) if found.get("deleted") else found


def _gone(customer: Object) -> Object:
    return {"id": customer["id"], "object": "customer", "deleted": True}


@route("POST", "/v1/customers/{customer}", CHANGEABLE, default_source=text)
def update(world: World, asked: Asked) -> Object:
    customer = _found(world, asked)
    with world.updating(customer, "customer.updated"):
        change(world, customer, asked)
    return customer


def _found(world: World, asked: Asked) -> Object:
    found = world.store.get("customer", asked.ids["customer"])
    if found.get("deleted"):
        raise refuse_missing("customer", found["id"], param="id")
    return found


ON_DELETION: list[Any] = []


@route("DELETE", "/v1/customers/{customer}")
def delete(world: World, asked: Asked) -> Object:
    customer = _found(world, asked)
    for ending in ON_DELETION:
        ending(world, customer)
    for method in world.store.where("payment_method", customer=customer["id"]):
        method["customer"] = None
    world.tell("customer.deleted", customer)
    customer["deleted"] = True
    return _gone(customer)


@listed("/v1/customers", email=text, test_clock=text)
def list_all(world: World, asked: Asked) -> Object:
    email, clock = asked.get("email"), asked.get("test_clock")
    found = (
        one
        for one in world.store.where("customer")
        if not one.get("deleted") and (email is None or one["email"] == email) and one["test_clock"] == clock
    )
    return page(found, asked.params, url="/v1/customers")


@route("POST", "/v1/customers/{customer}/tax_ids", type=Required(text), value=Required(text))
def create_tax_id(world: World, asked: Asked) -> Object:
    customer = _found(world, asked)
    tax.refuse_malformed(asked.params)
    return add_tax_id(world, customer, asked.params)


def add_tax_id(world: World, customer: Object, given: Object) -> Object:
    made = world.new(
        "tax_id",
        "txi",
        customer=customer["id"],
        country=tax.country_of(given),
        customer_account=None,
        owner={"type": "customer", "customer": customer["id"], "account": None, "application": None}
        | {"customer_account": None},
        type=given["type"],
        value=given["value"],
        verification={"status": "verified", "verified_address": None, "verified_name": None},
    )
    world.tell("customer.tax_id.created", made)
    return made


def tax_ids(world: World, customer: str | None) -> list[Object]:
    return list(world.store.where("tax_id", customer=customer)) if customer else []


@on_demand("customer", "tax_ids")
def _tax_ids(world: World, customer: Object) -> Object:
    return whole_list(tax_ids(world, customer["id"]), url=f"/v1/customers/{customer['id']}/tax_ids")


@on_demand("customer", "subscriptions")
def _subscriptions(world: World, customer: Object) -> Object:
    found = [
        one
        for one in world.store.where("subscription", customer=customer["id"])
        if one["status"] != "canceled"
    ]
    return whole_list(found, url=f"/v1/customers/{customer['id']}/subscriptions")


@listed("/v1/customers/{customer}/tax_ids")
def list_tax_ids(world: World, asked: Asked) -> Object:
    customer = _found(world, asked)["id"]
    return page(tax_ids(world, customer), asked.params, url=f"/v1/customers/{customer}/tax_ids")


@route("DELETE", "/v1/customers/{customer}/tax_ids/{tax_id}")
def delete_tax_id(world: World, asked: Asked) -> Object:
    _found(world, asked)
    found = world.store.get("tax_id", asked.ids["tax_id"])
    del world.store.table("tax_id")[found["id"]]
    world.tell("customer.tax_id.deleted", found)
    return {"id": found["id"], "object": "tax_id", "deleted": True}


@listed("/v1/customers/{customer}/payment_methods", type=text, allow_redisplay=text)
def list_payment_methods(world: World, asked: Asked) -> Object:
    customer = _found(world, asked)["id"]
    return _methods(world, asked, customer, f"/v1/customers/{customer}/payment_methods")


@listed("/v1/payment_methods", customer=text, type=text)
def list_all_payment_methods(world: World, asked: Asked) -> Object:
    return _methods(world, asked, asked.get("customer"), "/v1/payment_methods")


def _methods(world: World, asked: Asked, customer: str | None, url: str) -> Object:
    kind = asked.get("type")
    found = world.store.where("payment_method", customer=customer)
    return page((one for one in found if kind in (None, one["type"])), asked.params, url=url)


@route("POST", "/v1/payment_methods/{payment_method}/detach")
def detach(world: World, asked: Asked) -> Object:
    found = world.store.get("payment_method", asked.ids["payment_method"], param="payment_method")
    if found["customer"] is None:
        raise invalid(
            "The payment method you provided is not attached to a customer so detachment is impossible."
        )
    with world.updating(found, "payment_method.detached"):
        found["customer"] = None
    return found


@route(
    "POST",
    "/v1/customers/{customer}/balance_transactions",
    amount=Required(whole),
    currency=Required(text),
    description=text,
    metadata=metadata,
)
def create_balance_transaction(world: World, asked: Asked) -> Object:
    customer = _found(world, asked)
    return move_balance(
        world,
        customer,
        asked.params["amount"],
        asked.params["currency"].lower(),
        kind="adjustment",
        description=asked.get("description"),
        metadata=asked.get("metadata", {}),
    )


def move_balance(
    world: World, customer: Object, amount: int, money: str, *, kind: str, **known: Any
) -> Object:
    """A negative amount is a credit of the customer's, which their next invoice takes."""
    with world.updating(customer, "customer.updated"):
        customer["balance"] += amount
        customer["currency"] = customer["currency"] or money
    facts = {"checkout_session": None, "credit_note": None, "customer_account": None, "description": None}
    facts |= {"invoice": None, "metadata": {}} | known
    return world.new(
        "customer_balance_transaction",
        "cbtxn",
        amount=amount,
        currency=money,
        ending_balance=customer["balance"],
        type=kind,
        customer=customer["id"],
        **facts,
    )


@listed("/v1/customers/{customer}/balance_transactions")
def list_balance_transactions(world: World, asked: Asked) -> Object:
    customer = _found(world, asked)["id"]
    found = world.store.where("customer_balance_transaction", customer=customer)
    return page(found, asked.params, url=f"/v1/customers/{customer}/balance_transactions")
