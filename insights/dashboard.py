"""The editors' figures in Wagtail's admin, for whoever edits or publishes at least one page."""

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from wagtail.admin.menu import MenuItem
from wagtail.models import Page
from wagtail.permissions import policy_registry

from .figures import BriefingFigures, by_briefing, totals

A_PAGE = 50


def show(request: HttpRequest) -> HttpResponse:
    if not may_see(request.user):
        raise PermissionDenied
    rows = Paginator(by_briefing(), A_PAGE).get_page(request.GET.get("p"))
    shown = {"totals": totals(), "rows": rows, "editable": editable(request.user, rows)}
    return render(request, "insights/admin/dashboard.html", shown)


def may_see(user: Any) -> bool:
    return bool(policy_registry.get_by_type(Page).user_has_any_permission(user, {"change", "publish"}))


def editable(user: Any, rows: Iterable[BriefingFigures]) -> set[int]:
    """The ids of those pages that this person may edit, by one query and one for their rights."""
    pages = policy_registry.get_by_type(Page).instances_user_has_permission_for(user, "change")
    return set(pages.filter(pk__in=[row.page.pk for row in rows if row.page]).values_list("pk", flat=True))


class FiguresItem(MenuItem):
    def is_shown(self, request: HttpRequest) -> bool:
        return may_see(request.user)
