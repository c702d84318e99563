"""The site a request is for, with its home: the same until one of them changes, so found once and kept."""

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.functional import SimpleLazyObject
from wagtail.models import Site

from .versions import kept


class KnownSite:
    """Middleware. Puts the site where Wagtail looks for it first; asks for it only when Wagtail does."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request._wagtail_site = SimpleLazyObject(lambda: site_of(request))  # type: ignore[attr-defined]
        return self.get_response(request)


def site_of(request: HttpRequest) -> Site | None:
    address = f"{request.get_host()}:{request.get_port()}"
    return kept(f"site:{address}", lambda: found(request))


def found(request: HttpRequest) -> Site | None:
    site = Site._find_for_request(request)
    if site is not None:
        site.root_page = site.root_page.specific
    return site
