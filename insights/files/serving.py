"""How the bytes of a private file leave the house: to whom they were allowed, and kept by nobody."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote

from django.conf import settings
from django.core.files.base import File
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers
from django.utils.http import content_disposition_header

from accounts.privacy import KEPT_NOWHERE
from insights.models.private_file import Stored

from .storing import private_storage

A_CHUNK = 64 * 1024
ONE_RANGE = re.compile(r"^bytes=(\d{0,18})-(\d{0,18})$")
HEADERS = {
    "Cache-Control": KEPT_NOWHERE,
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Robots-Tag": "noindex",
}


@dataclass(frozen=True)
class Span:
    """Bytes from ``first`` to ``last``, both included."""

    first: int
    last: int

    @property
    def length(self) -> int:
        return self.last - self.first + 1


def send(request: HttpRequest, stored: Stored) -> HttpResponseBase:
    """No validator is sent, so no answer is ever a 304. Raises ``Http404`` where the bytes are gone."""
    response = by_the_proxy(stored) if settings.PRIVATE_ACCEL_REDIRECT else by_the_site(request, stored)
    for name, value in HEADERS.items():
        response.headers[name] = value
    patch_vary_headers(response, ["Cookie"])
    disposition = content_disposition_header(bool(stored.download), stored.download)
    response.headers["Content-Disposition"] = disposition or "inline"
    return response


def by_the_proxy(stored: Stored) -> HttpResponse:
    response = HttpResponse(content_type=stored.content_type)
    response.headers["X-Accel-Redirect"] = f"{settings.PRIVATE_ACCEL_REDIRECT}/{quote(stored.name)}"
    return response


def by_the_site(request: HttpRequest, stored: Stored) -> HttpResponseBase:
    try:
        file = private_storage().open(stored.name)
    except FileNotFoundError as gone:
        raise Http404 from gone
    whole = Span(0, file.size - 1)
    span = span_of(request, whole)
    if span is None:
        file.close()
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{whole.length}"})
    response = StreamingHttpResponse(Bytes(file, span), content_type=stored.content_type)
    response.headers["Accept-Ranges"] = "bytes"
    response.headers["Content-Length"] = str(span.length)
    if span != whole:
        response.status_code = 206
        response.headers["Content-Range"] = f"bytes {span.first}-{span.last}/{whole.length}"
    return response


def span_of(request: HttpRequest, whole: Span) -> Span | None:
    """What of it is asked for; None where it has nothing of that. Several ranges at once get the whole."""
    asked = ONE_RANGE.match(request.headers.get("Range", ""))
    if asked is None or "If-Range" in request.headers or asked.group() == "bytes=-":
        return whole
    first, last = asked.groups()
    if not first:
        return Span(max(0, whole.length - int(last)), whole.last) if int(last) else None
    span = Span(int(first), min(int(last), whole.last) if last else whole.last)
    return span if span.first <= span.last else None


class Bytes:
    """Closed by the response, which a HEAD never reads."""

    def __init__(self, file: File[bytes], span: Span) -> None:
        self.file, self.span = file, span
        self.close = file.close

    def __iter__(self) -> Iterator[bytes]:
        left = self.span.length
        self.file.seek(self.span.first)
        while left > 0 and (chunk := self.file.read(min(A_CHUNK, left))):
            left -= len(chunk)
            yield chunk
