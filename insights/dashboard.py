from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from .figures import by_briefing, totals

A_PAGE = 50


def show(request: HttpRequest) -> HttpResponse:
    """The editors' figures; Wagtail admits only people with access to its admin."""
    rows = Paginator(by_briefing(), A_PAGE).get_page(request.GET.get("p"))
    return render(request, "insights/admin/dashboard.html", {"totals": totals(), "rows": rows})
