"""The visitor's page: one for all visitors, kept whole, answered before anything else is asked.

Only a response that declared itself public is kept, and only a request without a cookie that could
name a reader is answered from it. The version of what is published is part of the key.
"""

import gzip
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.http import quote_etag

from accounts.privacy import KEPT_NOWHERE

from .versions import KEPT_SECONDS, version

PUBLIC = "public, max-age=0, must-revalidate"
# For nginx, which else keeps nothing of no age: keep it, and hold it for out of date since 1970.
KEPT_AND_ASKED_FOR_AGAIN = "@1"
A_GZIP = re.compile(r"\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))")
# A listing's pages are kept too, but not every number that someone can think of.
A_LISTING = re.compile(r"^(page=\d{1,3})?$")


@dataclass(frozen=True)
class KeptPage:
    body: bytes
    zipped: bytes
    headers: dict[str, str]
    etag: str


def for_every_visitor(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Declare the response public, unless it is made for someone."""
    patch_vary_headers(response, ["Cookie"])
    for_someone = request.user.is_authenticated or getattr(request, "is_preview", False)
    if response.status_code == 200 and may_be_kept(request) and not for_someone:
        response.headers["Cache-Control"] = PUBLIC
        response.for_every_visitor = True  # type: ignore[attr-defined]
    else:
        response.headers["Cache-Control"] = KEPT_NOWHERE
    return response


def may_be_kept(request: HttpRequest) -> bool:
    return bool(
        request.method in ("GET", "HEAD")
        and not names_a_reader(request)
        and A_LISTING.match(request.META.get("QUERY_STRING", ""))
        and not getattr(request, "is_dummy", False)
    )


def names_a_reader(request: HttpRequest) -> bool:
    """True with any cookie that carries a session or a message for one person."""
    return settings.SESSION_COOKIE_NAME in request.COOKIES or "messages" in request.COOKIES


class VisitorPages:
    """Middleware. Stands outside all that makes a response, so that a kept page has its final headers."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not may_be_kept(request):
            return self.get_response(request)
        key = key_of(request)
        page = cache.get(key)
        if page is not None:
            return answer(request, page)
        response = self.get_response(request)
        if not isinstance(response, HttpResponse) or not is_public(response):
            return response
        page = page_of(response)
        if request.method == "GET":
            cache.set(key, page, timeout=KEPT_SECONDS)
        return answer(request, page)


def is_public(response: HttpResponse) -> bool:
    """Nothing that was said of it since may have taken that back."""
    declared = getattr(response, "for_every_visitor", False) and response.get("Cache-Control") == PUBLIC
    return declared and response.status_code == 200 and not response.cookies


def key_of(request: HttpRequest) -> str:
    address = f"{request.scheme}://{request.get_host()}{request.get_full_path()}"
    return f"{version()}:visitor:{static_version()}:{hashlib.sha256(address.encode()).hexdigest()}"


def static_version() -> str:
    """A page names its style sheets by their hashes: with other files it is another page."""
    return getattr(staticfiles_storage, "manifest_hash", "")


def page_of(response: HttpResponse) -> KeptPage:
    body = response.content
    said = {name: value for name, value in response.items() if name not in ("Content-Length", "ETag")}
    # First, because of this and Cache-Control older nginx takes the one it meets first.
    headers = {"X-Accel-Expires": KEPT_AND_ASKED_FOR_AGAIN} | said
    etag = quote_etag(hashlib.sha256(body).hexdigest()[:32])
    return KeptPage(body=body, zipped=gzip.compress(body, 6, mtime=0), headers=headers, etag=etag)


def answer(request: HttpRequest, page: KeptPage) -> HttpResponseBase:
    zips = A_GZIP.search(request.headers.get("Accept-Encoding", "")) is not None
    body = page.zipped if zips else page.body
    response = HttpResponse(body, headers=page.headers)
    patch_vary_headers(response, ["Accept-Encoding"])
    response.headers["ETag"] = f"W/{page.etag}"
    response.headers["Content-Length"] = str(len(body))
    if zips:
        response.headers["Content-Encoding"] = "gzip"
    unchanged = get_conditional_response(request, etag=response.headers["ETag"], response=response)
    return unchanged or response
