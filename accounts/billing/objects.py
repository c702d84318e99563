"""What Stripe says, as far as we use it. Amounts are in minor units, moments are aware, ids are Stripe's."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Buyer:
    name: str = ""
    email: str = ""
    country: str = ""
    address: tuple[str, ...] = ()
    vat_ids: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class TaxLine:
    """`rate` in per cent; `inclusive`: the price held it already."""

    label: str
    rate: Decimal | None
    amount: int
    inclusive: bool


@dataclass(frozen=True, kw_only=True)
class Line:
    """`total` is what it came to after discounts and with tax; `net` the same without tax."""

    text: str
    quantity: int
    net: int
    tax: int
    total: int
    tax_lines: tuple[TaxLine, ...] = ()
    period_start: datetime | None = None
    period_end: datetime | None = None
    proration: bool = False


@dataclass(frozen=True, kw_only=True)
class Refund:
    """`status`: pending, requires_action, succeeded, failed or canceled."""

    id: str
    amount: int
    currency: str
    status: str
    created: datetime
    payment_intent_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class Dispute:
    """`status` is Stripe's own: warning_…, needs_response, under_review, won, lost, prevented or unknown."""

    id: str
    amount: int
    currency: str
    status: str
    reason: str
    created: datetime
    charge_id: str
    payment_intent_id: str | None
    livemode: bool = False


@dataclass(frozen=True, kw_only=True)
class Payment:
    """A payment intent with its charge, all refunds and all disputes of that charge."""

    intent_id: str
    status: str
    amount: int
    amount_received: int
    currency: str
    livemode: bool
    charge_id: str | None = None
    amount_refunded: int = 0
    refunds: tuple[Refund, ...] = ()
    disputes: tuple[Dispute, ...] = ()
    order_key: str = ""
    site: str = ""
    customer_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class Session:
    """`status`: open, complete or expired. `payment_status`: paid, unpaid or no_payment_required."""

    id: str
    mode: str
    status: str
    payment_status: str
    currency: str
    amount_subtotal: int
    amount_total: int
    amount_discount: int
    amount_tax: int
    livemode: bool
    order_key: str
    site: str = ""
    customer_id: str | None = None
    payment: Payment | None = None
    subscription_id: str | None = None
    url: str = ""
    created: datetime | None = None
    expires_at: datetime | None = None
    buyer: Buyer = field(default_factory=Buyer)
    lines: tuple[Line, ...] = ()


@dataclass(frozen=True, kw_only=True)
class SessionRequest:
    """What a reader is to be asked to pay. `mode`: payment or subscription; `quantity` of `price_id`.

    One discount goes with a session: a coupon, a promotion code, or a code that is entered at Stripe.
    """

    mode: str
    order_key: str
    customer_id: str
    price_id: str
    success_url: str
    cancel_url: str
    quantity: int = 1
    trial_days: int = 0
    coupon_id: str | None = None
    promotion_code_id: str | None = None
    allow_codes: bool = False
    locale: str = "auto"


@dataclass(frozen=True, kw_only=True)
class Invoice:
    """`billing_reason`: subscription_create, subscription_cycle, subscription_update, manual or unknown."""

    id: str
    number: str
    status: str
    billing_reason: str
    currency: str
    subtotal: int
    total: int
    tax: int
    amount_paid: int
    amount_remaining: int
    created: datetime
    livemode: bool
    subscription_id: str | None = None
    customer_id: str | None = None
    paid_at: datetime | None = None
    attempt_count: int = 0
    next_payment_attempt: datetime | None = None
    hosted_url: str = ""
    buyer: Buyer = field(default_factory=Buyer)
    lines: tuple[Line, ...] = ()
    payment_intent_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class SubscriptionState:
    """All that Stripe holds of a subscription now. The period is that of its one item."""

    id: str
    customer_id: str
    status: str
    price_id: str
    product_id: str
    interval: str
    quantity: int
    period_start: datetime
    period_end: datetime
    cancel_at_period_end: bool
    created: datetime
    livemode: bool
    order_key: str = ""
    site: str = ""
    items: int = 1
    cancel_at: datetime | None = None
    canceled_at: datetime | None = None
    ended_at: datetime | None = None
    trial_end: datetime | None = None
    paused: bool = False
    latest_invoice: Invoice | None = None


@dataclass(frozen=True, kw_only=True)
class EventNote:
    """An event as it came: a hint that something happened to one object."""

    id: str
    type: str
    created: datetime
    livemode: bool
    api_version: str
    object_id: str
    object_type: str
    payload: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class PromotionCode:
    """A code and what its coupon takes off: `amount_off` in `currency`, or `percent_off`.

    `duration`: once, repeating or forever. Of `product_ids`, none means all.
    """

    id: str
    code: str
    duration: str
    amount_off: int = 0
    percent_off: Decimal = Decimal(0)
    currency: str = ""
    minimum: int = 0
    minimum_currency: str = ""
    first_time_only: bool = False
    customer_id: str | None = None
    product_ids: tuple[str, ...] = ()
