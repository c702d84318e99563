"""What a checkout session in subscription mode begins, and the invoice that one in payment mode may leave."""

from . import cards, drawing_up, invoices, paying, subscriptions
from .paying import MODES, ON_COMPLETION, Buyer
from .store import Object, new_id
from .world import World

DAY = 86_400
EXPIRES = 23 * 3600


def subscribe(world: World, session: Object, buyer: Buyer, method: Object | None, proven: bool) -> str:
    subscription = _begun(world, session, method)
    invoice = world.store.the("invoice", subscription["latest_invoice"])
    if method:
        subscription["default_payment_method"] = method["id"]
    if subscription["status"] == "trialing":
        return "no_payment_required"
    outcome = invoices.collect(world, invoice, present=True, proven=proven)
    intent = invoices.intent_of(world, invoice)
    session["_intent"] = intent and intent["id"]
    if outcome in ("succeeded", "processing", "no_payment_required"):
        _hand_over(session, subscription)
        if outcome == "processing":
            _begin_on_trust(world, subscription)
    return outcome


def _hand_over(session: Object, subscription: Object) -> None:
    session |= {"subscription": subscription["id"], "invoice": subscription["latest_invoice"]}


def _begin_on_trust(world: World, subscription: Object) -> None:
    """A bank debit on its way makes it active already; it goes to past_due when it bounces."""
    with world.updating(subscription, "customer.subscription.updated"):
        subscription["status"] = "active"
    subscriptions.remind(world, subscription)


def _begun(world: World, session: Object, method: Object | None) -> Object:
    kept = world.store.find("subscription", session.get("_subscription"))
    if kept and world.store.the("invoice", kept["latest_invoice"])["total"] == session["amount_total"]:
        return kept
    if kept:
        world.remind(
            world.now_for(kept["customer"]), "expire subscription", kept["id"], clock=kept["test_clock"]
        )
    made = _begin(world, session, method)
    session["_subscription"] = made["id"]
    return made


def _begin(world: World, session: Object, method: Object | None) -> Object:
    customer = world.store.the("customer", session["customer"])
    now = world.now_for(customer["id"])
    lines = [(world.store.the("price", line["_price"]), line["quantity"]) for line in session["_lines"]]
    data = session["_subscription_data"]
    trial_end = _trial_end(data, now)
    subscription = subscriptions.begin(
        world,
        customer,
        [(price, quantity) for price, quantity in lines if price["recurring"]],
        money=session["currency"],
        automatic_tax=_automatic_tax(session),
        billing_cycle_anchor=trial_end or now,
        default_payment_method=method and method["id"],
        description=data.get("description"),
        metadata=data.get("metadata") or {},
        trial_end=trial_end,
        trial_settings=data.get("trial_settings")
        or {"end_behavior": {"missing_payment_method": "create_invoice"}},
        trial_start=now if trial_end else None,
    )
    if session["_chosen"]:
        discount = paying.discounted(world, session, subscription["id"])
        subscription["discounts"] = [discount["id"]]
    if trial_end:
        _begin_trial(world, session, subscription, method)
    world.tell("customer.subscription.created", subscription)
    _bill_first(world, subscription, [one for one in lines if not one[0]["recurring"]])
    if not trial_end:
        world.remind(now + EXPIRES, "expire subscription", subscription["id"], clock=customer["test_clock"])
    return subscription


def _trial_end(data: Object, now: int) -> int | None:
    if days := data.get("trial_period_days"):
        return int(now + days * DAY)
    return data.get("trial_end")


def _automatic_tax(session: Object) -> Object:
    enabled = session["automatic_tax"]["enabled"]
    return {"disabled_reason": None, "enabled": enabled, "liability": {"type": "self"} if enabled else None}


