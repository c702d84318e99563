"""What Stripe's dashboard, the banks and time would do, on demand: JSON in and out."""

import json
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from . import delivery, disputes, paying, payments, refunds
from .errors import ApiError, invalid
from .events import seen
from .joining import change_means
from .store import Object

if TYPE_CHECKING:
    from .server import Server

Doing = Callable[["Server", Object, dict[str, str]], Any]
DOINGS: list[tuple[str, re.Pattern[str], Doing]] = []


def doing(method: str, path: str) -> Callable[[Doing], Doing]:
    pattern = re.compile(r"/_emulator" + re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path) + r"\Z")

    def register(done: Doing) -> Doing:
        DOINGS.append((method, pattern, done))
        return done

    return register


def answer(server: "Server", method: str, path: str, body: bytes) -> tuple[int, Any]:
    try:
        given = json.loads(body or b"{}")
        for known, pattern, done in DOINGS:
            if known == method and (match := pattern.match(path)):
                return 200, done(server, given, match.groupdict())
    except ApiError as error:
        return error.status, error.body("control")
    except (ValueError, TypeError) as error:
        return 400, {"error": {"message": f"not understood: {error}"}}
    return 404, {"error": {"message": f"no such control: {method} {path}"}}


@doing("GET", "")
def state(server: "Server", given: Object, ids: dict[str, str]) -> Any:
    with server.world.lock:
        counts = {kind: len(table) for kind, table in server.world.store.tables.items()}
        return {"now": server.world.now(), "objects": counts, "holding": server.world.post.holding}


@doing("GET", "/state")
def everything(server: "Server", given: Object, ids: dict[str, str]) -> Any:
    with server.world.lock:
        tables = server.world.store.tables.items()
        return {kind: [seen(one) for one in table.values()] for kind, table in tables if kind[0] != "_"}


@doing("GET", "/events")
def events(server: "Server", given: Object, ids: dict[str, str]) -> Any:
    with server.world.lock:
        return [seen(one) for one in server.world.store.where("event")]


@doing("POST", "/reset")
def reset(server: "Server", given: Object, ids: dict[str, str]) -> Any:
    server.forget()
    main = given.get("deliver_to")
    server.world.post.main = delivery.Target(id="main", **main) if main else None
    return {}


@doing("POST", "/snapshots/{name}")
def keep_snapshot(server: "Server", given: Object, ids: dict[str, str]) -> Any:
    """All objects, time and deliveries as they are, to come back to. Not the weather, nor what was asked."""
    with server.world.lock, server.world.post.turn:
        known = (server.world.store.tables, server.world.store.facts, server.world.post.postings)
        server.snapshots[ids["name"]] = json.dumps(known)
    return {}


@doing("POST", "/snapshots/{name}/restore")
def restore_snapshot(server: "Server", given: Object, ids: dict[str, str]) -> Any:
    if (kept := server.snapshots.get(ids["name"])) is None:
        raise invalid(f"no such snapshot: {ids['name']}")
    with server.world.changing(), server.world.post.turn:
        store, post = server.world.store, server.world.post
        store.tables, store.facts, postings = json.loads(kept)
        post.resume(postings)
    return {}


@doing("POST", "/clock")
def clock(server: "Server", given: Object, ids: dict[str, str]) -> Any:
    """``advance`` by seconds, or ``to`` a time."""
    world = server.world
    with world.changing():
        until = int(given["to"]) if "to" in given else world.real_now() + int(given["advance"])
        if until < world.real_now():
            raise invalid("time does not go back")
        world.move_clock(until)
        return {"now": world.now()}


@doing("GET", "/requests")
def requests(server: "Server", given: Object, ids: dict[str, str]) -> Any:
    return list(server.requests)


@doing("POST", "/weather")
def weather(server: "Server", given: Object, ids: dict[str, str]) -> Any:
    """``clear``, ``down``, and more ``spells``: see weather.py."""
    if given.get("clear"):
        server.weather.clear()
    server.weather.change(given)
    return {}


@doing("GET", "/delivery")
def postings(server: "Server", given: Object, ids: dict[str, str]) -> Any:
    post = server.world.post
    with post.turn:
        return {"holding": post.holding, "postings": [dict(one) for one in post.postings]}


@doing("POST", "/delivery")
def deliver(server: "Server", given: Object, ids: dict[str, str]) -> Any:
    """``mode`` normal or hold; ``main``: a url and secret to post to besides the endpoints, or null."""
    post = server.world.post
    with post.turn:
        if "mode" in given:
            post.holding = given["mode"] == "hold"
        if "main" in given:
            post.main = delivery.Target(id="main", **given["main"]) if given["main"] else None
    return {}


@doing("POST", "/delivery/take")
def take(server: "Server", given: Object, ids: dict[str, str]) -> Any:
    return server.world.post.take_held(given)


@doing("POST", "/delivery/release")
def release(server: "Server", given: Object, ids: dict[str, str]) -> Any:
    return {"released": server.world.post.release(given)}


@doing("GET", "/delivery/idle")
def idle(server: "Server", given: Object, ids: dict[str, str]) -> Any:
    return {"idle": server.world.post.idle()}


