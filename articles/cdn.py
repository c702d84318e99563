"""What a visitor's page says to a CDN, and how it is told to forget: by key, or address by address.

Wagtail's own backends write down what failed. These raise ``OSError``, so that it is tried again.
"""

import json
from collections.abc import Sequence
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from django.conf import settings
from wagtail.contrib.frontend_cache.backends.base import BaseBackend
from wagtail.contrib.frontend_cache.backends.cloudflare import CloudflareBackend
from wagtail.contrib.frontend_cache.backends.http import HTTPBackend

# On every page: each shows menus, cards and prices of others, so each change may show on any.
SITE_KEY = "site"
SECONDS_TO_ANSWER = 10


def said_to_it() -> dict[str, str]:
    """For it alone. Browsers and caches that hear of no change go by Cache-Control, and ask each time."""
    if not settings.WAGTAILFRONTENDCACHE:
        return {}
    lifetime = f"max-age={settings.CDN_SECONDS}, stale-while-revalidate={settings.CDN_STALE_SECONDS}"
    return {"Surrogate-Key": SITE_KEY, "Surrogate-Control": lifetime, "CDN-Cache-Control": lifetime}


class ByKey(BaseBackend):
    """Whatever the address, all that carries the key is forgotten, at once."""

    def __init__(self, params: dict[str, Any]) -> None:
        super().__init__(params)
        self.location: str = params["LOCATION"]
        self.method: str = params.get("METHOD", "PURGE")
        self.header: str = params.get("HEADER", "Surrogate-Key")
        self.auth: str = params.get("AUTH", "")

    def purge(self, url: str) -> None:
        self.forget()

    def purge_batch(self, urls: Sequence[str]) -> None:
        self.forget()

    def forget(self) -> None:
        headers = {self.header: SITE_KEY} | self.authority()
        body = b"" if self.method == "POST" else None
        ask(Request(self.location, data=body, method=self.method, headers=headers))  # noqa: S310

    def authority(self) -> dict[str, str]:
        name, _, value = self.auth.partition(":")
        return {name.strip(): value.strip()} if value else {}


class ByAddress(HTTPBackend):
    """All are told though one is refused; where nobody answers, no other is tried."""

    def purge(self, url: str) -> None:
        self.purge_batch([url])

    def purge_batch(self, urls: Sequence[str]) -> None:
        if refused := [url for url in urls if not self.forgets(url)]:
            raise OSError(f"{len(refused)} of {len(urls)} addresses were refused, {refused[0]} first")

    def forgets(self, url: str) -> bool:
        wanted = urlsplit(url)
        there = wanted._replace(scheme=self.cache_scheme, netloc=self.cache_netloc).geturl()
        try:
            ask(Request(there, method="PURGE", headers={"Host": wanted.netloc}))  # noqa: S310
        except HTTPError as answer:
            # Some caches say so where they had nothing to forget.
            return answer.code == 404
        return True


class AtCloudflare(CloudflareBackend):
    def _purge_urls(self, urls: Sequence[str]) -> None:
        """As many as Wagtail gives at once."""
        headers = {"Authorization": f"Bearer {self.cloudflare_token}", "Content-Type": "application/json"}
        body = json.dumps({"files": list(urls)}).encode()
        said = ask(Request(self.cloudflare_purge_endpoint_url, data=body, headers=headers))  # noqa: S310
        if not is_success(said):
            raise OSError(f"Cloudflare said {said[:200]!r}")


def is_success(said: bytes) -> bool:
    try:
        answer = json.loads(said)
    except ValueError:
        return False
    return isinstance(answer, dict) and answer.get("success") is True


def ask(request: Request) -> bytes:
    with urlopen(request, timeout=SECONDS_TO_ANSWER) as answer:  # noqa: S310 (settings take no other than http)
        said: bytes = answer.read()
    return said
