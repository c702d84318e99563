"""The visitor's page: one for all visitors, kept whole, answered before anything else is asked.

Only a response that declared itself public is kept, and only a request without a cookie that could
name a reader is answered from it. The version of what is published is part of the key.
"""

import gzip
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field

from django.contrib.staticfiles.storage import staticfiles_storage
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.http import quote_etag

from accounts.privacy import KEPT_NOWHERE

from .asked import Address, address_of, as_every_visitor, takes_gzip
from .before_django import Said
from .cdn import said_to_it
from .once import end_turn, made_elsewhere, makers, take_turn
from .shared import CacheAway, ask, keep
from .shelf import shelf
from .versions import KEPT_SECONDS, known_version

PUBLIC = "public, max-age=0, must-revalidate"
# For nginx, which else keeps nothing of no age: keep it, and hold it for out of date since 1970.
KEPT_AND_ASKED_FOR_AGAIN = "@1"
# Where a request's environment says which page at hand its answer was made from.
ANSWERED_FROM = "marquee.visitors_page"
# Bytes, beside the page's own: headers, and each way to send them.
HEADERS_WEIGH = 6_000


@dataclass(frozen=True)
class KeptPage:
    body: bytes
    zipped: bytes
    headers: dict[str, str]
    etag: str


@dataclass(frozen=True)
class AtHand:
    """A page as it lies on the shelf of this process; none where the address is known to have no such page.

    ``heads``: final status and headers as they once left the house, by (zipped, unchanged).
    """

    page: KeptPage | None
    heads: dict[tuple[bool, bool], Said] = field(default_factory=dict)


NO_SUCH_PAGE = AtHand(None)


@dataclass(frozen=True)
class Place:
    """Where a visitor's page is kept, for the version of now."""

    at_hand: tuple[str, Address]
    shared: str


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
    return as_every_visitor(request.META) and not getattr(request, "is_dummy", False)


class VisitorPages:
    """Middleware. Stands outside all that makes a response, so that a kept page has its final headers."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not may_be_kept(request):
            return self.get_response(request)
        place = place_of(request)
        if place is None:
            return self.made(request)
        found = find(place)
        if found is None:
            return self.made_once(request, place)
        return self.made(request, place) if found.page is None else answer(request, found)

    def made_once(self, request: HttpRequest, place: Place) -> HttpResponseBase:
        """By this request or by another that asks for the same: then this one waits."""
        with makers.alone(place.at_hand) as first:
            found = self.found_elsewhere(place) if first else find(place)
            if found is not None and found.page is not None:
                return answer(request, found)
            try:
                return self.made(request, place)
            finally:
                if first:
                    end_turn(place.shared)

    def found_elsewhere(self, place: Place) -> AtHand | None:
        return None if take_turn(place.shared) else made_elsewhere(place.shared, lambda: find(place))

    def made(self, request: HttpRequest, place: Place | None = None) -> HttpResponseBase:
        response = self.get_response(request)
        if not isinstance(response, HttpResponse) or not is_public(response):
            lay(place, NO_SUCH_PAGE)
            return response
        made = AtHand(page_of(response))
        if request.method == "GET":
            keep_page(place, made)
        return answer(request, made)


def is_public(response: HttpResponse) -> bool:
    """Nothing that was said of it since may have taken that back."""
    declared = getattr(response, "for_every_visitor", False) and response.get("Cache-Control") == PUBLIC
    return declared and response.status_code == 200 and not response.cookies


def place_of(request: HttpRequest) -> Place | None:
    """Nowhere, while nobody knows the version."""
    word = known_version()
    if word is None:
        return None
    address = f"{request.scheme}://{request.get_host()}{request.get_full_path()}"
    hashed = hashlib.sha256(address.encode()).hexdigest()
    return Place((word, address_of(request.META)), f"{word}:visitor:{static_version()}:{hashed}")


def static_version() -> str:
    """A page names its style sheets by their hashes: with other files it is another page."""
    return getattr(staticfiles_storage, "manifest_hash", "")


def find(place: Place) -> AtHand | None:
    found: AtHand | None = shelf.get(place.at_hand)
    return found or find_shared(place)


def find_shared(place: Place) -> AtHand | None:
    try:
        page = ask(place.shared)
    except CacheAway:
        return None
    if page is None:
        return None
    found = AtHand(page)
    lay(place, found)
    return found


def keep_page(place: Place | None, made: AtHand) -> None:
    """At hand first: then it is there, whatever becomes of the cache."""
    if place is None:
        return
    lay(place, made)
    try:
        keep(place.shared, made.page, timeout=KEPT_SECONDS)
    except CacheAway:
        return


def lay(place: Place | None, found: AtHand) -> None:
    if place is not None:
        shelf.put(place.at_hand, found, size=weight(found.page))


def weight(page: KeptPage | None) -> int:
    return len(page.body) + len(page.zipped) + HEADERS_WEIGH if page else 0


def page_of(response: HttpResponse) -> KeptPage:
    body = response.content
    said = {name: value for name, value in response.items() if name not in ("Content-Length", "ETag")}
    # First, because of this and Cache-Control older nginx takes the one it meets first.
    headers = {"X-Accel-Expires": KEPT_AND_ASKED_FOR_AGAIN} | said | said_to_it()
    etag = quote_etag(hashlib.sha256(body).hexdigest()[:32])
    return KeptPage(body=body, zipped=gzip.compress(body, 6, mtime=0), headers=headers, etag=etag)


def answer(request: HttpRequest, found: AtHand) -> HttpResponseBase:
    assert found.page is not None
    page, zips = found.page, takes_gzip(request.headers.get("Accept-Encoding", ""))
    body = page.zipped if zips else page.body
    response = HttpResponse(body, headers=page.headers)
    patch_vary_headers(response, ["Accept-Encoding"])
    response.headers["ETag"] = f"W/{page.etag}"
    response.headers["Content-Length"] = str(len(body))
    if zips:
        response.headers["Content-Encoding"] = "gzip"
    unchanged = get_conditional_response(request, etag=response.headers["ETag"], response=response)
    request.META[ANSWERED_FROM] = found
    return unchanged or response
