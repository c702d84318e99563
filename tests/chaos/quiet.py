"""The queue comes to its end, however slow the machine; what nobody works on does not."""

import time

from .verify import Ask

DONE_AND_LEFT = """
SELECT count(*) FILTER (WHERE status IN ('SUCCESSFUL', 'FAILED')),
    count(*) FILTER (WHERE status IN ('READY', 'RUNNING')) FROM django_tasks_database_dbtaskresult"""
# Seconds. The longest task draws a picture in eight sizes.
ONE_TASK_WITHIN = 90.0
ALL_WITHIN = 900.0


def drain(ask: Ask, *, one_within: float = ONE_TASK_WITHIN, all_within: float = ALL_WITHIN) -> None:
    """Returns where nothing is left, or where nothing has come to its end for so long."""
    end = time.monotonic() + all_within
    patience, done_before = end, -1
    while time.monotonic() < min(end, patience):
        [(done, left)] = ask(DONE_AND_LEFT, ())
        if not left:
            return
        if done != done_before:
            patience, done_before = time.monotonic() + one_within, done
        time.sleep(0.2)
