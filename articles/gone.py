"""Addresses of what was deleted for good: a CDN that goes by address is told of each."""

import threading
import time
from collections.abc import Iterator

from django.db import transaction
from wagtail.contrib.frontend_cache.utils import get_backends
from wagtail.models import Page, Site

from .cdn import ByKey
from .models import SectionPage
from .purging import ONCE_MORE, SOON, address_at, listings_at, longest_seen, order


class Noted(threading.local):
    """Not told yet. What was deleted by a transaction that did not come to its end is told with the next:
    forgetting a page that is there costs nothing."""

    def __init__(self) -> None:
        self.addresses: dict[str, None] = {}


noted = Noted()


def note_deleted(page: Page) -> None:
    if any(not isinstance(backend, ByKey) for backend in get_backends().values()):
        noted.addresses.update(dict.fromkeys(addresses_of(page)))
        transaction.on_commit(tell)


def tell() -> None:
    """Once for all that one transaction deleted."""
    gone, noted.addresses = list(noted.addresses), {}
    for seconds in (SOON, ONCE_MORE) if gone else ():
        order(seconds, until=time.time() + longest_seen(), gone=gone)


def addresses_of(page: Page) -> Iterator[str]:
    for site in Site.objects.select_related("root_page"):
        if page.url_path.startswith(site.root_page.url_path):
            address = address_at(site, page.url_path)
            yield address
            if isinstance(page, SectionPage):
                yield from listings_at(address, page.numchild)
