"""Before Django: a visitor's page that is at hand leaves as it left before, headers and all.

Nothing is decided here that Django has not decided for the same address, version and kind of answer: the
first of each kind goes all the way, and how it left the house is remembered beside the page.
"""

from collections.abc import Iterable

from .asked import address_of, as_every_visitor, has, takes_gzip
from .before_django import Application, Environ, Said, StartResponse, overheard
from .shelf import shelf
from .versions import published_now
from .visitors import ANSWERED_FROM, PUBLIC, AtHand, KeptPage


class Front:
    """A WSGI application around Django's."""

    def __init__(self, application: Application) -> None:
        self.application = application

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        if not as_every_visitor(environ) or "HTTP_IF_MATCH" in environ:
            return self.application(environ, start_response)
        zips = takes_gzip(environ.get("HTTP_ACCEPT_ENCODING", ""))
        page, heads = at_hand(environ)
        unchanged = page is not None and has(environ.get("HTTP_IF_NONE_MATCH", ""), page.etag)
        head = heads.get((zips, unchanged))
        if page is None or head is None:
            return self.overheard(environ, start_response, zips)
        start_response(head[0], head[1].copy())
        return [b"" if unchanged else page.zipped if zips else page.body]

    def overheard(self, environ: Environ, start_response: StartResponse, zips: bool) -> Iterable[bytes]:
        def hear(said: Said) -> None:
            found: AtHand | None = environ.get(ANSWERED_FROM)
            if found is not None and is_for_all(said, zips):
                found.heads[zips, said[0].startswith("304")] = said

        return self.application(environ, overheard(start_response, hear))


def at_hand(environ: Environ) -> tuple[KeptPage | None, dict[tuple[bool, bool], Said]]:
    published = published_now()
    found = shelf.get((published.word, address_of(environ))) if published else None
    return (found.page, found.heads) if found else (None, {})


def is_for_all(head: Said, zips: bool) -> bool:
    """Nothing that was said of it on its way out may have taken back that it is public."""
    status, headers = head
    said = {name.lower(): value for name, value in headers}
    coding = "gzip" if zips and status.startswith("200") else None
    return (
        status[:3] in ("200", "304")
        and said.get("cache-control") == PUBLIC
        and "set-cookie" not in said
        and said.get("content-encoding") == coding
    )
