"""One order, event or reconciliation with all that belongs to it."""

import json
from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.views.generic import TemplateView
from wagtail.admin.ui.tables import Column
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin

from accounts import money
from accounts.desk import rights as ledger_rights
from accounts.desk.rights import crumb
from accounts.desk.tables import desk_table, transaction_columns, with_wallet
from credits.models import LedgerTransaction

from ..models import Order, Reconciliation, StripeEvent
from . import tables
from .rights import REPLAY, BillingMixin, may

# Of one order; a club's go on for years.
LATEST = 100


class Detail(BillingMixin, WagtailAdminTemplateMixin, TemplateView):
    pass


class OrderView(Detail):
    template_name = "accounts/billing/desk/order.html"
    page_title = "Order"

    def setup(self, request: Any, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        rows = Order.objects.select_related("reader", "gift")
        self.order = get_object_or_404(rows, pk=kwargs["pk"])

    def trail(self) -> list[dict[str, str]]:
        return [crumb("Orders", "billing_desk:orders")]

    def get_page_subtitle(self) -> str:
        return f"{self.order.pk}: {self.order.title}"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        order, person = self.order, self.request.user
        return super().get_context_data(
            order=order,
            whose=tables.whose(order),
            amounts=amounts_of(order),
            may_look_again=may(person, REPLAY),
            may_read_ledger=ledger_rights.may(person, ledger_rights.VIEW),
            posted=desk_table(transaction_columns(), with_wallet(postings_of(order)), "In the ledger"),
            receipts=desk_table(tables.receipt_columns(), receipts_of(order), "Receipts"),
            disputes=desk_table(tables.dispute_columns(), disputes_of(order), "Disputes"),
            clubs=desk_table(tables.subscription_columns(), clubs_of(order), "Subscriptions"),
            events=desk_table(tables.event_columns(), events_of(order), "Events"),
            **kwargs,
        )


def amounts_of(order: Order) -> list[tuple[str, str]]:
    named = [
        ("Asked for", order.amount),
        ("Rebate for credits spent", order.rebate or None),
        ("Discount", order.amount_discount or None),
        ("Paid", order.amount_paid),
        ("Of which tax", order.amount_tax or None),
        ("Paid back", order.amount_refunded or None),
    ]
    return [(name, money.exact(amount, order.currency)) for name, amount in named if amount is not None]


def postings_of(order: Order) -> QuerySet[LedgerTransaction]:
    """The grants, and what was taken back of them or given again."""
    grants = [pk for pk in (order.granted_id, order.bonus_granted_id) if pk]
    refunds = LedgerTransaction.objects.filter(refunds__in=grants).values_list("pk", flat=True)
    own = [*grants, *refunds]
    undone = LedgerTransaction.objects.filter(reverses__in=own).values_list("pk", flat=True)
    return LedgerTransaction.objects.filter(pk__in=[*own, *undone]).order_by("pk")


def receipts_of(order: Order) -> QuerySet[Any]:
    return order.receipts.select_related("reader").order_by("pk")[:LATEST]


def disputes_of(order: Order) -> QuerySet[Any]:
    return order.disputes.select_related("subscription").order_by("pk")[:LATEST]


def clubs_of(order: Order) -> QuerySet[Any]:
    return order.subscriptions.select_related("reader", "tier").order_by("pk")[:LATEST]


def events_of(order: Order) -> QuerySet[StripeEvent]:
    """About its session, payment, subscriptions, refunds and disputes."""
    about = {order.session_id, order.payment_intent_id}
    about |= set(order.subscriptions.values_list("stripe_id", flat=True))
    about |= {one for pair in order.disputes.values_list("stripe_id", "charge_id") for one in pair}
    about |= {source.partition(":")[2] for source in order.receipts.values_list("source", flat=True)}
    found = StripeEvent.objects.filter(object_id__in=about - {""}).defer("payload")
    return found.order_by("-happened_at")[:LATEST]


class EventView(Detail):
    template_name = "accounts/billing/desk/event.html"
    page_title = "Event"
    header_icon = "mail"

    def setup(self, request: Any, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self.event = get_object_or_404(StripeEvent.objects.select_related("replayed_by"), pk=kwargs["pk"])

    def trail(self) -> list[dict[str, str]]:
        return [crumb("Events", "billing_desk:events")]

    def get_page_subtitle(self) -> str:
        return self.event.type

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            event=self.event,
            is_done=self.event.state == StripeEvent.State.DONE,
            payload=json.dumps(self.event.payload, indent=2, ensure_ascii=False),
            may_replay=may(self.request.user, REPLAY),
            **kwargs,
        )


class ReconciliationView(Detail):
    template_name = "accounts/billing/desk/reconciliation.html"
    page_title = "Reconciliation"
    header_icon = "check"

    def setup(self, request: Any, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self.run = get_object_or_404(Reconciliation, pk=kwargs["pk"])

    def trail(self) -> list[dict[str, str]]:
        return [crumb("Reconciliations", "billing_desk:reconciliations")]

    def get_page_subtitle(self) -> str:
        return str(self.run)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        names = {
            "outcome": "Outcome",
            "kind": "What",
            "about": "About",
            "text": "Found",
            "why": "Left because",
        }
        columns = [Column(name, label=label) for name, label in names.items()]
        return super().get_context_data(
            run=self.run, findings=desk_table(columns, self.run.findings, "Findings"), **kwargs
        )
