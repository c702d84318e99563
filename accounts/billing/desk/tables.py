"""Columns of the billing lists, and the tables on an order's page."""

from collections.abc import Callable
from typing import Any

from wagtail.admin.ui.tables import BaseColumn, Column, StatusTagColumn

from accounts import money
from accounts.desk.tables import Ident, Moment, Number, link_to

from ..models import Order, StripeEvent


class Money(Number):
    """An amount in minor units, in the currency of its row."""

    def get_value(self, instance: Any) -> str:
        amount = Column.get_value(self, instance)
        return "" if amount is None else money.exact(amount, instance.currency)


class Reader(Column):
    """Whose it is, as long as they have an account."""

    def __init__(self) -> None:
        super().__init__("reader", label="Reader", accessor=whose)


def whose(instance: Any) -> str:
    return "Closed account" if instance.reader.closed_at else str(instance.reader.email)


def state_column(is_good: Callable[[Any], bool]) -> StatusTagColumn:
    return StatusTagColumn("state", label="State", accessor="get_state_display", primary=is_good)


def order_columns() -> list[BaseColumn]:
    return [
        Ident("pk", label="No.", get_url=link_to("billing_desk:order", lambda one: one.pk)),
        Moment("created_at", label="Begun"),
        Reader(),
        Column("what", accessor="get_what_display", label="What"),
        Column("title", label="Title"),
        Money("amount", label="Amount"),
        Money("amount_refunded", label="Paid back"),
        state_column(lambda order: order.state == Order.State.PAID),
    ]


def event_columns() -> list[BaseColumn]:
    return [
        Ident("pk", label="No.", get_url=link_to("billing_desk:event", lambda one: one.pk)),
        Moment("received_at", label="Came"),
        Column("type", label="Type"),
        Column("object_id", label="About"),
        Number("attempts", label="Tries"),
        state_column(lambda event: event.state == StripeEvent.State.DONE),
        Column("why", label="Last trouble"),
    ]


def receipt_columns() -> list[BaseColumn]:
    return [
        Column("number", label="Number"),
        Moment("issued_at", label="Issued"),
        Column("kind", accessor="get_kind_display", label="Kind"),
        Reader(),
        Ident(
            "order",
            label="Order",
            accessor="order_id",
            get_url=link_to("billing_desk:order", lambda one: one.order_id),
        ),
        Money("net", label="Net"),
        Money("tax", label="Tax"),
        Money("total", label="Total"),
        Moment("mailed_at", label="Mailed"),
    ]


def dispute_columns() -> list[BaseColumn]:
    return [
        Column("stripe_id", label="Dispute"),
        Moment("opened_at", label="Opened"),
        Ident(
            "order",
            label="Order",
            accessor="order_id",
            get_url=link_to("billing_desk:order", lambda one: one.order_id),
        ),
        Column("subscription", label="Club", accessor=lambda one: one.subscription or ""),
        Money("amount", label="Amount"),
        Column("reason", label="Reason"),
        StatusTagColumn("status", label="Stripe says", primary=lambda one: one.status == "won"),
        Moment("closed_at", label="Closed"),
    ]


def subscription_columns() -> list[BaseColumn]:
    return [
        Column("stripe_id", label="Subscription"),
        Reader(),
        Column("tier", label="Tier", accessor=lambda one: one.tier or "Unknown price"),
        Column("interval", accessor="get_interval_display", label="Paid"),
        Ident(
            "order",
            label="Order",
            accessor="order_id",
            get_url=link_to("billing_desk:order", lambda one: one.order_id),
        ),
        StatusTagColumn(
            "status", label="Stripe says", primary=lambda one: one.status in ("active", "trialing")
        ),
        Moment("period_end", label="Period ends"),
        Moment("cancel_at", label="Cancelled to"),
        Column("end_because", accessor="get_end_because_display", label="Ended, because"),
    ]


def reconciliation_columns() -> list[BaseColumn]:
    return [
        Ident("pk", label="No.", get_url=link_to("billing_desk:reconciliation", lambda one: one.pk)),
        Moment("started_at", label="Began"),
        Moment("finished_at", label="Ended"),
        Column("kind", label="Kind", accessor=lambda one: "Full" if one.full else "Light"),
        Number("looked_at", label="Compared"),
        Number("mended", label="Mended"),
        Number("left", label="Left"),
    ]
