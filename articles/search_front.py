"""Before Django: what a visitor searched for leaves with the headers with which such a page left before.

Nothing is decided here: ``search`` finds, ``found`` makes the page, and ``limits`` counts, all three as they
do for the view. Whatever is unusual goes the long way, and so does every answer that is printed for itself:
what was found nowhere, or corrected. It lies at hand then, and is neither searched for nor counted again.
"""

import logging
from collections.abc import Iterable

from django.conf import settings
from django.core.handlers.wsgi import get_bytes_from_wsgi, get_str_from_wsgi
from django.db import Error, close_old_connections
from django.http import QueryDict, parse_cookie

from accounts.form_tokens import is_secret

from .asked import Address, names_a_reader, origin_of
from .before_django import Application, Environ, Said, StartResponse, is_private, overheard, without
from .found import answer_to, page_at_hand
from .limits import is_one_of_few
from .replicas import reading_what_is_public
from .sheets import COOKIE, LENGTH, NONCE, POLICY, Head
from .shelf import shelf
from .versions import known_version

logger = logging.getLogger(__name__)

THE_SEARCH = "/search/"
# Bytes. A field takes 120 letters.
LONGEST_QUERY = 600
OWN = frozenset({LENGTH})
# Bytes, about.
HEADERS_WEIGH = 3_000

Place = tuple[str, str, Address]


class SearchFront:
    """A WSGI application around Django's."""

    def __init__(self, application: Application) -> None:
        self.application = application

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        if environ["PATH_INFO"] != THE_SEARCH or not is_ordinary(environ):
            return self.application(environ, start_response)
        place = place_of(environ)
        head: Head | None = shelf.get(place) if place else None
        page = page_for(environ) if head and is_one_of_few(environ) else None
        if head is None or page is None:
            return self.overheard(environ, start_response, place)
        start_response(head[0], [*head[1], (LENGTH, str(len(page)))])
        return [page]

    def overheard(
        self, environ: Environ, start_response: StartResponse, place: Place | None
    ) -> Iterable[bytes]:
        def hear(said: Said) -> None:
            if place is not None and is_a_visitors(said):
                shelf.put(place, without(OWN, said), size=HEADERS_WEIGH)

        return self.application(environ, overheard(start_response, hear))


def is_ordinary(environ: Environ) -> bool:
    """A short question of a visitor's, in the encoding of the house: a type of content may name another."""
    return (
        environ["REQUEST_METHOD"] == "GET"
        and len(environ.get("QUERY_STRING", "")) <= LONGEST_QUERY
        and "HTTP_HX_REQUEST" not in environ
        and not environ.get("CONTENT_TYPE")
        and not environ.get("SCRIPT_NAME")
        and names_nobody(environ)
    )


def names_nobody(environ: Environ) -> bool:
    line = environ.get("HTTP_COOKIE", "")
    return not names_a_reader(line) and (settings.CSRF_COOKIE_NAME not in line or is_kept(environ))


def is_kept(environ: Environ) -> bool:
    """The token of their forms. In place of one that it cannot read Django gives another."""
    cookies = parse_cookie(get_str_from_wsgi(environ, "HTTP_COOKIE", ""))
    return is_secret(cookies.get(settings.CSRF_COOKIE_NAME, ""))


def place_of(environ: Environ) -> Place | None:
    """Of the headers. The version is read here, before anything that stands for it."""
    word = known_version()
    return (word, "search head", origin_of(environ)) if word else None


def page_for(environ: Environ) -> bytes | None:
    """And the connections given back, as Django does at the end of a request."""
    try:
        with reading_what_is_public():
            return page_at_hand(answer_to(QueryDict(get_bytes_from_wsgi(environ, "QUERY_STRING", ""))))
    except Error:
        logger.warning("A search goes the long way", exc_info=True)
        return None
    finally:
        close_old_connections()


def is_a_visitors(said: Said) -> bool:
    """Nothing in it is drawn, given to keep, or packed for who asked; of its length it can be told anew."""
    status, headers = said[0], dict(said[1])
    return (
        status == "200 OK"
        and is_private(said)
        and LENGTH in headers
        and not headers.keys() & {COOKIE, "Content-Encoding"}
        and NONCE not in headers.get(POLICY, "")
    )
