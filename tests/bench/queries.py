"""How many statements the site sends to PostgreSQL for a request, as the server's own log has them."""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from .store import Store

# The pool asks an empty question of a connection that it doubts.
A_STATEMENT = re.compile(r"LOG:  (?:statement|execute [^:]*): (?!\s*$)(?P<sql>.*)")
NOT_A_QUERY = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "SET ", "DEALLOCATE", "DISCARD")
SETTLED = 0.3


@contextmanager
def logged(store: Store) -> Iterator[Callable[[], list[str]]]:
    """Gives a way to read the statements that came meanwhile. Not while speed is measured."""
    switch(store, "all")
    begun = store.log.stat().st_size

    def so_far() -> list[str]:
        time.sleep(SETTLED)
        with store.log.open("rb") as log:
            log.seek(begun)
            return statements_in(log.read().decode(errors="replace"))

    try:
        yield so_far
    finally:
        switch(store, "none")


def switch(store: Store, what: str) -> None:
    store.ask(f"ALTER SYSTEM SET log_statement = '{what}'")
    store.ask("SELECT pg_reload_conf()")
    time.sleep(SETTLED)


def statements_in(log: str) -> list[str]:
    found = [match["sql"].strip() for match in A_STATEMENT.finditer(log)]
    return [
        sql for sql in found if sql and not sql.upper().startswith(NOT_A_QUERY) and "log_statement" not in sql
    ]