@doing("POST", "/delivery/again/{event}")
def again(server: "Server", given: Object, ids: dict[str, str]) -> Any:
    world = server.world
    with world.lock:
        return {"posted": world.post.again(world.store, world.store.get("event", ids["event"]))}


@doing("POST", "/delivery/send")
def send(server: "Server", given: Object, ids: dict[str, str]) -> Any:
    """Any ``body`` to a ``url``: signed with a ``secret`` ``age`` seconds ago, or with a ``signature``."""
    main = server.world.post.main
    body, url = given["body"], given.get("url") or (main and main.url)
    if not url:
        raise invalid("where to?", param="url")
    signed = given.get("signature")
    if signed is None:
        secret = given.get("secret") or (main and main.secret) or ""
        signed = delivery.signature(secret, body, at=delivery.moment(given.get("age", 0)))
    return {"answer": delivery.send(url, body.encode(), signed)}


@doing("POST", "/checkout/{session}/pay")
def pay(server: "Server", given: Object, ids: dict[str, str]) -> Any:
    world = server.world
    with world.changing():
        session = world.store.get("checkout.session", ids["session"])
        if given.pop("proven", True):
            outcome = paying.pay_through(world, session, given)
        else:
            outcome = paying.pay_with(world, session, given)
        return {"outcome": outcome, "session": seen(session)}


@doing("POST", "/payments/{intent}/{outcome}")
def settle(server: "Server", given: Object, ids: dict[str, str]) -> Any:
    """A bank debit: ``settle`` or ``fail``."""
    world = server.world
    with world.changing():
        intent = world.store.get("payment_intent", ids["intent"])
        payments.settle(world, intent, succeeds=_choice(ids["outcome"], "settle", "fail"))
        return seen(intent)


@doing("POST", "/refunds/{refund}/{outcome}")
def settle_refund(server: "Server", given: Object, ids: dict[str, str]) -> Any:
    world = server.world
    with world.changing():
        refund = world.store.get("refund", ids["refund"])
        if _choice(ids["outcome"], "settle", "fail"):
            refunds.settle(world, refund["id"])
        else:
            refunds.fail(world, refund)
        return seen(refund)


def _choice(given: str, yes: str, no: str) -> bool:
    if given not in (yes, no):
        raise invalid(f"{given}: must be {yes} or {no}")
    return given == yes


@doing("POST", "/disputes")
def dispute(server: "Server", given: Object, ids: dict[str, str]) -> Any:
    """``charge``, ``amount`` in minor units, ``reason``, ``inquiry``."""
    world = server.world
    with world.changing():
        charge = world.store.get("charge", given.pop("charge"))
        opened = disputes.begin(world, charge, **given)
        return seen(opened)


@doing("POST", "/disputes/{dispute}/{outcome}")
def close_dispute(server: "Server", given: Object, ids: dict[str, str]) -> Any:
    """``won``, ``lost``, or ``escalate`` for an inquiry that becomes a dispute."""
    world = server.world
    with world.changing():
        found = world.store.get("dispute", ids["dispute"])
        if ids["outcome"] == "escalate":
            disputes.escalate(world, found)
        else:
            disputes.close(world, found, won=_choice(ids["outcome"], "won", "lost"))
        return seen(found)


@doing("POST", "/customers/{customer}/card")
def change_card(server: "Server", given: Object, ids: dict[str, str]) -> Any:
    world = server.world
    with world.changing():
        customer = world.store.get("customer", ids["customer"])
        method = change_means(world, customer, given["card"])
        return seen(method)


@doing("POST", "/subscriptions/{subscription}/status")
def force_status(server: "Server", given: Object, ids: dict[str, str]) -> Any:
    """Any status, also one that Stripe has yet to invent; told as an update."""
    world = server.world
    with world.changing():
        found = world.store.get("subscription", ids["subscription"])
        with world.updating(found, "customer.subscription.updated"):
            found["status"] = given["status"]
        return seen(found)


@doing("POST", "/settings")
def settings(server: "Server", given: Object, ids: dict[str, str]) -> Any:
    """``after_retries``: canceled, unpaid or past_due. ``retries``: the days between them."""
    if unknown := given.keys() - {"after_retries", "retries"}:
        raise invalid(f"no such setting: {', '.join(sorted(unknown))}")
    with server.world.changing():
        server.world.store.facts.update(given)
    return {}


@doing("POST", "/objects/{kind}/{wanted}/forget")
def forget(server: "Server", given: Object, ids: dict[str, str]) -> Any:
    world = server.world
    with world.changing():
        found = world.store.get(ids["kind"], ids["wanted"])
        del world.store.table(ids["kind"])[found["id"]]
    return {}


@doing("POST", "/objects/{kind}/{wanted}/change")
def change(server: "Server", given: Object, ids: dict[str, str]) -> Any:
    """Any fields, as no call of Stripe's would: for states that nothing else brings about. Told to nobody."""
    world = server.world
    with world.changing():
        found = world.store.get(ids["kind"], ids["wanted"])
        found.update(given)
        return seen(found)
