"""Ways of asking for one address that might get something else than a browser does.

Each is named. Nothing here may work a way in: all that is asked is that nothing leaks whatever is tried.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import quote

from .asking import Request, written

Cookies = dict[str, str]


@dataclass(frozen=True)
class Way:
    name: str
    of: Callable[[str, Cookies], Request]


@dataclass(frozen=True)
class Lures:
    """What is tried to borrow from somebody who has the right: an address, the ETag of that page."""

    target: str
    session_cookie: str
    etags: tuple[str, ...] = ()


def all_ways(lures: Lures) -> list[Way]:
    return [*by_header(lures), *by_method(), *by_cookie(lures), *by_query(), *by_path()]


def by_header(lures: Lures) -> Iterator[Way]:
    tried = [
        ("HX-Request", "true"),
        ("X-Requested-With", "XMLHttpRequest"),
        ("Accept", "application/json"),
        ("Accept", "application/rss+xml"),
        ("Accept", "text/vnd.turbo-stream.html"),
        ("Accept-Encoding", "gzip"),
        ("Accept-Encoding", "deflate"),
        ("Accept-Encoding", "identity;q=1, *;q=0"),
        ("Range", "bytes=0-999999"),
        ("Range", "bytes=-4000"),
        ("Range", "bytes=4000-9000,9500-20000"),
        ("If-None-Match", "*"),
        ("If-Match", "*"),
        ("If-Modified-Since", "Thu, 01 Jan 1970 00:00:00 GMT"),
        ("If-Modified-Since", "Fri, 01 Jan 2038 00:00:00 GMT"),
        ("Cache-Control", "no-cache"),
        ("Cache-Control", "only-if-cached, max-stale=999999"),
        ("Pragma", "no-cache"),
        ("Sec-Purpose", "prefetch"),
        ("X-Forwarded-Host", "elsewhere.example"),
        ("X-Forwarded-Proto", "http"),
        ("X-Forwarded-For", "127.0.0.1"),
        ("X-Forwarded-Prefix", "/admin"),
        ("Forwarded", "for=127.0.0.1;host=elsewhere.example;proto=http"),
        ("X-Original-URL", lures.target),
        ("X-Rewrite-URL", lures.target),
        ("X-Accel-Redirect", "/media/"),
        ("X-HTTP-Method-Override", "POST"),
        ("Authorization", "Basic YWRtaW46YWRtaW4="),
        ("Authorization", "Bearer 1"),
        ("Host", "elsewhere.example"),
        ("Referer", "https://www.google.com/"),
        ("User-Agent", "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"),
        ("Accept-Language", "en-x-other"),
        ("Upgrade-Insecure-Requests", "1"),
        ("Purpose", "prefetch"),
        ("Save-Data", "on"),
        *(("If-None-Match", etag) for etag in lures.etags),
        *(("If-Range", etag) for etag in lures.etags),
    ]
    for name, value in tried:
        yield with_header(name, value)


def with_header(name: str, value: str) -> Way:
    def ask(target: str, cookies: Cookies) -> Request:
        also = (("Range", "bytes=0-999999"),) if name == "If-Range" else ()
        return Request(target, headers=((name, value), *also))

    return Way(f"{name}: {value}", ask)


def by_method() -> Iterator[Way]:
    for method in ("HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"):
        yield Way(method, lambda target, cookies, method=method: Request(target, method))  # type: ignore[misc]


def by_cookie(lures: Lures) -> Iterator[Way]:
    session = lures.session_cookie
    lines: list[tuple[str, Callable[[str], tuple[str, ...]]]] = [
        ("no cookie", lambda own: ("",)),
        ("a cookie of another name", lambda own: (own, "theme=dark")),
        ("only a cookie of another name", lambda own: ("_ga=GA1.2.3.4; theme=dark",)),
        ("a session that is none", lambda own: (f"{session}=nobodyatall0000000000000000000000",)),
        ("an empty session", lambda own: (f"{session}=",)),
        ("a quoted session", lambda own: (f'{session}="nobody"',)),
        ("two sessions", lambda own: (f"{session}=nobody; {own}",)),
        ("two sessions, the other way", lambda own: (f"{own}; {session}=nobody",)),
        ("two lines of cookies", lambda own: (own, f"{session}=nobody")),
        ("two lines, the other way", lambda own: (f"{session}=nobody", own)),
        ("cookies after a comma", lambda own: (f"theme=dark, {own}",)),
        ("cookies of an old kind", lambda own: (f'$Version=1; {own}; $Path="/"',)),
        ("no name", lambda own: ("=;;; ;=x",)),
        ("a name in capitals", lambda own: (own.replace(session, session.upper()),)),
        ("messages", lambda own: ("messages=W10:1x:1",)),
        ("very many cookies", lambda own: ("; ".join(f"c{number}=1" for number in range(150)),)),
    ]
    for name, make in lines:
        yield Way(
            name,
            lambda target, cookies, make=make: Request(  # type: ignore[misc]
                target, headers=tuple(("Cookie", line) for line in make(written(cookies)))
            ),
        )


def by_query() -> Iterator[Way]:
    for query in (
        "?utm_source=x&fbclid=1",
        "?page=1",
        "?page=2",
        "?page=1&page=2",
        "?",
        "??",
        "?_=1",
        "?%00",
        "?;page=1",
        "?preview=1",
        "?mode=member",
        "?unlock=1",
        "?user=1&reader=1&access=open",
        "?data-state=open&preview=member&mode=member",
        "?_escaped_fragment_=",
    ):
        yield Way(f"query {query}", lambda target, cookies, query=query: Request(target + query))  # type: ignore[misc]


def by_path() -> Iterator[Way]:
    tricks: dict[str, Callable[[str], str]] = {
        "a file that is none": lambda path: f"{path}x.css",
        "a picture that is none": lambda path: f"{path}x/y.jpg",
        "a hidden suffix": lambda path: f"{path}%2Fx.css",
        "a parameter": lambda path: f"{path.rstrip('/')};x.css",
        "a parameter and a slash": lambda path: f"{path.rstrip('/')};x.js/",
        "an encoded question mark": lambda path: f"{path}%3Fx.css",
        "an encoded hash": lambda path: f"{path}%23x.css",
        "a null byte": lambda path: f"{path}%00x.css",
        "a new line": lambda path: f"{path}%0Ax.css",
        "no slash at the end": lambda path: path.rstrip("/"),
        "two slashes at the end": lambda path: f"{path}/",
        "two slashes at the front": lambda path: f"/{path}",
        "two slashes within": lambda path: path.rstrip("/").replace("/", "//")[1:] + "/",
        "a dot": lambda path: f"/.{path}",
        "up from the static files": lambda path: f"/static/..{path}",
        "up from the static files, encoded": lambda path: f"/static/..%2f{path[1:]}",
        "up from the static files, encoded whole": lambda path: f"/static/%2e%2e{path}",
        "up from the pictures": lambda path: f"/media/images/..%2f..{path}",
        "down and up": lambda path: f"{path}x.css/..%2f",
        "a backslash": lambda path: path.replace("/", "\\")[1:].join(("/", "")),
        "capitals": lambda path: path.upper(),
        "every letter encoded": lambda path: "".join(f"%{ord(c):02x}" if c.isalpha() else c for c in path),
        "encoded twice": lambda path: quote(quote(path, safe=""), safe="").replace("%252F", "/", 1),
        "a whole address": lambda path: f"http://elsewhere.example{path}",
        "a page to print": lambda path: f"{path}print/",
        "a page to embed": lambda path: f"{path}oembed/",
        "a page of its own": lambda path: f"{path}index.html",
        "data": lambda path: f"{path.rstrip('/')}.json",
    }
    for name, trick in tricks.items():
        yield Way(name, lambda target, cookies, trick=trick: Request(trick(target)))  # type: ignore[misc]