def _begin_trial(world: World, session: Object, subscription: Object, method: Object | None) -> None:
    subscription["status"] = "trialing"
    _hand_over(session, subscription)
    if method:
        made = set_up(world, method)
        session["setup_intent"] = None
        subscription["pending_setup_intent"] = None
        world.tell("setup_intent.created", made)
        world.tell("setup_intent.succeeded", made)
    subscriptions.remind(world, subscription)
    subscriptions.remind_of_trial(world, subscription)


def set_up(world: World, method: Object) -> Object:
    named = new_id("seti")
    return world.new(
        "setup_intent",
        "seti",
        id=named,
        application=None,
        automatic_payment_methods=None,
        cancellation_reason=None,
        client_secret=f"{named}_secret_{new_id('', 24)[1:]}",
        customer=method["customer"],
        customer_account=None,
        description=None,
        excluded_payment_method_types=None,
        flow_directions=None,
        last_setup_error=None,
        latest_attempt=None,
        mandate=None,
        metadata={},
        next_action=None,
        on_behalf_of=None,
        payment_method=method["id"],
        payment_method_configuration_details=None,
        payment_method_options={"card": {"mandate_options": None, "network": None}},
        payment_method_types=[method["type"]],
        single_use_mandate=None,
        status="succeeded",
        usage="off_session",
    )


def _bill_first(world: World, subscription: Object, once: list[tuple[Object, int]]) -> None:
    money = subscription["currency"]
    now = subscription["start_date"]
    entries = subscriptions.entries_of(world, subscription, free=subscription["status"] == "trialing")
    entries += [
        drawing_up.entry(world, price, quantity, money=money, start=now, end=now) for price, quantity in once
    ]
    invoice = subscriptions.bill(world, subscription, entries, reason="subscription_create", later=False)
    invoices.finalize(world, invoice)
    if subscription["status"] == "trialing":
        invoices.collect(world, invoice, present=True)


def leave_invoice(world: World, session: Object, outcome: str) -> None:
    """For a session in payment mode that was asked for an invoice."""
    if session["mode"] != "payment" or not session["invoice_creation"]["enabled"] or outcome == "processing":
        return
    if session["invoice"]:
        return
    customer = world.store.the("customer", session["customer"])
    now = world.now_for(customer["id"])
    data = session["_invoice_data"]
    entries = [
        drawing_up.entry(
            world,
            world.store.the("price", line["_price"]),
            line["quantity"],
            money=session["currency"],
            start=now,
            end=now,
        )
        for line in session["_lines"]
    ]
    invoice = drawing_up.draw_up(
        world,
        customer,
        entries,
        money=session["currency"],
        reason="manual",
        automatic_tax=session["automatic_tax"]["enabled"],
        discount=world.store.find("discount", session.get("_discount")),
        description=data.get("description"),
        footer=data.get("footer"),
        metadata=data.get("metadata") or {},
    )
    invoices.keep(world, invoice)
    invoices.finalize(world, invoice)
    if intent := world.store.find("payment_intent", session["payment_intent"]):
        invoices.link(world, invoice, intent)
    session["invoice"] = invoice["id"]
    invoices.settle(world, invoice)


MODES["subscription"] = subscribe
ON_COMPLETION.append(leave_invoice)


def change_means(world: World, customer: Object, number: str) -> Object:
    """A new payment method for the customer and all that they subscribe to. Raises ApiError."""
    used = cards.means(number)
    billing = cards.billing_details(
        email=customer["email"], name=customer["name"], address=customer["address"]
    )
    method = cards.method(world, used, customer=customer["id"], billing=billing)
    made = set_up(world, method)
    world.tell("setup_intent.created", made)
    world.tell("setup_intent.succeeded", made)
    with world.updating(customer, "customer.updated"):
        customer["invoice_settings"]["default_payment_method"] = method["id"]
    for one in world.store.where("subscription", customer=customer["id"]):
        if one["status"] in subscriptions.LIVE:
            with world.updating(one, "customer.subscription.updated"):
                one["default_payment_method"] = method["id"]
    return method
