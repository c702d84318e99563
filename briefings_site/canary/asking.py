"""Requests over the wire, byte for byte as they are wanted, and all that comes back."""

import http.client
import ssl
import threading
import time
import zlib
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from typing import Protocol
from urllib.parse import urlencode, urlsplit

Headers = tuple[tuple[str, str], ...]

TOO_MANY = 429
PATIENCE = 5
A_WINDOW = 61.0


class Unreachable(Exception):
    pass


class Undecodable(Exception):
    """An answer came in a coding that nobody here can read, so nobody knows what it says."""


@dataclass(frozen=True)
class Request:
    target: str
    method: str = "GET"
    headers: Headers = ()
    body: bytes = b""


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Headers
    body: bytes
    trailers: bytes = b""

    def get(self, name: str) -> str:
        return ", ".join(value for header, value in self.headers if header.lower() == name.lower())

    @property
    def content(self) -> bytes:
        """The body without its content coding. Raises ``Undecodable``."""
        body = self.body
        codings = [coding.strip().lower() for coding in self.get("Content-Encoding").split(",")]
        for coding in reversed([coding for coding in codings if coding and coding != "identity"]):
            body = unpacked(body, coding) if body else body
        return body


def unpacked(body: bytes, coding: str) -> bytes:
    if coding not in ("gzip", "x-gzip", "deflate"):
        raise Undecodable(f"an answer came in the content coding {coding}")
    for window in (47, -15):
        with suppress(zlib.error):
            return zlib.decompressobj(window).decompress(body)
    raise Undecodable(f"an answer that calls itself {coding} is not")


class Asker(Protocol):
    """What a sweep needs of a reader: it answers requests, and may remember cookies."""

    cookies: dict[str, str]

    def ask(self, request: Request) -> Answer: ...


class WithTrailers(http.client.HTTPResponse):
    """The standard library reads trailers and throws them away; something may hide there."""

    trailers = b""

    def _read_and_discard_trailer(self) -> None:
        while (line := self.fp.readline(65537)) not in (b"\r\n", b"\n", b""):
            self.trailers += line


class Line:
    """One kept connection for each thread, opened again when the other side has closed it."""

    def __init__(self, base_url: str, *, ca: str = "", timeout: float = 30, pause: float = 0) -> None:
        self.url = urlsplit(base_url)
        self.timeout, self.pause = timeout, pause
        self.tls = ssl.create_default_context(cafile=ca or None) if self.url.scheme == "https" else None
        self.mine = threading.local()

    @property
    def host(self) -> str:
        return self.url.netloc

    @property
    def origin(self) -> str:
        return f"{self.url.scheme}://{self.url.netloc}"

    def ask(self, request: Request) -> Answer:
        """Raises ``Unreachable``."""
        if self.pause:
            time.sleep(self.pause)
        kept = getattr(self.mine, "connection", None) is not None
        try:
            return self.attempt(request)
        except (http.client.HTTPException, OSError) as error:
            self.hang_up()
            if not kept:
                raise Unreachable(f"{self.origin}{request.target}: {error!r}") from error
        return self.ask(request)

    def attempt(self, request: Request) -> Answer:
        connection = self.connection()
        connection.putrequest(request.method, request.target, skip_host=True, skip_accept_encoding=True)
        for name, value in self.completed(request):
            connection.putheader(name, value)
        connection.endheaders(request.body or None)
        response = connection.getresponse()
        body = response.read()
        trailers = response.trailers if isinstance(response, WithTrailers) else b""
        if response.will_close:
            self.hang_up()
        return Answer(response.status, tuple(response.getheaders()), body, trailers)

    def completed(self, request: Request) -> Iterable[tuple[str, str]]:
        named = {name.lower() for name, _ in request.headers}
        if "host" not in named:
            yield "Host", self.host
        yield from request.headers
        if request.body or request.method in ("POST", "PUT", "PATCH"):
            yield "Content-Length", str(len(request.body))

    def connection(self) -> http.client.HTTPConnection:
        if getattr(self.mine, "connection", None) is None:
            self.mine.connection = self.connect()
        connection: http.client.HTTPConnection = self.mine.connection
        return connection

    def connect(self) -> http.client.HTTPConnection:
        host, port = self.url.hostname or "", self.url.port
        connection = (
            http.client.HTTPSConnection(host, port, timeout=self.timeout, context=self.tls)
            if self.tls
            else http.client.HTTPConnection(host, port, timeout=self.timeout)
        )
        connection.response_class = WithTrailers
        return connection

    def hang_up(self) -> None:
        if (connection := getattr(self.mine, "connection", None)) is not None:
            connection.close()
            self.mine.connection = None


class Person:
    """Somebody with cookies, who waits when asked to come back later."""

    def __init__(self, line: Line) -> None:
        self.line = line
        self.cookies: dict[str, str] = {}

    def ask(self, request: Request) -> Answer:
        """Sends the cookies held, unless the request brings its own. Raises ``Unreachable``."""
        own = any(name.lower() == "cookie" for name, _ in request.headers)
        cookies = () if own or not self.cookies else (("Cookie", written(self.cookies)),)
        answer = self.patiently(
            Request(request.target, request.method, request.headers + cookies, request.body)
        )
        if not own:
            self.remember(answer)
        return answer

    def patiently(self, request: Request) -> Answer:
        for _ in range(PATIENCE):
            answer = self.line.ask(request)
            if answer.status != TOO_MANY:
                return answer
            after = answer.get("Retry-After")
            time.sleep(min(float(after), 600) if after.isdecimal() else A_WINDOW)
        raise Unreachable(f"{request.target}: still too many requests after waiting {PATIENCE} times")

    def remember(self, answer: Answer) -> None:
        for name, value in answer.headers:
            if name.lower() == "set-cookie":
                self.keep(value)

    def keep(self, line: str) -> None:
        with suppress(CookieError):
            for name, morsel in SimpleCookie(line).items():
                if morsel["max-age"] == "0" or not morsel.value:
                    self.cookies.pop(name, None)
                else:
                    self.cookies[name] = morsel.value

    def post(self, target: str, fields: Mapping[str, str], *, headers: Headers = ()) -> Answer:
        origin = self.line.origin
        form = (("Content-Type", "application/x-www-form-urlencoded"), ("Referer", f"{origin}{target}"))
        return self.ask(Request(target, "POST", (*form, *headers), urlencode(fields).encode()))


def written(cookies: Mapping[str, str]) -> str:
    return "; ".join(f"{name}={value}" for name, value in cookies.items())
