"""Reading what is public from a copy of the database that follows it, and never less than was published.

A visitor's page and a search may be read from the replica once it has replayed what the version of the site
stands for (its position in the write-ahead log); until then, and while it is away, from the primary. What a
reader may open, sessions, money and the desk are never asked of it: only the models named here are.

Every version that this process reads leaves its position here first, and each query asks for the furthest of
them. So what was read from the replica can never be kept under a version it had not reached.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, Error, InterfaceError, OperationalError, connections
from django.db.models import Model
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse

REPLICA = "replica"
PUBLIC_APPS = frozenset({"articles", "contenttypes", "taggit"})
PUBLIC_MODELS = frozenset(
    {"wagtailcore.locale", "wagtailcore.page", "wagtailcore.pageviewrestriction", "wagtailcore.site"}
)
# Seconds for which a replica that did not answer is not asked again.
LEFT_ALONE = 3.0
# Stands between a version's name and its position.
AT = "@"

PRIMARYS = "SELECT (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::bigint"
# A server that follows nobody is no replica: after a failover it may be anything.
REPLICAS = """
SELECT CASE WHEN pg_is_in_recovery() THEN (pg_last_wal_replay_lsn() - '0/0'::pg_lsn)::bigint ELSE -1 END"""


@dataclass
class Reading:
    """One request's. It goes to the primary for good once the replica was not good enough."""

    from_replica: bool = True


reading: ContextVar[Reading | None] = ContextVar("reading", default=None)


class Furthest:
    """What this process has seen published, as a position.

    ``unplaced`` is a version that came without one, as where Redis or the primary was away when it was made.
    """

    def __init__(self) -> None:
        self.position = 0
        self.placed = self.unplaced = ""
        self.lock = threading.Lock()

    def note(self, version: str) -> None:
        _, at, position = version.partition(AT)
        with self.lock:
            if at:
                self.position = max(self.position, int(position, 16))
            elif version != self.placed:
                self.unplaced = version

    def ask(self) -> int:
        """Raises django.db.Error. The primary's own position now is past all that was published before."""
        unplaced = self.unplaced
        position = ask_for_position(DEFAULT_DB_ALIAS, PRIMARYS) if unplaced else 0
        with self.lock:
            self.position = max(self.position, position)
            if unplaced and self.unplaced == unplaced:
                self.placed, self.unplaced = unplaced, ""
            return self.position


furthest = Furthest()
# What a connection's server had replayed. A server that was started again may have to replay it once more,
# but that is another connection.
replayed: "WeakKeyDictionary[Any, int]" = WeakKeyDictionary()
left_alone_until = 0.0


def there_is_one() -> bool:
    return REPLICA in connections.settings


def position_mark() -> str:
    """What to put behind a version's name, after the commit it stands for."""
    if not there_is_one():
        return ""
    try:
        return f"{AT}{ask_for_position(DEFAULT_DB_ALIAS, PRIMARYS):x}"
    except Error:
        return ""


def note(version: str) -> None:
    """Call it with every version that is read, before anything is read for it."""
    if there_is_one():
        furthest.note(version)


def ask_for_position(alias: str, sql: str) -> int:
    with connections[alias].cursor() as cursor:
        cursor.execute(sql)
        return int(cursor.fetchone()[0])


@contextmanager
def reading_what_is_public(*, from_replica: bool = True) -> Iterator[None]:
    mark = reading.set(Reading(from_replica))
    try:
        yield
    finally:
        reading.reset(mark)


class Router:
    def db_for_read(self, model: type[Model], **hints: Any) -> str:
        now = reading.get()
        if now is None or not now.from_replica or not is_public(model):
            return DEFAULT_DB_ALIAS
        now.from_replica = is_far_enough()
        return REPLICA if now.from_replica else DEFAULT_DB_ALIAS

    def db_for_write(self, model: type[Model], **hints: Any) -> str:
        return DEFAULT_DB_ALIAS

    def allow_relation(self, one: Model, other: Model, **hints: Any) -> bool:
        """Both are the same database, seen at two times."""
        return True

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        return db != REPLICA


def is_public(model: type[Model]) -> bool:
    return model._meta.app_label in PUBLIC_APPS or model._meta.label_lower in PUBLIC_MODELS


def is_far_enough() -> bool:
    """Never raises: a replica that cannot be asked is not."""
    if time.monotonic() < left_alone_until:
        return False
    try:
        needed = furthest.ask()
        connections[REPLICA].ensure_connection()
        line = connections[REPLICA].connection
        if replayed.get(line, -1) < needed:
            replayed[line] = ask_for_position(REPLICA, REPLICAS)
        return replayed[line] >= needed
    except Error:
        leave_alone()
        return False


def leave_alone() -> None:
    global left_alone_until
    left_alone_until = time.monotonic() + LEFT_ALONE


class PublicReads:
    """Middleware, the innermost: visitors' pages and searches may be read from the replica.

    One that goes away in the middle of a page costs the page nothing: it is begun again, from the primary.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not is_public_reading(request):
            return self.get_response(request)
        with reading_what_is_public():
            return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponseBase | None:
        now = reading.get()
        if now is None or not now.from_replica or not isinstance(error, OperationalError | InterfaceError):
            return None
        leave_alone()
        with reading_what_is_public(from_replica=False):
            return self.get_response(request)


def is_public_reading(request: HttpRequest) -> bool:
    if request.method not in ("GET", "HEAD"):
        return False
    return settings.SESSION_COOKIE_NAME not in request.COOKIES or request.path_info == reverse("search")
