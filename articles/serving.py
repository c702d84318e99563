"""How a page leaves the house: for all visitors alike, or for one reader alone."""

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from wagtail.models import PageViewRestriction
from wagtail.models.sites import SiteRootPath

from .plan import plan
from .visitors import for_every_visitor

ROOTS = "_wagtail_cached_site_root_paths"


class ServedToAll:
    """Mix into a page type whose visitor's page is the same for every visitor."""

    path: str

    def serve(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = super().serve(request, *args, **kwargs)  # type: ignore[misc]
        return for_every_visitor(request, response)

    def get_view_restrictions(self) -> QuerySet[PageViewRestriction]:
        """Asked whenever a page is served. The plan knows where there are none: no query."""
        if self.path and not plan().restrictions_of(self.path):
            return PageViewRestriction.objects.none()
        restrictions: QuerySet[PageViewRestriction] = super().get_view_restrictions()  # type: ignore[misc]
        return restrictions

    def _get_site_root_paths(self, cache_object: Any = None, **kwargs: Any) -> Sequence[SiteRootPath]:
        """How addresses begin, laid where Wagtail looks first: it would ask the cache for each page anew."""
        holder = cache_object or self
        if not hasattr(holder, ROOTS):
            setattr(holder, ROOTS, plan().roots)
        paths: Sequence[SiteRootPath] = super()._get_site_root_paths(holder)  # type: ignore[misc]
        return paths
