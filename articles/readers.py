"""A signed-in reader's page out of a sheet: what the house knows of the page is at hand, and what it knows of
the reader is asked for every time.

Whatever is unusual about the request, the session or the reader goes the long way, which knows nothing of
this and is right by itself. It is also where a sheet comes from.
"""

from base64 import b64encode
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from os import urandom
from typing import cast

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, parse_cookie
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse

from accounts import form_tokens
from accounts.signed_in import is_signed_in
from insights.access import Access
from insights.facts import Facts, facts_within
from insights.standing import standing_by
from insights.unlocks import LENT

from .asked import A_LISTING, Environ, address_of
from .learning import is_for_any_reader, learn
from .sheets import COOKIE, LENGTH, NONCE, POLICY, TOKEN, Outline, Own, Place, Sheet, own_parts, shelved_at
from .shelf import sheets_at_hand
from .versions import known_version

# Where a request's environment says what was found for it, or that it was looked for in vain.
FOUND = "marquee.found_for_reader"


@dataclass(frozen=True, slots=True)
class Asked:
    """An ordinary request for a page, by somebody with a session. ``secret``: of their forms."""

    place: Place
    session_key: str
    secret: str


@dataclass(frozen=True, slots=True)
class Found:
    sheet: Sheet
    own: Own
    secret: str

    @property
    def body(self) -> bytes:
        return self.sheet.body.filled(self.own)

    def headers(self, body: bytes) -> dict[str, str]:
        return {
            POLICY: self.sheet.policy.with_own(self.own[NONCE].decode()),
            LENGTH: str(len(body)),
            COOKIE: self.sheet.cookie_with(self.secret),
        }


class ReaderPages:
    """Middleware. Stands outside all that knows readers, sessions and policies, and says what they said."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        asked = None if getattr(request, "is_dummy", False) else asked_by(request.META)
        if asked is None:
            return self.get_response(request)
        found = request.META[FOUND] if FOUND in request.META else found_for(asked)
        if found is None:
            return self.the_long_way(request, asked.place)
        request.META[FOUND] = found
        body = found.body
        return HttpResponse(body, headers=dict(found.sheet.headers) | found.headers(body))

    def the_long_way(self, request: HttpRequest, place: Place) -> HttpResponseBase:
        response = self.get_response(request)
        if is_for_any_reader(request, response):
            with suppress(DatabaseError):
                learn(request, cast(TemplateResponse, response), place)
        return response


def asked_by(environ: Environ) -> Asked | None:
    """None for whatever is not just a page asked for by a signed-in reader. The version is read here, before
    anything that stands for it."""
    line = environ.get("HTTP_COOKIE", "")
    if settings.SESSION_COOKIE_NAME not in line or not is_ordinary(environ):
        return None
    cookies = parse_cookie(line)
    session_key = cookies.get(settings.SESSION_COOKIE_NAME)
    secret = cookies.get(settings.CSRF_COOKIE_NAME) or form_tokens.new_secret()
    word = known_version()
    if not (session_key and word and form_tokens.is_secret(secret)) or "messages" in cookies:
        return None
    return Asked((word, "reader", address_of(environ)), session_key, secret)


def is_ordinary(environ: Environ) -> bool:
    query = environ.get("QUERY_STRING", "")
    return bool(
        environ.get("REQUEST_METHOD") == "GET"
        and "HTTP_HX_REQUEST" not in environ
        and (not query or A_LISTING.fullmatch(query))
    )


def found_for(asked: Asked) -> Found | None:
    """One query."""
    outline: Outline | None = sheets_at_hand.get(asked.place)
    if outline is None:
        return None
    try:
        facts = facts_of_session(asked.session_key, outline)
    except DatabaseError:
        return None
    return found_by(facts, asked, outline) if facts and not facts.of_staff else None


def facts_of_session(session_key: str, outline: Outline) -> Facts | None:
    found = facts_within(session_key, outline.briefing, outline.briefings)
    if found is None:
        return None
    reader_id, password = found.reader_id, found.facts.password
    theirs = is_signed_in(session_key, found.data, reader_id=reader_id, password=password)
    return found.facts if theirs else None


def found_by(facts: Facts, asked: Asked, outline: Outline) -> Found | None:
    access = outline.access and outline.access.before(standing_by(facts))
    sheet = sheets_at_hand.get(shelved_at(asked.place, outline, access))
    if not isinstance(sheet, Sheet) or is_first_opening(access, facts):
        return None
    drawn: Own = {TOKEN: form_tokens.masked(asked.secret).encode(), NONCE: b64encode(urandom(16))}
    return Found(sheet, own_parts(sheet, facts, access) | drawn, asked.secret)


def is_first_opening(access: Access | None, facts: Facts) -> bool:
    """To be recorded, which the long way does."""
    return access is not None and access.owned in LENT and not facts.recorded
