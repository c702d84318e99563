"""A browser without a screen: cookies, forms, and a clear word for every way an answer can be lost."""

import http.client
import threading
import time
from collections.abc import Mapping
from http.cookies import SimpleCookie
from urllib.parse import urlencode, urlsplit

from .marks import Answer
from .tally import Tally

HOST = "127.0.0.1"
PATIENCE = 20.0
FAILED = (500, 502, 503, 504)
REDIRECTS = (301, 302, 303)
MOST_REDIRECTS = 5


class Lost(Exception):
    """No answer, or one that says that the site failed. What was asked for may have happened."""


class Browser:
    def __init__(self, port: int, tally: Tally, *, address: str) -> None:
        self.port = port
        self.tally = tally
        # The site believes one proxy of its own: each reader has an address, and limits count by it.
        self.address = address
        self.cookies: dict[str, str] = {}
        self.lock = threading.Lock()

    def get(self, path: str) -> Answer:
        answer = self.ask("GET", path)
        for _ in range(MOST_REDIRECTS):
            if answer.status not in REDIRECTS:
                return answer
            answer = self.ask("GET", self.target_of(answer))
        return answer

    def post(self, path: str, fields: Mapping[str, str], *, htmx: bool = False) -> Answer:
        """The answer itself: a redirect is not followed."""
        return self.ask("POST", path, urlencode(fields), {"HX-Request": "true"} if htmx else {})

    def post_and_leave(self, path: str, fields: Mapping[str, str], *, after: float) -> None:
        """Send the form, wait a moment, and hang up before the answer can be read."""
        line = self.line()
        self.tally.requested()
        try:
            line.request("POST", path, urlencode(fields), self.headers("POST"))
            time.sleep(after)
        except (OSError, http.client.HTTPException):
            pass
        finally:
            line.close()

    def target_of(self, answer: Answer) -> str:
        target = urlsplit(answer.headers.get("location", "/"))
        return target.path + (f"?{target.query}" if target.query else "")

    def ask(
        self, method: str, path: str, body: str | None = None, extra: Mapping[str, str] | None = None
    ) -> Answer:
        began = time.monotonic()
        self.tally.requested()
        line = self.line()
        try:
            line.request(method, path, body, {**self.headers(method), **(extra or {})})
            response = line.getresponse()
            text = response.read().decode("utf-8", "replace")
        except (OSError, http.client.HTTPException) as error:
            self.lost(kind_of(error), path, began)
            raise Lost(kind_of(error)) from error
        finally:
            line.close()
        self.keep_cookies(response)
        if response.status in FAILED:
            self.lost(str(response.status), path, began)
            raise Lost(str(response.status))
        headers = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, text, headers, path, began, time.monotonic())

    def line(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(HOST, self.port, timeout=PATIENCE)

    def lost(self, kind: str, path: str, began: float) -> None:
        self.tally.error(kind, path, began, time.monotonic())

    def headers(self, method: str) -> dict[str, str]:
        with self.lock:
            cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        headers = {"X-Forwarded-For": self.address}
        if cookies:
            headers["Cookie"] = cookies
        if method == "POST":
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        return headers

    def keep_cookies(self, response: http.client.HTTPResponse) -> None:
        with self.lock:
            for line in response.headers.get_all("Set-Cookie") or []:
                for name, morsel in SimpleCookie(line).items():
                    if morsel.value and morsel["max-age"] != "0":
                        self.cookies[name] = morsel.value
                    else:
                        self.cookies.pop(name, None)


def kind_of(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, ConnectionRefusedError):
        return "refused"
    return "cut off"
