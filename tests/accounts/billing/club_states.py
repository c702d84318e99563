"""What Stripe might say of a club, for tests of what follows from it."""

from datetime import UTC, datetime
from typing import Any

from accounts.billing.objects import Invoice, Line, SubscriptionState

STARTED = datetime(2026, 3, 1, 12, tzinfo=UTC)
RENEWS = datetime(2026, 4, 1, 12, tzinfo=UTC)


def subscription(**changes: Any) -> SubscriptionState:
    facts: dict[str, Any] = {
        "id": "sub_1",
        "customer_id": "cus_1",
        "status": "active",
        "price_id": "price_1",
        "product_id": "prod_1",
        "interval": "month",
        "quantity": 1,
        "period_start": STARTED,
        "period_end": RENEWS,
        "cancel_at_period_end": False,
        "created": STARTED,
        "livemode": False,
    }
    return SubscriptionState(**(facts | changes))


def line(start: datetime, end: datetime, *, total: int = 1200, **changes: Any) -> Line:
    facts: dict[str, Any] = {"text": "Club", "quantity": 1, "net": total, "tax": 0, "total": total}
    return Line(**(facts | {"period_start": start, "period_end": end} | changes))


def invoice(*lines: Line, **changes: Any) -> Invoice:
    total = sum(one.total for one in lines)
    facts: dict[str, Any] = {
        "id": "in_1",
        "number": "A-1",
        "status": "paid",
        "billing_reason": "subscription_cycle",
        "currency": "GBP",
        "subtotal": total,
        "total": total,
        "tax": 0,
        "amount_paid": total,
        "amount_remaining": 0,
        "created": STARTED,
        "livemode": False,
        "lines": lines,
    }
    return Invoice(**(facts | changes))
