from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from django.core.cache import cache
from django.db import connection
from pytest_django import DjangoDbBlocker
from wagtail.signal_handlers import disable_reference_index_auto_update

from .acting import as_superuser, databases_made_by_the_owner, everything_done_by_the_application
from .emulator import emulator as emulator
from .emulator import stripe_server as stripe_server
from .ledger_cleanup import flush_empties_the_ledger
from .newsroom import Newsroom, open_newsroom


@pytest.fixture(scope="session")
def database_owner(django_db_blocker: DjangoDbBlocker) -> Iterator[ExitStack]:
    with ExitStack() as at_work:
        with django_db_blocker.unblock():
            at_work.enter_context(databases_made_by_the_owner())
        yield at_work


@pytest.fixture(scope="session")
def django_db_setup(
    database_owner: ExitStack, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[None]:
    """Around pytest-django's own: the owner migrates, then the application is all there is."""
    database_owner.close()
    with ExitStack() as tests:
        with django_db_blocker.unblock():
            tests.enter_context(everything_done_by_the_application())
        yield


@pytest.fixture(autouse=True, scope="session")
def ledger_cleanup() -> Iterator[None]:
    with flush_empties_the_ledger():
        yield


@pytest.fixture(autouse=True, scope="session")
def no_index_of_references() -> Iterator[None]:
    """A worker's work, for Wagtail's own pages: a third of what most tests cost. Started servers keep it."""
    with disable_reference_index_auto_update():
        yield


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    """What one test's pages left in the cache must not answer another's."""
    cache.clear()


@pytest.fixture
def superuser(db: None) -> Iterator[None]:
    """For tests that change tables, or ask what PostgreSQL refuses to whoever may do everything else."""
    with as_superuser(connection):
        yield


@pytest.fixture
def newsroom(db: None) -> Newsroom:
    return open_newsroom()
