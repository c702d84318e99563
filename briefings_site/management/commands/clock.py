import signal
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, call_command, get_commands
from django.db import Error, close_old_connections, connections
from django.utils import timezone

from briefings_site.models import ClockRun

HALF_A_MINUTE = 30.0
A_MINUTE = 60.0
A_QUARTER = 900.0
HOUR = 3600.0
DAY = 24 * HOUR


@dataclass
class Job:
    command: str
    every: float
    arguments: tuple[str, ...] = ()
    named: str = ""
    asks_stripe: bool = False
    due: float = 0.0

    @property
    def name(self) -> str:
        """By which it is on record: one command may be two jobs."""
        return self.named or self.command


class Command(BaseCommand):
    # The site that the clock belongs to has been checked.
    requires_system_checks = ()
    help = "Run what has to happen by the clock: publishing, sealing, auditing, expiring, tidying up."

    def handle(self, *args: Any, **options: Any) -> None:
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        lanes = lanes_of(known(JOBS))
        with ThreadPoolExecutor(max_workers=len(lanes)) as clocks:
            for lane in [clocks.submit(self.keep_time, jobs, stop) for jobs in lanes]:
                lane.result()

    def keep_time(self, jobs: Sequence[Job], stop: threading.Event) -> None:
        # A thread of its own, so that whatever a job raises comes back as a value and ends nothing.
        with ThreadPoolExecutor(max_workers=1) as runner:
            while not stop.is_set():
                now = time.monotonic()
                for job in (job for job in jobs if job.due <= now):
                    error = runner.submit(run, job).exception()
                    self.report(job, error)
                    job.due = time.monotonic() + pause_after(job, error)
                stop.wait(max(0.0, min(job.due for job in jobs) - time.monotonic()))
            runner.submit(connections.close_all)

    def report(self, job: Job, error: BaseException | None) -> None:
        if error is not None:
            reason = " ".join(str(error).split())
            self.stderr.write(f"clock: {job.name} failed: {type(error).__name__}: {reason}")


def pause_after(job: Job, error: BaseException | None) -> float:
    """A restart of the database at the wrong moment must not cost a daily job its day."""
    return min(job.every, A_MINUTE) if isinstance(error, Error) else job.every


def run(job: Job) -> None:
    close_old_connections()
    carry_out(job)


def carry_out(job: Job) -> None:
    ClockRun.objects.update_or_create(command=job.name, defaults={"started_at": timezone.now()})
    call_command(job.command, *job.arguments, verbosity=0)
    ClockRun.objects.filter(command=job.name).update(finished_at=timezone.now())


def lanes_of(jobs: Sequence[Job]) -> list[list[Job]]:
    """Two clocks: while Stripe is slow, the ledger is sealed and briefings appear all the same."""
    lanes = [[job for job in jobs if job.asks_stripe == asks] for asks in (False, True)]
    return [lane for lane in lanes if lane]


def known(jobs: Sequence[Job]) -> list[Job]:
    commands = get_commands()
    return [job for job in jobs if job.command in commands]


JOBS = (
    Job("publish_scheduled", HALF_A_MINUTE),
    Job("seal_ledger", settings.LEDGER_SEAL_EVERY),
    Job("audit_ledger", settings.LEDGER_AUDIT_EVERY),
    Job("ledger_head", HOUR, ("--daily",)),
    Job("send_billing_mail", A_MINUTE),
    Job("send_expiry_notices", DAY),
    Job("expire_credits", DAY),
    Job("prune_db_task_results", DAY),
    Job("clearsessions", DAY),
    Job("make_renditions", DAY, ("--later",)),
    Job("forget_events", DAY),
    Job("work_events", HALF_A_MINUTE, asks_stripe=True),
    Job("end_clubs", A_QUARTER, asks_stripe=True),
    Job("reconcile_stripe", A_QUARTER, ("--by-the-clock",), asks_stripe=True),
    Job("give_allowances", HOUR, asks_stripe=True),
    Job(
        "reconcile_stripe",
        HOUR,
        ("--full", "--by-the-clock"),
        named="reconcile_stripe --full",
        asks_stripe=True,
    ),
)
