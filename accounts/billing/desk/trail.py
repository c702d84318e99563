"""A line in Wagtail's audit log for each time that staff had Stripe asked again. It names no address."""

from typing import Any

from wagtail.log_actions import LogActionRegistry, LogFormatter, log

from ...models import User
from ..models import Order, StripeEvent

REPLAYED, LOOKED, SET_ASIDE = "billing.replay", "billing.look_again", "billing.set_aside"
LABELS = {
    REPLAYED: "Have an event worked again",
    LOOKED: "Look at an order at Stripe again",
    SET_ASIDE: "Set something parked aside",
}


def replayed(event: StripeEvent, *, by: User) -> None:
    log(event, REPLAYED, user=by, data={"event": event.stripe_id, "was": event.state, "why": event.why})


def set_aside(event: StripeEvent, *, by: User) -> None:
    log(event, SET_ASIDE, user=by, data={"event": event.stripe_id, "why": event.why})


def looked(order: Order, *, by: User, outcome: str) -> None:
    log(order, LOOKED, user=by, data={"order": str(order.key), "outcome": outcome})


def order_set_aside(order: Order, *, by: User) -> None:
    log(order, SET_ASIDE, user=by, data={"order": str(order.key), "why": order.parked_because})


class Formatter(LogFormatter):
    label = ""

    def format_message(self, entry: Any) -> str:
        said = entry.data.get("outcome") or entry.data.get("why") or ""
        return f"{self.label}: {said}" if said else self.label


def register(actions: LogActionRegistry) -> None:
    for action, label in LABELS.items():
        actions.register_action(action)(type("Formatted", (Formatter,), {"label": label}))
