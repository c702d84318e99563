from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
from django.db import IntegrityError, transaction


@pytest.fixture
def db_refuses() -> Callable[[str], AbstractContextManager[None]]:
    """``with db_refuses(name):`` holds that the database refuses, by that constraint, what is inside."""

    @contextmanager
    def refuses(constraint: str) -> Iterator[None]:
        with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
            yield

    return refuses
