from collections.abc import Iterator

import pytest
from django.core.cache import cache

from .ledger_cleanup import flush_empties_the_ledger
from .newsroom import Newsroom, open_newsroom


@pytest.fixture(autouse=True, scope="session")
def ledger_cleanup() -> Iterator[None]:
    with flush_empties_the_ledger():
        yield


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    """What one test's pages left in the cache must not answer another's."""
    cache.clear()


@pytest.fixture
def newsroom(db: None) -> Newsroom:
    return open_newsroom()
