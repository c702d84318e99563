import itertools
import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connections
from playwright.sync_api import Browser, sync_playwright
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from articles.models import BriefingPage
from briefings_site.demo.desks import seed_plain_pages
from briefings_site.demo.stories import NEWSROOM, seed_story
from tests.newsroom import Newsroom, open_newsroom, reader

from .chromium import ARGUMENTS, SWITCHED_ON_AGAIN, executable
from .visiting import Visit

SLUGS = (
    "shanghai-film-festival-ai-phone-vr-labs",
    "led-volumes-move-decisions-forward",
    "streaming-rebuilt-television",
    "wedding-dress-as-a-media-event",
)
numbers = itertools.count(1)


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """Ends with this package: while Playwright runs, Django takes every test for asynchronous.

    It also keeps a database connection of its own for such tests, which nobody would close afterwards.
    """
    path = executable()
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setitem(os.environ, "DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        browser = playwright.chromium.launch(
            executable_path=path, args=ARGUMENTS, ignore_default_args=SWITCHED_ON_AGAIN
        )
        yield browser
        browser.close()
        connections.close_all()


@pytest.fixture(scope="package")
def transactional_db(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Emptied once for all journeys, not after each: that takes longer than most of them.

    So every journey brings a briefing and a reader of its own.
    """
    with django_db_blocker.unblock():
        yield
        call_command("flush", verbosity=0, interactive=False)


@pytest.fixture(scope="package")
def newsroom(transactional_db: None) -> Newsroom:
    return open_newsroom()


@pytest.fixture(scope="package")
def server(newsroom: Newsroom) -> Iterator[LiveServer]:
    server = LiveServer("localhost")
    yield server
    server.stop()


@pytest.fixture
def visit(chromium: Browser, server: LiveServer) -> Iterator[Visit]:
    """Opens people's browsers, and wants no complaint in any of their consoles."""
    visit = Visit(chromium, server.url)
    yield visit
    visit.close()
    assert visit.complaints == []


@pytest.fixture(scope="package")
def demo(newsroom: Newsroom) -> list[BriefingPage]:
    """Stories of the demo's own, with their pictures, and its plain pages."""
    seed_plain_pages(newsroom.home)
    assert all(seed_story(NEWSROOM / f"{slug}.md") for slug in SLUGS)
    return [BriefingPage.objects.get(slug=slug) for slug in SLUGS]


@pytest.fixture
def briefing(newsroom: Newsroom) -> BriefingPage:
    return newsroom.file(f"Festival opens phone lab {next(numbers)}")


@pytest.fixture
def new_reader(newsroom: Newsroom) -> Callable[[int], User]:
    """A reader with so many credits."""
    return lambda number: reader(f"reader{next(numbers)}@example.com", credits=number)


@pytest.fixture
def email() -> str:
    """Nobody's yet."""
    return f"stranger{next(numbers)}@example.com"
