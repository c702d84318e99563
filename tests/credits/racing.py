"""Real threads on real connections, all let go at once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, BrokenBarrierError
from typing import TypeVar

from django.db import OperationalError, connection

from credits.errors import LedgerError

Result = TypeVar("Result")


def race(run: Callable[[int], Result], *, runners: int) -> list[Result | LedgerError]:
    start = Barrier(runners, timeout=30)

    def one(number: int) -> Result | LedgerError:
        try:
            stand_at(start)
            return run(number)
        except LedgerError as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=runners) as pool:
        runs = [pool.submit(one, number) for number in range(runners)]
    # Whoever could not run is the cause, not those who waited for them.
    failed = [failure for ended in runs if (failure := ended.exception()) is not None]
    for failure in sorted(failed, key=lambda one: isinstance(one, BrokenBarrierError)):
        raise failure
    return [ended.result() for ended in runs]


def stand_at(start: Barrier) -> None:
    try:
        connection.ensure_connection()
    except OperationalError:
        start.abort()
        raise
    start.wait()
