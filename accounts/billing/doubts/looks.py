"""All that is compared, in its order."""

from collections.abc import Iterable, Iterator

from ..gateway import payments
from .books import of_the_ledger, of_what_waits
from .clubs import of_customers, of_prices, of_subscriptions
from .doubt import Doubt, Doubts, Scope
from .money_back import of_disputes, of_refunds
from .orders import of_orders_unsettled, of_payments, of_sessions
from .untold import of_events


def doubts(scope: Scope) -> Iterator[Doubt | None]:
    """One for each thing compared: None where all is well at the first look. Raises `PaymentError`."""
    for doubt in (found for look in looks(scope) for found in look):
        yield doubt if doubt.differs() else None


def looks(scope: Scope) -> Iterable[Doubts]:
    """Events come last: what they were to tell us is found by name before."""
    yield from (
        of_sessions(payments.sessions_since(scope.since)),
        of_orders_unsettled(),
        of_refunds(payments.refunds_since(scope.since)),
        of_disputes(scope),
        of_subscriptions(scope),
        of_the_ledger(scope),
        of_what_waits(),
    )
    if scope.full:
        yield from (of_payments(payments.payments_since(scope.since)), of_customers(), of_prices())
    yield of_events(scope)
