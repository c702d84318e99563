import io
import threading

import pytest
from django.core.management import CommandError
from django.db import OperationalError

from briefings_site.management.commands.clock import (
    JOBS,
    Command,
    Job,
    carry_out,
    known,
    lanes_of,
    pause_after,
)
from briefings_site.models import ClockRun


@pytest.mark.django_db(transaction=True)
def test_a_failing_job_is_reported_and_stops_no_other() -> None:
    stop = threading.Event()
    stdout, stderr = io.StringIO(), io.StringIO()
    jobs = [Job("loaddata", every=0.01), Job("clearsessions", every=0.01)]
    ending = threading.Timer(1.0, stop.set)
    ending.start()
    Command(stdout=stdout, stderr=stderr, no_color=True).keep_time(jobs, stop)
    assert stderr.getvalue().count("clock: loaddata failed: CommandError:") > 1
    assert "clearsessions" not in stderr.getvalue()


def test_a_daily_job_that_met_a_database_at_its_restart_is_tried_again_soon() -> None:
    daily, frequent = Job("x", every=24 * 3600), Job("y", every=30)
    assert [pause_after(job, OperationalError()) for job in (daily, frequent)] == [60, 30]
    assert pause_after(daily, CommandError()) == pause_after(daily, None) == 24 * 3600


def test_every_job_is_a_command_that_exists() -> None:
    assert known(JOBS) == list(JOBS)


def test_a_failure_is_told_in_one_line() -> None:
    stderr = io.StringIO()
    Command(stderr=stderr, no_color=True).report(Job("x", every=1), CommandError("first\nsecond"))
    assert stderr.getvalue() == "clock: x failed: CommandError: first second\n"


@pytest.mark.django_db
def test_a_job_that_came_to_its_end_is_on_record() -> None:
    carry_out(Job("clearsessions", every=1))
    beat = ClockRun.objects.get()
    assert beat.command == "clearsessions"
    assert beat.finished_at is not None
    assert beat.finished_at >= beat.started_at


@pytest.mark.django_db
def test_a_job_that_failed_has_begun_and_not_ended() -> None:
    with pytest.raises(CommandError):
        carry_out(Job("loaddata", every=1))
    assert ClockRun.objects.get().finished_at is None


def test_a_job_is_run_with_its_arguments(capsys: pytest.CaptureFixture[str], db: None) -> None:
    carry_out(Job("ledger_head", every=1, arguments=("--daily",)))
    assert ClockRun.objects.get().finished_at is not None
    assert capsys.readouterr().out == ""


def test_what_asks_stripe_has_a_clock_of_its_own() -> None:
    plain, asking = lanes_of(JOBS)
    assert {job.command for job in asking} == {
        "work_events",
        "end_clubs",
        "give_allowances",
        "reconcile_stripe",
    }
    assert "seal_ledger" in {job.command for job in plain}
    assert len({job.name for job in JOBS}) == len(JOBS)
