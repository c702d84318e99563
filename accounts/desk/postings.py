"""What staff asked of the ledger: the list, each act's own page and its history."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.generic import TemplateView
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import BaseColumn, Column, StatusTagColumn
from wagtail.admin.views.generic.base import BaseListingView, WagtailAdminTemplateMixin
from wagtail.admin.views.generic.history import HistoryView
from wagtail.admin.widgets.button import HeaderButton

from accounts.models import StaffPosting, User

from .deciding import may_approve
from .foresight import Foresight, foresee
from .rights import APPROVE, GRANT, VIEW, DeskMixin, crumb, may
from .tables import Ident, Moment, Number, link_to, whose

STATES = {"waiting": "Waiting", "posted": "Posted", "declined": "Declined"}


def state_of(posting: StaffPosting) -> str:
    if posting.waiting:
        return STATES["waiting"]
    return STATES["posted"] if posting.posted_id else STATES["declined"]


def asker_of(posting: StaffPosting) -> str:
    return posting.asked_by.email if posting.asked_by else "A command"


def posting_columns() -> list[BaseColumn]:
    return [
        Ident("pk", label="No.", get_url=link_to("ledger:posting", lambda one: one.pk)),
        Moment("asked_at", label="Asked"),
        Column("what", accessor="get_what_display", label="What"),
        Column("reader", accessor=lambda one: whose(one), label="Reader"),
        Number("amount", label="Credits"),
        Column("reason", label="Reason"),
        Column("asked_by", accessor=asker_of, label="Asked by"),
        StatusTagColumn("state", accessor=state_of, label="State", primary=lambda one: bool(one.posted_id)),
    ]


class PostingFilter(WagtailFilterSet):
    state = django_filters.ChoiceFilter(
        label="State", choices=list(STATES.items()), method="in_state", empty_label="All"
    )
    what = django_filters.ChoiceFilter(label="What", choices=StaffPosting.What.choices, empty_label="All")

    class Meta:
        model = StaffPosting
        fields = ["state", "what"]

    def in_state(self, rows: QuerySet[StaffPosting], name: str, state: str) -> QuerySet[StaffPosting]:
        if state == "waiting":
            return rows.filter(posted=None, declined_at=None)
        return rows.exclude(posted=None) if state == "posted" else rows.exclude(declined_at=None)


class PostingsView(DeskMixin, BaseListingView):
    queryset = StaffPosting.objects.select_related("reader", "asked_by")
    page_title = "Staff postings"
    header_icon = "clipboard-list"
    index_url_name = "ledger:postings"
    index_results_url_name = "ledger:postings_results"
    verbose_name_plural = "staff postings"
    paginate_by = 50
    is_searchable = True
    search_fields = ["reader__email", "asked_by__email", "reason"]
    filterset_class = PostingFilter
    template_name = "accounts/desk/listing.html"

    @property
    def columns(self) -> list[BaseColumn]:
        return posting_columns()

    @property
    def header_buttons(self) -> list[HeaderButton]:
        if not may(self.request.user, GRANT):
            return []
        return [HeaderButton("Grant credits", url=reverse("ledger:grant"), icon_name="plus")]


class PostingView(DeskMixin, WagtailAdminTemplateMixin, TemplateView):
    template_name = "accounts/desk/staff_posting.html"
    page_title = "Staff posting"
    header_icon = "clipboard-list"

    def setup(self, request: Any, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        people = ("reader", "asked_by", "approved_by", "declined_by", "reverses", "posted")
        self.posting = get_object_or_404(StaffPosting.objects.select_related(*people), pk=kwargs["pk"])

    def trail(self) -> list[dict[str, str]]:
        return [*super().trail(), crumb("Staff postings", "ledger:postings")]

    def get_page_subtitle(self) -> str:
        return str(self.posting)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        posting, person = self.posting, self.request.user
        assert isinstance(person, User)
        return super().get_context_data(
            posting=posting,
            state=state_of(posting),
            whose=whose(posting),
            asker=asker_of(posting),
            foresight=foresight_of(posting),
            may_approve=posting.waiting and may(person, APPROVE) and may_approve(posting, person),
            may_decline=posting.waiting and may_decline(posting, person),
            history_url=reverse("ledger:posting_history", args=[posting.pk]),
            **kwargs,
        )


def foresight_of(posting: StaffPosting) -> Foresight | None:
    return foresee(posting.reverses) if posting.waiting and posting.reverses else None


def may_decline(posting: StaffPosting, person: Any) -> bool:
    """Who may approve may say no; who asked may think better of it."""
    return may(person, APPROVE) or posting.asked_by_id == person.pk


class PostingHistoryView(DeskMixin, HistoryView):
    model = StaffPosting
    any_permission_required = [VIEW]
    index_url_name = "ledger:postings"
    history_url_name = "ledger:posting_history"
    history_results_url_name = "ledger:posting_history_results"
    header_buttons: list[HeaderButton] = []

    def trail(self) -> list[dict[str, str]]:
        here = crumb(str(self.object), "ledger:posting", self.object.pk)
        return [*super().trail(), crumb("Staff postings", "ledger:postings"), here]
