from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from accounts.billing.standing import GRACE, open_until, unpaid_since

from .club_states import RENEWS, STARTED, invoice, line, subscription

BILLED = datetime(2026, 4, 1, 13, tzinfo=UTC)
SOONER = datetime(2026, 3, 20, tzinfo=UTC)
LATER = datetime(2027, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("facts", "until"),
    [
        ({"status": "active"}, RENEWS + GRACE),
        ({"status": "trialing"}, RENEWS + GRACE),
        ({"status": "past_due"}, BILLED + GRACE),
        ({"status": "incomplete"}, None),
        ({"status": "incomplete_expired"}, None),
        ({"status": "canceled"}, None),
        ({"status": "unpaid"}, None),
        ({"status": "paused"}, None),
        ({"status": "a word of tomorrow"}, None),
        ({"status": ""}, None),
        ({"status": "active", "cancel_at_period_end": True}, RENEWS),
        ({"status": "active", "cancel_at": SOONER}, SOONER),
        ({"status": "active", "cancel_at": LATER}, RENEWS + GRACE),
        ({"status": "trialing", "cancel_at": SOONER}, SOONER),
        ({"status": "past_due", "cancel_at": SOONER}, SOONER),
        ({"status": "past_due", "cancel_at": LATER}, BILLED + GRACE),
        ({"status": "active", "paused": True}, None),
        ({"status": "active", "items": 2}, None),
        ({"status": "active", "items": 0}, None),
    ],
)
def test_what_is_open_follows_from_the_whole_state(facts: dict[str, Any], until: datetime | None) -> None:
    assert open_until(subscription(**facts), price_is_known=True, unpaid_since=BILLED) == until


@pytest.mark.parametrize("status", ["active", "trialing", "past_due"])
def test_a_price_we_do_not_know_opens_nothing(status: str) -> None:
    assert open_until(subscription(status=status), price_is_known=False, unpaid_since=None) is None


def test_a_refusal_without_its_invoice_is_counted_from_the_period() -> None:
    state = subscription(status="past_due")
    assert open_until(state, price_is_known=True, unpaid_since=None) == STARTED + GRACE


def test_the_oldest_unpaid_invoice_counts_and_none_that_is_settled() -> None:
    month = line(STARTED, RENEWS)
    waiting = {"status": "open", "amount_remaining": 1200}
    invoices = [
        invoice(month, created=BILLED + timedelta(days=3), **waiting),
        invoice(month, created=BILLED, **waiting),
        invoice(month, created=STARTED),
        invoice(month, created=STARTED, status="void", amount_remaining=1200),
        invoice(month, created=STARTED, status="draft", amount_remaining=1200),
    ]
    assert unpaid_since(invoices) == BILLED
    assert unpaid_since(invoices[2:]) is None
