from django_tasks import task

from . import inbox


@task()
def work_event(event_pk: int) -> None:
    """A nudge, so that a reader who paid waits for a second: what it misses, `work_events` finds."""
    inbox.work(event_pk)
