import signal
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from django.core.management import BaseCommand, call_command, get_commands
from django.db import close_old_connections, connections

HALF_A_MINUTE = 30.0
DAY = 24 * 3600.0


@dataclass
class Job:
    command: str
    every: float
    due: float = 0.0


class Command(BaseCommand):
    # The site that the clock belongs to has been checked.
    requires_system_checks = ()
    help = "Run what has to happen by the clock: scheduled publishing, expiring credits, tidying up."

    def handle(self, *args: Any, **options: Any) -> None:
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        self.keep_time(known(JOBS), stop)

    def keep_time(self, jobs: Sequence[Job], stop: threading.Event) -> None:
        # A thread of its own, so that whatever a job raises comes back as a value and ends nothing.
        with ThreadPoolExecutor(max_workers=1) as runner:
            while not stop.is_set():
                now = time.monotonic()
                for job in (job for job in jobs if job.due <= now):
                    self.report(job, runner.submit(run, job).exception())
                    job.due = time.monotonic() + job.every
                stop.wait(max(0.0, min(job.due for job in jobs) - time.monotonic()))
            runner.submit(connections.close_all)

    def report(self, job: Job, error: BaseException | None) -> None:
        if error is not None:
            reason = " ".join(str(error).split())
            self.stderr.write(f"clock: {job.command} failed: {type(error).__name__}: {reason}")


def run(job: Job) -> None:
    close_old_connections()
    call_command(job.command, verbosity=0)


def known(jobs: Sequence[Job]) -> list[Job]:
    commands = get_commands()
    return [job for job in jobs if job.command in commands]


JOBS = (
    Job("publish_scheduled", HALF_A_MINUTE),
    Job("expire_credits", DAY),
    Job("prune_db_task_results", DAY),
    Job("clearsessions", DAY),
)
