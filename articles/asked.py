"""Which requests are answered as for every visitor, decided from what came over the line and nothing else."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.utils.http import parse_etags

READING = ("GET", "HEAD")
# A listing's pages are kept too, but not every number that someone can think of.
A_LISTING = re.compile(r"(page=\d{1,3})?")
A_GZIP = re.compile(r"\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))")
# All that Django takes an address from. Two requests alike in these are for the same page.
ORIGIN = ("wsgi.url_scheme", "HTTP_HOST", "SERVER_NAME", "SERVER_PORT")
ADDRESS = (*ORIGIN, "SCRIPT_NAME", "PATH_INFO", "QUERY_STRING")

Environ = Mapping[str, Any]
Address = tuple[Any, ...]


def as_every_visitor(environ: Environ) -> bool:
    """True for a request that only reads, and names nobody and nothing that would be kept for nobody else."""
    query = environ.get("QUERY_STRING", "")
    return bool(
        environ.get("REQUEST_METHOD") in READING
        and (not query or A_LISTING.fullmatch(query))
        and not names_a_reader(environ.get("HTTP_COOKIE", ""))
    )


def names_a_reader(cookies: str) -> bool:
    """True where a session's name, or that of messages for one person, stands anywhere in the line: no cookie
    is told from another here, so that no two readings of that line can differ."""
    return bool(cookies) and (settings.SESSION_COOKIE_NAME in cookies or "messages" in cookies)


def address_of(environ: Environ) -> Address:
    """As it came: neither decoded nor tidied up. What is spelled in another way is another address."""
    return (*map(environ.get, ADDRESS), *map(environ.get, believed()))


def origin_of(environ: Environ) -> Address:
    """Without what was asked for there."""
    return (*map(environ.get, ORIGIN), *map(environ.get, believed()))


def believed() -> tuple[str, ...]:
    """What a proxy of ours says of the address, as far as the settings believe it."""
    names = [settings.SECURE_PROXY_SSL_HEADER[0]] if settings.SECURE_PROXY_SSL_HEADER else []
    names += ["HTTP_X_FORWARDED_HOST"] if settings.USE_X_FORWARDED_HOST else []
    names += ["HTTP_X_FORWARDED_PORT"] if settings.USE_X_FORWARDED_PORT else []
    return tuple(names)


@lru_cache(maxsize=256)
def takes_gzip(accepts: str) -> bool:
    return A_GZIP.search(accepts) is not None


def has(tags: str, etag: str) -> bool:
    """``tags`` as in If-None-Match, which compares weakly: RFC 9110, 13.1.2."""
    known = parse_etags(tags) if tags else []
    return known == ["*"] or etag in [tag.removeprefix("W/") for tag in known]
