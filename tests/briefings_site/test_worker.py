import pytest
from django_tasks_db.models import DBTaskResult

from articles.tasks import make_renditions
from briefings_site.management.commands.db_worker import MOST_ATTEMPTS, take_up

pytestmark = pytest.mark.django_db


def half_done(*workers: str) -> DBTaskResult:
    """A task as a worker that was killed at it leaves it behind."""
    return DBTaskResult.objects.create(
        status="RUNNING",
        args_kwargs={"args": [0], "kwargs": {}},
        task_path=make_renditions.module_path,
        backend_name="default",
        worker_ids=list(workers),
        run_after="9999-01-01T00:00:00Z",
    )


def test_what_a_killed_worker_left_is_queued_again_by_the_next_of_its_name() -> None:
    task = half_done("web-1")
    take_up("web-1")
    task.refresh_from_db()
    assert (task.status, task.worker_ids) == ("READY", ["web-1"])


def test_what_another_worker_runs_is_left_alone() -> None:
    task = half_done("web-1", "web-2")
    take_up("web-1")
    task.refresh_from_db()
    assert task.status == "RUNNING"


def test_a_task_that_ended_its_worker_too_often_has_failed() -> None:
    task = half_done(*["web-1"] * MOST_ATTEMPTS)
    take_up("web-1")
    task.refresh_from_db()
    assert (task.status, task.worker_ids) == ("FAILED", ["web-1"] * MOST_ATTEMPTS)
    assert "WorkerLost" in task.exception_class_path
