"""Django's PostgreSQL, whose pool lends a line out again without asking the server whether it still lives.

A server that ends its side of a line says so, or its kernel does: there is something to read on it while it
is at rest. One that could not say so (its machine lost power, a firewall forgot the line) is asked, where the
line was at rest for longer than a busy site leaves it: docs/decisions/0038.
"""

import select
import time
from collections.abc import Mapping
from typing import Any
from weakref import WeakKeyDictionary

from django.db.backends.postgresql import base
from psycopg import Connection, OperationalError
from psycopg_pool import ConnectionPool

# Seconds.
A_LONG_REST = 1.0

_given_back: WeakKeyDictionary[Connection[Any], float] = WeakKeyDictionary()


class DatabaseWrapper(base.DatabaseWrapper):
    def get_new_connection(self, conn_params: Mapping[str, Any]) -> Connection[Any]:
        line: Connection[Any] = super().get_new_connection(conn_params)
        while self.pool and not lives(line):
            # The pool makes another in its place, and lends that out as soon as it is there.
            line.close()
            self.pool.putconn(line)
            line = super().get_new_connection(conn_params)
        return line

    def close(self) -> None:
        if self.connection is not None and self.pool:
            _given_back[self.connection] = time.monotonic()
        super().close()


def lives(line: Connection[Any]) -> bool:
    try:
        if is_silent(line) and rested(line) < A_LONG_REST:
            return True
        ConnectionPool.check_connection(line)
    except OperationalError:
        return False
    return True


def rested(line: Connection[Any]) -> float:
    """Seconds. One that was never lent out has always been at rest."""
    return time.monotonic() - _given_back.get(line, 0.0)


def is_silent(line: Connection[Any]) -> bool:
    waiting = select.poll()
    waiting.register(line.fileno(), select.POLLIN)
    return not waiting.poll(0)
