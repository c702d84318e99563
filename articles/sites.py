"""The site a request is for, with its home, and the addresses of pages: out of the plan."""

from collections.abc import Callable
from copy import copy

from django.http import HttpRequest
from django.http.request import split_domain_port
from django.http.response import HttpResponseBase
from django.utils.functional import SimpleLazyObject
from wagtail.models import Site

from .plan import Plan, plan


class KnownSite:
    """Middleware. Puts the site where Wagtail looks for it first; asks for it only when Wagtail does."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request._wagtail_site = SimpleLazyObject(lambda: site_of(request))  # type: ignore[attr-defined]
        return self.get_response(request)


def site_of(request: HttpRequest) -> Site | None:
    """A copy: what one request hangs on its site or its home is not another's."""
    hostname = split_domain_port(request.get_host())[0]
    known = chosen(plan(), hostname, request.get_port())
    if known is None:
        return None
    site = copy(known)
    site.root_page = copy(getattr(site.root_page, "homepage", None) or site.root_page.specific)
    return site


def chosen(known: Plan, hostname: str, port: str) -> Site | None:
    """By Wagtail's rule: host and port; the host's, if it is the default or the only one; the default."""
    hosts = [site for site in known.sites if site.hostname == hostname]
    default = next((site for site in known.sites if site.is_default_site), None)
    exact = next((site for site in hosts if str(site.port) == port), None)
    if exact or default in hosts:
        return exact or default
    return hosts[0] if len(hosts) == 1 else default
