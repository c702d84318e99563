"""A job that mails many: one refusal stops nobody else, and a server that is down is not asked for ever."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

# So many refusals one after the other are the mail server's, not the readers'.
PATIENCE = 10


@dataclass(kw_only=True)
class Run:
    sent: int = 0
    failed: int = 0
    left: int = 0
    first_trouble: str = ""


def send_each(waiting: Sequence[int], send: Callable[[int], bool]) -> Run:
    """``send`` answers whether it sent anything. What it raises of the mail server's counts as failed."""
    run = Run()
    in_a_row = 0
    for place, row in enumerate(waiting, start=1):
        try:
            run.sent += send(row)
            in_a_row = 0
        except (OSError, ValueError) as trouble:
            run.failed += 1
            run.first_trouble = run.first_trouble or type(trouble).__name__
            in_a_row += 1
        if in_a_row == PATIENCE:
            run.left = len(waiting) - place
            break
    return run
