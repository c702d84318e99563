"""Orders, events, receipts, disputes, subscriptions and reconciliations, to look through."""

from collections.abc import Callable
from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.urls import reverse
from wagtail.admin.filters import DateRangePickerWidget, WagtailFilterSet
from wagtail.admin.ui.tables import BaseColumn
from wagtail.admin.views.generic.base import BaseListingView
from wagtail.admin.widgets.button import HeaderButton

from ..models import Dispute, Order, Receipt, Reconciliation, StripeEvent, Subscription
from . import finding, tables
from .rights import REPLAY, BillingMixin, may

A_PAGE = 50
HINTS = {
    "orders": "an address, an order’s key, a receipt’s number, or an id of Stripe’s: cs_, pi_, sub_, cus_",
    "events": "an event’s id, the id of what it is about, or a type or its beginning",
    "receipts": "a number, an address, an order’s key, or the id of an invoice or a refund",
    "disputes": "a dispute’s or a charge’s id",
    "subscriptions": "an address, or a subscription’s id",
}


class OrderFilter(WagtailFilterSet):
    state = django_filters.ChoiceFilter(choices=Order.State.choices, empty_label="All")
    what = django_filters.ChoiceFilter(choices=Order.What.choices, empty_label="All")
    created_at = django_filters.DateFromToRangeFilter(label="Begun", widget=DateRangePickerWidget)

    class Meta:
        model = Order
        fields = ["state", "what", "created_at"]


class EventFilter(WagtailFilterSet):
    state = django_filters.ChoiceFilter(choices=StripeEvent.State.choices, empty_label="All")
    received_at = django_filters.DateFromToRangeFilter(label="Came", widget=DateRangePickerWidget)

    class Meta:
        model = StripeEvent
        fields = ["state", "received_at"]


class ReceiptFilter(WagtailFilterSet):
    kind = django_filters.ChoiceFilter(choices=Receipt.Kind.choices, empty_label="All")
    issued_at = django_filters.DateFromToRangeFilter(label="Issued", widget=DateRangePickerWidget)

    class Meta:
        model = Receipt
        fields = ["kind", "issued_at"]


class BillingList(BillingMixin, BaseListingView):
    """``name`` is that of its addresses; ``columns_of`` and ``search`` say what is shown and found."""

    name = ""
    columns_of: Callable[[], list[BaseColumn]]
    search: Callable[[str], Q] | None = None
    paginate_by = A_PAGE
    template_name = "accounts/desk/listing.html"
    results_template_name = "accounts/billing/desk/listing_results.html"

    @property
    def index_url_name(self) -> str:
        return f"billing_desk:{self.name}"

    @property
    def index_results_url_name(self) -> str:
        return f"billing_desk:{self.name}_results"

    @property
    def verbose_name_plural(self) -> str:
        return self.name

    @property
    def is_searchable(self) -> bool:
        return type(self).search is not None

    @property
    def columns(self) -> list[BaseColumn]:
        return type(self).columns_of()

    def search_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        asked = (self.search_query or "").strip().replace("\x00", "")
        search = type(self).search
        return queryset.filter(search(asked)) if asked and search else queryset

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(hint=HINTS.get(self.name, ""), **kwargs)


class OrdersView(BillingList):
    queryset = Order.objects.select_related("reader")
    page_title = "Orders"
    name = "orders"
    columns_of = staticmethod(tables.order_columns)
    search = staticmethod(finding.orders)
    filterset_class = OrderFilter
    default_ordering = "-pk"


class EventsView(BillingList):
    queryset = StripeEvent.objects.defer("payload")
    page_title = "Events"
    header_icon = "mail"
    name = "events"
    columns_of = staticmethod(tables.event_columns)
    search = staticmethod(finding.events)
    filterset_class = EventFilter
    default_ordering = "-pk"

    @property
    def header_buttons(self) -> list[HeaderButton]:
        if not may(self.request.user, REPLAY) or not StripeEvent.objects.parked().exists():
            return []
        url = reverse("billing_desk:replay_parked")
        return [HeaderButton("Work all parked again", url=url, icon_name="rotate")]


class ReceiptsView(BillingList):
    queryset = Receipt.objects.select_related("reader")
    page_title = "Receipts"
    header_icon = "doc-full"
    name = "receipts"
    columns_of = staticmethod(tables.receipt_columns)
    search = staticmethod(finding.receipts)
    filterset_class = ReceiptFilter
    default_ordering = "-pk"


class DisputesView(BillingList):
    queryset = Dispute.objects.select_related("subscription")
    page_title = "Disputes"
    header_icon = "warning"
    name = "disputes"
    columns_of = staticmethod(tables.dispute_columns)
    search = staticmethod(finding.disputes)
    default_ordering = "-pk"


class SubscriptionsView(BillingList):
    queryset = Subscription.objects.select_related("reader", "tier")
    page_title = "Subscriptions"
    header_icon = "key"
    name = "subscriptions"
    columns_of = staticmethod(tables.subscription_columns)
    search = staticmethod(finding.subscriptions)
    default_ordering = "-pk"


class ReconciliationsView(BillingList):
    queryset = Reconciliation.objects.defer("findings")
    page_title = "Reconciliations"
    header_icon = "check"
    name = "reconciliations"
    columns_of = staticmethod(tables.reconciliation_columns)
    default_ordering = "-pk"
