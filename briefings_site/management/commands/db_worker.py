"""django-tasks' worker, which first takes up what one of its name left half done when it was killed.

A task is marked as running, with the worker's name, before it begins: without this nobody would ever look at
it again. So a task may run twice, and must not mind.
"""

import socket
from argparse import ArgumentParser
from typing import Any

from django_tasks import TaskResultStatus
from django_tasks_db.management.commands.db_worker import Command as TasksWorker
from django_tasks_db.models import DBTaskResult

MOST_ATTEMPTS = 3


class WorkerLost(Exception):
    """The process that ran the task was ended from outside, each time it was tried."""


class Command(TasksWorker):
    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        # A name that outlives the process. A second worker on one machine needs --worker-id.
        parser.set_defaults(worker_id=socket.gethostname()[:64])

    def handle(self, *, worker_id: str, **options: Any) -> None:
        take_up(worker_id)
        super().handle(worker_id=worker_id, **options)


def take_up(worker_id: str) -> None:
    for task in DBTaskResult.objects.running():
        if task.worker_ids[-1] == worker_id:
            try_again(task)


def try_again(task: "DBTaskResult[..., Any]") -> None:
    """Unless it has cost too many workers already: it may be what kills them."""
    if len(task.worker_ids) < MOST_ATTEMPTS:
        task.status = TaskResultStatus.READY
        task.save(update_fields=["status"])
    else:
        task.set_failed(WorkerLost(f"its worker ended {MOST_ATTEMPTS} times before it did"))
