"""Before Django: the form that unlocks, pressed by an ordinary reader, is answered as it was answered before.

It decides nothing anew: forged forms are Django's to refuse, the limit is the view's, who is signed in says
``accounts.signed_in``, and what may be sold ``insights.unlocks``. Whatever is unusual goes the long way, and
so does every answer but that it is open now: the view is right by itself, and may be asked twice.
"""

import logging
import re
from collections.abc import Iterable
from io import BytesIO
from typing import NamedTuple
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.messages.storage.cookie import CookieStorage
from django.core.exceptions import DisallowedHost
from django.core.handlers.wsgi import WSGIRequest
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden
from django.middleware.csrf import CsrfViewMiddleware
from django.utils import timezone
from django_ratelimit.core import is_ratelimited

from accounts.signed_in import is_signed_in
from insights.sentences import unlocked_text
from insights.stakes import Stakes
from insights.unlocks import Intent, Outcome, unlock_plainly
from insights.views import A_MINUTE, COUNTED, PRESSED, price_agreed, unlock_briefing

from .before_django import Application, Environ, Said, StartResponse, is_private, overheard, without
from .sheets import COOKIE, NONCE, POLICY, Head, Headers

logger = logging.getLogger(__name__)

THE_FORM = re.compile(r"/unlock/([0-9]{1,9})/")
A_FORM = "application/x-www-form-urlencoded"
# Bytes. Ours has a token and a price.
LONGEST_FORM = 1_000
LOCATION, DONE = "Location", "303 See Other"
OWN = frozenset({LOCATION, COOKIE})
LEFT = CookieStorage.cookie_name
WANTED = "session_data, reader_id, password, key, title, price, levels, url"
ASK = f"SELECT {WANTED} FROM form_facts(%s, %s::integer, %s)"  # noqa: S608 - written here


class FormFacts(NamedTuple):
    session_key: str
    session_data: str
    reader_id: int
    password: str
    key: UUID
    title: str
    price: int
    levels: str
    url: str

    @property
    def are_the_readers(self) -> bool:
        """Whose the session says it is."""
        reader_id, password = self.reader_id, self.password
        return is_signed_in(self.session_key, self.session_data, reader_id=reader_id, password=password)

    @property
    def stakes(self) -> Stakes:
        return Stakes(self.key, self.title, self.price, tuple(filter(None, self.levels.split(","))))


class UnlockFront:
    """A WSGI application around Django's. ``heads``: how the form's answer left the house, by whether its
    reader came by HTTPS."""

    def __init__(self, application: Application) -> None:
        self.application = application
        self.heads: dict[bool, Head] = {}

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        page = page_pressed_on(environ)
        if page is None:
            return self.application(environ, start_response)
        form = environ["wsgi.input"] = BytesIO(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
        request = WSGIRequest(environ)
        head = self.heads.get(bool(request.is_secure()))
        own = head and opened(request, page)
        if head is None or own is None:
            form.seek(0)
            return self.overheard(request, start_response)
        start_response(head[0], [*head[1], *own])
        return [b""]

    def overheard(self, request: WSGIRequest, start_response: StartResponse) -> Iterable[bytes]:
        def hear(said: Said) -> None:
            if is_the_answer(said):
                self.heads[bool(request.is_secure())] = without(OWN, said)

        return self.application(request.environ, overheard(start_response, hear))


def page_pressed_on(environ: Environ) -> int | None:
    """The number of the briefing, where it is an ordinary form of somebody with a session."""
    form = THE_FORM.fullmatch(environ["PATH_INFO"])
    if form is None or environ["REQUEST_METHOD"] != "POST" or not is_ordinary(environ):
        return None
    cookies = environ.get("HTTP_COOKIE", "")
    return int(form[1]) if settings.SESSION_COOKIE_NAME in cookies and LEFT not in cookies else None


def is_ordinary(environ: Environ) -> bool:
    length = environ.get("CONTENT_LENGTH") or ""
    return (
        environ.get("CONTENT_TYPE") == A_FORM
        and length.isdecimal()
        and int(length) <= LONGEST_FORM
        and "HTTP_HX_REQUEST" not in environ
        and not environ.get("QUERY_STRING")
        and not environ.get("SCRIPT_NAME")
    )


def is_the_answer(said: Said) -> bool:
    """Nothing in it is drawn, and nothing is its reader's own but where to go and what is said there."""
    status, headers = said[0], dict(said[1])
    return (
        status == DONE
        and is_private(said)
        and headers.get(COOKIE, "").lstrip().startswith(f"{LEFT}=")
        and NONCE not in headers.get(POLICY, "")
    )


def opened(request: WSGIRequest, page: int) -> Headers | None:
    """The headers that are the reader's own, once it is open to them. The connection is given back, as Django
    does at the end of a request."""
    try:
        return press(request, page) if is_theirs(request) else None
    except DatabaseError:
        logger.warning("A form goes the long way", exc_info=True)
        return None
    finally:
        connection.close_if_unusable_or_obsolete()


class Forgery(CsrfViewMiddleware):
    def _reject(self, request: HttpRequest, reason: str) -> HttpResponse:
        """Said nowhere: who goes the long way is refused there."""
        return HttpResponseForbidden()


forgery = Forgery(lambda request: HttpResponse())


def is_theirs(request: WSGIRequest) -> bool:
    """The form was made by us, for whoever sends it."""
    try:
        request.get_host()
    except DisallowedHost:
        return False
    forgery.process_request(request)
    return forgery.process_view(request, unlock_briefing, (), {}) is None


def press(request: WSGIRequest, page: int) -> Headers | None:
    facts = form_facts(request.COOKIES.get(settings.SESSION_COOKIE_NAME, ""), page)
    if facts is None or not facts.are_the_readers or is_too_often(request, facts.reader_id):
        return None
    intent = Intent(price=price_agreed(request))
    outcome = unlock_plainly(reader_id=facts.reader_id, stakes=facts.stakes, intent=intent)
    if outcome is None:
        return None
    return (LOCATION, f"{facts.url}#insights"), (COOKIE, left_for(request, outcome))


def form_facts(session_key: str, page: int) -> FormFacts | None:
    """One query. None too for a session that nobody is signed in by."""
    with connection.cursor() as cursor:
        cursor.execute(ASK, (session_key, page, timezone.now()))
        row = cursor.fetchone()
    return FormFacts(session_key, *row) if row else None


def is_too_often(request: WSGIRequest, reader_id: int) -> bool:
    """The view's own count. Who is past it goes there, and is counted and told so."""
    too_often: bool = is_ratelimited(
        request,
        group=PRESSED,
        key=lambda group, request: str(reader_id),
        rate=A_MINUTE,
        method="POST",
        increment=True,
    )
    request.META[COUNTED] = not too_often
    return too_often


def left_for(request: WSGIRequest, outcome: Outcome) -> str:
    """The cookie that says on the next page what came of it."""
    response, storage = HttpResponse(), CookieStorage(request)
    storage.add(messages.SUCCESS, unlocked_text(outcome.spent, outcome.balance))
    storage.update(response)
    return response.cookies[LEFT].output(header="")
