"""``expand[]``: ids replaced by the objects they name, and parts that are answered only when asked for."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .errors import invalid
from .events import seen
from .store import Object

if TYPE_CHECKING:
    from .world import World

DEEPEST = 4
NAMES = {
    "balance_transaction": "balance_transaction",
    "charge": "charge",
    "configuration": "billing_portal.configuration",
    "coupon": "coupon",
    "customer": "customer",
    "customer_balance_transaction": "customer_balance_transaction",
    "default_payment_method": "payment_method",
    "default_price": "price",
    "discount": "discount",
    "discounts": "discount",
    "failure_balance_transaction": "balance_transaction",
    "invoice": "invoice",
    "latest_charge": "charge",
    "latest_invoice": "invoice",
    "payment_intent": "payment_intent",
    "payment_method": "payment_method",
    "pending_setup_intent": "setup_intent",
    "price": "price",
    "product": "product",
    "promotion_code": "promotion_code",
    "refund": "refund",
    "setup_intent": "setup_intent",
    "subscription": "subscription",
    "test_clock": "test_helpers.test_clock",
}
SOURCES = {"ch": "charge", "re": "refund", "du": "dispute"}
Part = Callable[["World", Object], Any]
ON_DEMAND: dict[tuple[str, str], Part] = {}


def on_demand(kind: str, name: str) -> Callable[[Part], Part]:
    def register(part: Part) -> Part:
        ON_DEMAND[kind, name] = part
        return part

    return register


def expanded(world: "World", answer: Object, paths: list[str]) -> Object:
    """A copy of the answer without our own keys, and with all that ``paths`` name."""
    whole: Object = seen(answer)
    for path in paths:
        parts = path.split(".")
        if len(parts) > DEEPEST:
            raise invalid(
                f"You cannot expand more than {DEEPEST} levels of a property: {path}", param="expand"
            )
        _expand(world, whole, parts, path)
    return whole


def _expand(
    world: "World", value: Any, parts: list[str], path: str, whose: tuple[Object, str] | None = None
) -> None:
    """``whose``: the object that a part without an ``object`` of its own belongs to, and the part's name."""
    if isinstance(value, list):
        for one in value:
            _expand(world, one, parts, path, whose)
        return
    if not parts or not isinstance(value, dict):
        return
    head, *rest = parts
    owner, place = (value, value["object"]) if "object" in value or whose is None else whose
    _fill(world, value, head, path, owner, place)
    _expand(world, value[head], rest, path, (owner, f"{place}.{head}"))


def _fill(world: "World", value: Object, name: str, path: str, owner: Object, place: str) -> None:
    if name not in value:
        if (part := ON_DEMAND.get((place, name))) is None:
            raise invalid(f"This property cannot be expanded ({path}).", param="expand")
        value[name] = seen(part(world, owner))
    elif isinstance(value[name], str):
        value[name] = _named(world, name, value[name], path)
    elif isinstance(value[name], list):
        value[name] = [_named(world, name, one, path) if isinstance(one, str) else one for one in value[name]]


def _named(world: "World", name: str, wanted: str, path: str) -> Object:
    kind = SOURCES.get(wanted.partition("_")[0]) if name == "source" else NAMES.get(name)
    if kind is None:
        raise invalid(f"This property cannot be expanded ({path}).", param="expand")
    if (found := world.store.find(kind, wanted)) is None:
        found = {"id": wanted, "object": kind, "deleted": True}
    return dict(seen(found))
