"""How a page leaves the house: for all visitors alike, or for one reader alone."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from wagtail.models import PageViewRestriction

from .versions import kept
from .visitors import for_every_visitor


class ServedToAll:
    """Mix into a page type whose visitor's page is the same for every visitor."""

    def serve(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = super().serve(request, *args, **kwargs)  # type: ignore[misc]
        return for_every_visitor(request, response)

    def get_view_restrictions(self) -> QuerySet[PageViewRestriction]:
        """Asked whenever a page is served. That there are none is kept, and costs no query."""
        ask = super().get_view_restrictions  # type: ignore[misc]
        restricted = kept(f"restricted:{self.pk}", lambda: ask().exists())  # type: ignore[attr-defined]
        return ask() if restricted else PageViewRestriction.objects.none()
