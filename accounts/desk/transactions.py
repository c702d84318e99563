from typing import Any

import django_filters
from django.db.models import QuerySet
from django.forms import CheckboxSelectMultiple
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.generic import TemplateView
from wagtail.admin.filters import DateRangePickerWidget, WagtailFilterSet
from wagtail.admin.ui.tables import BaseColumn, Column
from wagtail.admin.views.generic.base import BaseListingView, WagtailAdminTemplateMixin
from wagtail.admin.widgets.button import HeaderButton

from accounts.models import StaffPosting
from credits.models import LedgerEntry, LedgerTransaction, LotMovement, SealedTransaction, TransactionKind

from .asking import why_irreversible
from .finding import matching
from .rights import GRANT, REVERSE, DeskMixin, may
from .tables import (
    Moment,
    Number,
    Person,
    Signed,
    desk_table,
    owners_of,
    transaction_columns,
    wallet_of,
    with_wallet,
)

A_PAGE = 50


class TransactionFilter(WagtailFilterSet):
    kind = django_filters.MultipleChoiceFilter(
        choices=TransactionKind.choices, widget=CheckboxSelectMultiple, distinct=False
    )
    created_at = django_filters.DateFromToRangeFilter(label="Posted", widget=DateRangePickerWidget)

    class Meta:
        model = LedgerTransaction
        fields = ["kind", "created_at"]


class TransactionsView(DeskMixin, BaseListingView):
    model = LedgerTransaction
    page_title = "Transactions"
    index_url_name = "ledger:transactions"
    index_results_url_name = "ledger:transactions_results"
    verbose_name_plural = "transactions"
    default_ordering = "-id"
    paginate_by = A_PAGE
    is_searchable = True
    filterset_class = TransactionFilter
    results_template_name = "accounts/desk/listing_results.html"
    template_name = "accounts/desk/listing.html"

    @property
    def columns(self) -> list[BaseColumn]:
        return transaction_columns()

    def trail(self) -> list[dict[str, str]]:
        return []

    def search_queryset(self, queryset: QuerySet[LedgerTransaction]) -> QuerySet[LedgerTransaction]:
        return queryset.filter(matching(self.search_query)) if self.is_searching else queryset

    def get_table(self, object_list: Any) -> Any:
        return super().get_table(with_wallet(object_list))

    @property
    def header_buttons(self) -> list[HeaderButton]:
        if not may(self.request.user, GRANT):
            return []
        return [HeaderButton("Grant credits", url=reverse("ledger:grant"), icon_name="plus")]


class TransactionView(DeskMixin, WagtailAdminTemplateMixin, TemplateView):
    template_name = "accounts/desk/transaction.html"
    page_title = "Transaction"

    def setup(self, request: Any, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        related = ("reverses", "reversed_by", "refunds")
        rows = LedgerTransaction.objects.select_related(*related)
        self.posted = get_object_or_404(rows, pk=kwargs["pk"])

    def get_page_subtitle(self) -> str:
        return f"{self.posted.get_kind_display()} {self.posted.pk}"

    @property
    def header_buttons(self) -> list[HeaderButton]:
        if not may(self.request.user, REVERSE) or why_irreversible(self.posted):
            return []
        url = reverse("ledger:reverse", args=[self.posted.pk])
        return [HeaderButton("Reverse", url=url, icon_name="rotate")]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            posted=self.posted,
            refunded_by=list(self.posted.refunded_by.all()),
            entries=entries_table(self.posted),
            movements=movements_table(self.posted),
            staff_posting=StaffPosting.objects.filter(posted=self.posted).select_related("asked_by").first(),
            waiting=StaffPosting.objects.waiting().filter(reverses=self.posted).first(),
            seal=SealedTransaction.objects.filter(transaction=self.posted).select_related("seal").first(),
            **kwargs,
        )


def entries_table(posted: LedgerTransaction) -> Any:
    entries = list(LedgerEntry.objects.filter(transaction=posted).select_related("account").order_by("id"))
    wallets = {entry.pk: wallet_of(entry) for entry in entries if entry.balance_after is not None}
    owners = owners_of(wallets.values())
    for entry in entries:
        entry.wallet_id = wallets.get(entry.pk)  # type: ignore[attr-defined]
        entry.reader = owners.get(wallets.get(entry.pk, 0))  # type: ignore[attr-defined]
    columns = [
        Column("account", accessor="account.get_kind_display", label="Account"),
        Person(),
        Signed("amount", label="Credits"),
        Signed("balance_after", label="Balance after"),
    ]
    return desk_table(columns, entries, "Entries")


def movements_table(posted: LedgerTransaction) -> Any:
    movements = LotMovement.objects.filter(transaction=posted).select_related("lot").order_by("id")
    columns = [
        Column("lot", accessor="lot_id", label="Lot"),
        Column("kind", accessor="lot.get_kind_display", label="Kind"),
        Moment("expires", accessor="lot.expires_at", label="Expires"),
        Signed("amount", label="Credits"),
        Signed("owed", label="Debt"),
        Number("remaining_after", label="Left in the lot"),
    ]
    return desk_table(columns, movements, "Lots moved")
