"""A real process that does a deed on the tests' database and is killed in the middle of it."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import DEFAULT_DB_ALIAS, connections


@contextmanager
def started(deed: Callable[[], object]) -> Iterator[int]:
    """Inside the block the process runs; at its end it is killed as by a power cut."""
    child = os.fork()
    if child == 0:
        do(deed)
    try:
        yield child
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def do(deed: Callable[[], object]) -> None:
    # The parent's connection is held on to: to let it go would end the parent's session.
    parents = connections[DEFAULT_DB_ALIAS]
    del connections[DEFAULT_DB_ALIAS]
    try:
        deed()
    finally:
        os._exit(0 if parents else 1)
