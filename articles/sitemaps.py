"""The sitemap: every public page once. Where it would be long it is an index, and its files have numbers."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from xml.sax.saxutils import escape

from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from wagtail.models import Page, Site

from .plan import plan
from .visitors import for_every_visitor

# Addresses in one file. The protocol allows five times as many.
A_FILE = 10_000
Found = tuple[str, datetime | None]
SPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"


def sitemap(request: HttpRequest) -> HttpResponse:
    number = request.GET.get("page", "")
    pages = public_pages(request)
    if number:
        return file_of(request, slice_of(pages, number))
    first = list(pages[: A_FILE + 1])
    return index_of(request, pages.count()) if len(first) > A_FILE else file_of(request, first)


def public_pages(request: HttpRequest) -> "QuerySet[Page, Found]":
    """Not the aliases of briefings: those are found at the address of their source."""
    site = Site.find_for_request(request)
    if site is None:
        raise Http404
    pages = Page.objects.live().descendant_of(site.root_page, inclusive=True)
    for each in plan().restricted:
        pages = pages.exclude(path__startswith=each.path)
    once = pages.exclude(Q(briefingpage__isnull=False) & Q(alias_of__isnull=False))
    changed = Coalesce("last_published_at", "latest_revision_created_at")
    return once.order_by("path").values_list("url_path", changed)


def slice_of(pages: "QuerySet[Page, Found]", number: str) -> list[Found]:
    if not number.isdecimal() or int(number) < 1:
        raise Http404
    found = list(pages[A_FILE * (int(number) - 1) : A_FILE * int(number)])
    if not found:
        raise Http404
    return found


def file_of(request: HttpRequest, found: Iterable[Found]) -> HttpResponse:
    known = plan()
    addresses = ((known.full_url_of(url_path), changed) for url_path, changed in found)
    return as_xml(
        request, "urlset", (entry("url", address, changed) for address, changed in addresses if address)
    )


def index_of(request: HttpRequest, count: int) -> HttpResponse:
    here = request.build_absolute_uri(reverse("sitemap"))
    numbers = range(1, -(-count // A_FILE) + 1)
    return as_xml(request, "sitemapindex", (entry("sitemap", f"{here}?page={number}") for number in numbers))


def entry(name: str, address: str, changed: datetime | None = None) -> str:
    lastmod = f"<lastmod>{changed:%Y-%m-%d}</lastmod>" if changed else ""
    return f"<{name}><loc>{escape(address)}</loc>{lastmod}</{name}>"


def as_xml(request: HttpRequest, name: str, entries: Iterator[str]) -> HttpResponse:
    lines = [f'<?xml version="1.0" encoding="UTF-8"?>\n<{name} xmlns="{SPACE}">', *entries, f"</{name}>\n"]
    response = HttpResponse("\n".join(lines), content_type="application/xml")
    response.headers["X-Robots-Tag"] = "noindex"
    return for_every_visitor(request, response)
