"""How a page leaves the house: for all visitors alike, or for one reader alone."""

from typing import Any

from django.http import HttpRequest, HttpResponse

from .visitors import for_every_visitor


class ServedToAll:
    """Mix into a page type whose visitor's page is the same for every visitor."""

    def serve(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = super().serve(request, *args, **kwargs)  # type: ignore[misc]
        return for_every_visitor(request, response)
