from collections.abc import Iterator

import pytest

from .ledger_cleanup import flush_empties_the_ledger


@pytest.fixture(autouse=True, scope="session")
def ledger_cleanup() -> Iterator[None]:
    with flush_empties_the_ledger():
        yield
