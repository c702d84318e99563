"""A CDN hears of every change: soon after it, once more for whoever was slow, and until it answers."""

import datetime
import logging
import time
from collections.abc import Iterator, Sequence

from django.conf import settings
from django.utils import timezone
from django_tasks import task
from wagtail.contrib.frontend_cache.utils import get_backends
from wagtail.contrib.redirects.models import Redirect
from wagtail.models import Page, Site

from .cdn import ByKey
from .models import SectionPage
from .models.briefing import FEED
from .models.section import A_PAGE

logger = logging.getLogger(__name__)

# Seconds after a change. By then every machine has heard of it, and makes nothing old any more.
SOON = 1.0
# A page that was being made all the while, and came to the CDN after the purge, is forgotten by the second.
ONCE_MORE = 12.0
AGAIN = (1, 2, 4, 8, 15)


class Waiting:
    """When the latest purge that this process ordered goes out, by its own clock."""

    until = 0.0


def purge_soon() -> None:
    """Ordered once for all changes of a second: a purge that has yet to go out is for them as well."""
    at = time.monotonic()
    if not settings.WAGTAILFRONTENDCACHE or Waiting.until > at + settings.VERSION_TRUSTED_SECONDS:
        return
    Waiting.until = at + SOON
    for seconds in (SOON, ONCE_MORE):
        order(seconds, until=time.time() + longest_seen())


def longest_seen() -> int:
    """Seconds after which nothing old can be left there, whether it was purged or not."""
    return int(ONCE_MORE) + settings.CDN_SECONDS + settings.CDN_STALE_SECONDS


def order(seconds: float, *, until: float, attempt: int = 0, gone: Sequence[str] = ()) -> None:
    at = timezone.now() + datetime.timedelta(seconds=seconds)
    purge_cdn.using(run_after=at).enqueue(until, attempt, list(gone))


@task()
def purge_cdn(until: float, attempt: int = 0, gone: Sequence[str] = ()) -> None:
    """``until``, in Unix time, a purge that fails is tried again. ``gone``: these addresses alone."""
    try:
        purge(gone)
    except OSError as error:
        logger.warning("the CDN was not purged: %s", error)
        if time.time() < until:
            order(AGAIN[min(attempt, len(AGAIN) - 1)], until=until, attempt=attempt + 1, gone=gone)


def purge(gone: Sequence[str] = ()) -> None:
    """Raises the first ``OSError``, when all have been told that could be told."""
    failures: list[OSError] = []
    for backend in get_backends().values():
        try:
            backend.purge_batch([] if isinstance(backend, ByKey) else list(gone or addresses()))
        except OSError as failure:
            failures.append(failure)
    if failures:
        raise failures[0]


def addresses() -> Iterator[str]:
    """For who knows no keys: of every page, shown or withdrawn, of listings and feeds, and former ones."""
    for site in Site.objects.select_related("root_page"):
        root = site.root_page
        pages = Page.objects.descendant_of(root, inclusive=True)
        for url_path in pages.values_list("url_path", flat=True):
            yield address_at(site, url_path)
        yield f"{site.root_url}/{FEED}/"
        for desk in SectionPage.objects.descendant_of(root):
            yield from listings_at(address_at(site, desk.url_path), desk.numchild)
        for old_path in Redirect.objects.values_list("old_path", flat=True):
            yield f"{site.root_url}{old_path}/"


def address_at(site: Site, url_path: str) -> str:
    return f"{site.root_url}/{url_path.removeprefix(site.root_page.url_path)}"


def listings_at(address: str, briefings: int) -> Iterator[str]:
    """A section's."""
    yield f"{address}{FEED}/"
    yield from (f"{address}?page={number}" for number in range(1, briefings // A_PAGE + 2))
