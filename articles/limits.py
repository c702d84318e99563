"""How often an address may search. The first few of a minute are counted by the process alone.

To ask the cache about them took a quarter of a search's time. With n processes it is n times these few.
"""

from ipaddress import ip_network
from time import monotonic
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.module_loading import import_string

# A minute, for an address: by one process both together.
FEW, COUNTED = 20, "100/m"
# Where a request's environment says whether it is one of the first few; no header has such a name.
ONE_OF_FEW = "marquee.one_of_the_first_few"
# Addresses.
MOST_REMEMBERED = 50_000
# As django-ratelimit takes an address of IPv6: who has one has all of its network.
A_NETWORK = 64


class FirstFew:
    """Threads may count one for two now and then."""

    def __init__(self) -> None:
        self._minute = 0
        self._counts: dict[str, int] = {}

    def has(self, who: str) -> bool:
        """Counts it."""
        minute = int(monotonic() // 60)
        if minute != self._minute or len(self._counts) >= MOST_REMEMBERED:
            self._minute, self._counts = minute, {}
        count = self._counts[who] = self._counts.get(who, 0) + 1
        return count <= FEW


first_few = FirstFew()


def searches(group: str, request: HttpRequest) -> str | None:
    """A rate for django-ratelimit; none for one of the first few."""
    return None if is_one_of_few(request.META) else COUNTED


def is_one_of_few(environ: dict[str, Any]) -> bool:
    """Counts it once, however often and wherever that is asked."""
    known: bool | None = environ.get(ONE_OF_FEW)
    if known is None:
        known = environ[ONE_OF_FEW] = first_few.has(network_of(environ))
    return known


class Bare(HttpRequest):
    """What came over the line and no more, for whoever reads that from a request."""

    def __init__(self, environ: dict[str, Any]) -> None:
        self.META = environ


def network_of(environ: dict[str, Any]) -> str:
    address: str = import_string(settings.RATELIMIT_IP_META_KEY)(Bare(environ))
    if ":" not in address:
        return address
    try:
        return str(ip_network(f"{address}/{A_NETWORK}", strict=False))
    except ValueError:
        return address
