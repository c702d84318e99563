"""Before Django: the form that unlocks, pressed by an ordinary reader, is answered as it was answered before.

It decides nothing anew: forged forms are Django's to refuse, the limit is the view's, who is signed in says
``accounts.signed_in``, and what may be sold ``insights.unlocks``. Whatever is unusual goes the long way, and
so does every answer but that it is open now: the view is right by itself, and may be asked twice.
"""

import logging
import re
from collections.abc import Iterable
from io import BytesIO
from typing import Any, NamedTuple
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

from accounts import signed_in
from accounts.signed_in import SignedIn
from insights.sentences import unlocked_text
from insights.stakes import Stakes
from insights.unlocks import Intent, Outcome, unlock_plainly
from insights.views import A_MINUTE, COUNTED, PRESSED, price_agreed, unlock_briefing

from .before_django import Application, Environ, Said, StartResponse, is_private, without
from .sheets import COOKIE, NONCE, POLICY, Head, Headers

logger = logging.getLogger(__name__)

THE_FORM = re.compile(r"/unlock/([0-9]{1,9})/")
A_FORM = "application/x-www-form-urlencoded"
# Bytes. Ours has a token and a price.
LONGEST_FORM = 1_000
LOCATION, DONE = "Location", "303 See Other"
OWN = frozenset({LOCATION, COOKIE})
LEFT = CookieStorage.cookie_name
WANTED = "session_data, password, key, title, price, levels, url"
ASK = f"SELECT {WANTED} FROM form_facts(%s, %s::integer, %s::bigint, %s)"  # noqa: S608 - written here
PASSWORD = "SELECT password FROM accounts_user WHERE id = %s AND is_active"  # noqa: S105


class FormFacts(NamedTuple):
    session_data: str
    password: str | None
    key: UUID
    title: str
    price: int
    levels: str
    url: str

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
        def listening(status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
            if is_the_answer((status, headers)):
                self.heads[bool(request.is_secure())] = without(OWN, (status, headers))
            return start_response(status, headers, *error)

        return self.application(request.environ, listening)


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
    facts, session = asked(request.COOKIES.get(settings.SESSION_COOKIE_NAME, ""), page)
    if facts is None or session is None or is_too_often(request, session.reader_id):
        return None
    intent = Intent(price=price_agreed(request))
    outcome = unlock_plainly(reader_id=session.reader_id, stakes=facts.stakes, intent=intent)
    if outcome is None:
        return None
    return (LOCATION, f"{facts.url}#insights"), (COOKIE, left_for(request, outcome))


def asked(session_key: str, page: int) -> tuple[FormFacts | None, SignedIn | None]:
    """Both, or neither counts. One query, where the session was seen before and has not changed; else two."""
    known = signed_in.remembered(session_key)
    facts = form_facts(session_key, page, known and known.reader_id)
    if facts is None:
        return None, None
    if known is None or known.data != facts.session_data:
        known = signed_in.read(session_key, facts.session_data)
        facts = facts._replace(password=known and password_of(known.reader_id))
    return facts, vouched_for(known, facts.password)


def vouched_for(session: SignedIn | None, password: str | None) -> SignedIn | None:
    if session is None or password is None or not signed_in.vouches_for(session, password=password):
        return None
    signed_in.remember(session)
    return session


def form_facts(session_key: str, page: int, reader_id: int | None) -> FormFacts | None:
    with connection.cursor() as cursor:
        cursor.execute(ASK, (session_key, page, reader_id, timezone.now()))
        row = cursor.fetchone()
    return FormFacts(*row) if row else None


def password_of(reader_id: int) -> str | None:
    with connection.cursor() as cursor:
        cursor.execute(PASSWORD, (reader_id,))
        row = cursor.fetchone()
    return row[0] if row else None


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
