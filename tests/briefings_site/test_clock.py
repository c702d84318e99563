import io
import threading

import pytest
from django.core.management import CommandError

from briefings_site.management.commands.clock import JOBS, Command, Job, known


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


def test_every_job_is_a_command_that_exists() -> None:
    assert known(JOBS) == list(JOBS)


def test_a_failure_is_told_in_one_line() -> None:
    stderr = io.StringIO()
    Command(stderr=stderr, no_color=True).report(Job("x", every=1), CommandError("first\nsecond"))
    assert stderr.getvalue() == "clock: x failed: CommandError: first second\n"
