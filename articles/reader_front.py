"""Before Django: a reader's page leaves as it left before, headers and all, but for what is the reader's own.

Nothing is decided here that ``readers`` has not decided: this only spares such a page the way through Django,
once it is known with which headers that ends.
"""

from collections.abc import Iterable

from django.db import connection

from .before_django import Application, Environ, Said, StartResponse, is_private, overheard, without
from .readers import FOUND, Asked, Found, asked_by, found_for
from .sheets import COOKIE, LENGTH, POLICY, shared

OWN = frozenset({POLICY, LENGTH, COOKIE})


class ReaderFront:
    """A WSGI application around Django's."""

    def __init__(self, application: Application) -> None:
        self.application = application

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        asked = asked_by(environ)
        if asked is None:
            return self.application(environ, start_response)
        found = looked_up(asked)
        if found is None or not found.sheet.heads:
            environ[FOUND] = found
            return self.overheard(environ, start_response)
        status, headers = found.sheet.heads[0]
        body = found.body
        start_response(status, [*headers, *found.headers(body).items()])
        return [body]

    def overheard(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        def hear(said: Said) -> None:
            found: Found | None = environ[FOUND]
            if found is not None and is_a_readers(said):
                found.sheet.heads.append(shared(without(OWN, said)))

        return self.application(environ, overheard(start_response, hear))


def looked_up(asked: Asked) -> Found | None:
    """And the connection given back, as Django does at the end of a request."""
    try:
        return found_for(asked)
    finally:
        connection.close_if_unusable_or_obsolete()


def is_a_readers(said: Said) -> bool:
    """With all that is the reader's own."""
    status, headers = said
    return status == "200 OK" and is_private(said) and OWN.issubset(name for name, _ in headers)
