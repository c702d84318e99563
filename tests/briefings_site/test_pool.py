"""What the pool lends out works, and is lent out without a question while there is no doubt."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.db import connection

from briefings_site.postgres import base
from briefings_site.postgres.base import DatabaseWrapper

pytestmark = pytest.mark.django_db
POOL = {"min_size": 1, "max_size": 1, "timeout": 5}
LAST_SAID = "SELECT query FROM pg_stat_activity WHERE pid = %s"


@pytest.fixture
def pooled() -> Iterator[DatabaseWrapper]:
    known = connection.settings_dict
    options = {**known["OPTIONS"], "pool": POOL}
    settings = {**known, "OPTIONS": options, "CONN_MAX_AGE": 0, "CONN_HEALTH_CHECKS": False}
    pooled = DatabaseWrapper(settings, alias="pooled")
    yield pooled
    pooled.close_pool()


def lent(pooled: DatabaseWrapper) -> psycopg.Connection[Any]:
    return pooled.get_new_connection(pooled.get_connection_params())


def give_back(pooled: DatabaseWrapper, line: psycopg.Connection[Any]) -> None:
    pooled.connection = line
    pooled.close()


def use(pooled: DatabaseWrapper) -> int:
    line = lent(pooled)
    line.execute("SELECT 'used'")
    give_back(pooled, line)
    return line.info.backend_pid


def last_said(pid: int) -> str:
    with connection.cursor() as cursor:
        cursor.execute(LAST_SAID, [pid])
        [(query,)] = cursor.fetchall()
    return str(query)


def test_a_line_just_given_back_is_lent_out_unasked(pooled: DatabaseWrapper, superuser: None) -> None:
    pid = use(pooled)
    line = lent(pooled)
    assert line.info.backend_pid == pid
    assert last_said(pid) == "SELECT 'used'"


def test_one_that_was_at_rest_for_long_is_asked_first(
    pooled: DatabaseWrapper, monkeypatch: pytest.MonkeyPatch, superuser: None
) -> None:
    pid = use(pooled)
    monkeypatch.setattr(base, "A_LONG_REST", 0.0)
    line = lent(pooled)
    assert line.info.backend_pid == pid
    assert last_said(pid) == ""


def test_one_whose_server_ended_it_is_replaced(pooled: DatabaseWrapper, superuser: None) -> None:
    pid = use(pooled)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
        assert cursor.fetchone() == (True,)
    assert lent(pooled).execute("SELECT 'again'").fetchone() == ("again",)


def test_one_that_the_server_has_forgotten_is_replaced(
    pooled: DatabaseWrapper, monkeypatch: pytest.MonkeyPatch, superuser: None
) -> None:
    """Nothing was heard of it: the question finds it out."""
    pid = use(pooled)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
    monkeypatch.setattr(base, "is_silent", lambda line: True)
    monkeypatch.setattr(base, "A_LONG_REST", 0.0)
    assert lent(pooled).execute("SELECT 'again'").fetchone() == ("again",)
