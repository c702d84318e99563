"""What a visitor's page says to a CDN, and how one that knows keys is told to forget."""

from typing import Any
from urllib.request import Request, urlopen

from django.conf import settings
from wagtail.contrib.frontend_cache.backends.base import BaseBackend

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
    """A backend of Wagtail's kind. Whatever the address, all that carries the key is forgotten, at once.

    Raises ``OSError`` where that was not done.
    """

    def __init__(self, params: dict[str, Any]) -> None:
        super().__init__(params)
        self.location: str = params["LOCATION"]
        self.method: str = params.get("METHOD", "PURGE")
        self.header: str = params.get("HEADER", "Surrogate-Key")
        self.auth: str = params.get("AUTH", "")

    def purge(self, url: str) -> None:
        self.forget()

    def purge_batch(self, urls: list[str]) -> None:
        self.forget()

    def forget(self) -> None:
        headers = {self.header: SITE_KEY} | self.authority()
        body = b"" if self.method == "POST" else None
        request = Request(self.location, data=body, method=self.method, headers=headers)  # noqa: S310
        urlopen(request, timeout=SECONDS_TO_ANSWER).close()  # noqa: S310 (settings take no other than http)

    def authority(self) -> dict[str, str]:
        name, _, value = self.auth.partition(":")
        return {name.strip(): value.strip()} if value else {}
