"""The version of what is published: who hears of a change and when, and what is kept meanwhile."""

import importlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.db import transaction
from pytest_django.fixtures import Settings

from articles import bell as bells
from articles import shared
from articles.bell import Bell
from articles.shelf import shelf
from articles.versions import (
    everything_changed,
    kept,
    kept_by,
    known_version,
    mind,
    published_now,
    something_changed,
    version,
)

# Django's own, which says that it is away, and ours, which does not.
AWAY = [
    {"default": {"BACKEND": backend, "LOCATION": "redis://127.0.0.1:1/0"}}
    for backend in ("django.core.cache.backends.redis.RedisCache", "briefings_site.redis_cache.Redis")
]


@pytest.fixture(autouse=True)
def a_mind_of_its_own() -> Iterator[None]:
    """As in a process that has just begun; and none of it is left to the next test."""
    mind.trusted, shared.absence.until = None, 0.0
    shelf.clear()
    yield
    mind.trusted, shared.absence.until = None, 0.0


@pytest.fixture
def trusting(settings: Settings) -> None:
    """A version is there, and believed for long."""
    settings.VERSION_TRUSTED_SECONDS = 60
    version()


def made(*values: str) -> Iterator[str]:
    yield from values


def test_it_stays_until_something_changes(trusting: None) -> None:
    before = version()
    assert version() == before
    something_changed()
    assert version() != before


def test_a_version_that_is_trusted_is_not_asked_for(trusting: None) -> None:
    before = version()
    cache.set("published-version", ("edition", "another"), timeout=None)
    assert version() == before


def test_another_process_is_heard_at_once(trusting: None) -> None:
    """Its bell is the file's, not its memory's: the same one with nothing else in common."""
    before = version()
    cache.set("published-version", ("edition", "another"), timeout=None)
    ring = "import sys, pathlib; from articles.bell import Bell; Bell(pathlib.Path(sys.argv[1])).ring()"
    environ = os.environ | {"PYTHONPATH": os.getcwd()}
    subprocess.run([sys.executable, "-c", ring, str(bells.bell().file)], check=True, env=environ)
    assert before != version() == "another"


def test_what_is_not_trusted_any_more_is_asked_for(settings: Settings) -> None:
    version()
    cache.set("published-version", ("edition", "another"), timeout=None)
    assert version() == "another"


@pytest.mark.django_db(transaction=True)
def test_others_hear_of_a_change_when_it_is_committed(trusting: None) -> None:
    before = published_now()
    with transaction.atomic():
        something_changed()
        inside = version()
        assert published_now() == before
        something_changed()
        assert version() != inside
    assert published_now() != before
    assert version() not in (inside, before)


@pytest.mark.django_db(transaction=True)
def test_what_is_rolled_back_leaves_nothing_behind(trusting: None) -> None:
    before = version()
    with transaction.atomic():
        something_changed()
        assert kept("name", lambda: "the draft of a change") == "the draft of a change"
        transaction.set_rollback(True)
    assert version() == before
    assert kept("name", lambda: "what is true") == "what is true"


@pytest.mark.django_db
def test_what_is_rolled_back_to_a_savepoint_is_not_heard_of() -> None:
    before = version()
    with transaction.atomic():
        something_changed()
        assert version() != before
        transaction.set_rollback(True)
    assert version() == before


@pytest.mark.parametrize("shared", [False, True])
def test_what_is_kept_is_made_once_a_version(shared: bool) -> None:
    values = made("first", "second")
    assert [kept("name", lambda: next(values), shared=shared) for _ in range(3)] == ["first"] * 3
    shelf.clear()
    assert kept("name", lambda: next(values), shared=shared) == "first"
    something_changed()
    assert kept("name", lambda: next(values), shared=shared) == "second"


def test_each_is_given_a_copy_unless_it_is_shared() -> None:
    kept("name", lambda: ["a"]).append("b")
    assert kept("name", lambda: ["c"]) == ["a"]
    first = kept("other", lambda: ["a"], shared=True)
    assert kept("other", lambda: ["c"], shared=True) is first


def test_nothing_is_asked_for_again() -> None:
    values = made("found at last")
    assert kept("name", lambda: None) is None
    assert kept("name", lambda: next(values)) == "found at last"


def test_what_a_revision_determines_is_made_anew_for_new_code_alone() -> None:
    values = made("first", "second")
    assert kept_by("revision:1", lambda: next(values)) == "first"
    something_changed()
    assert kept_by("revision:1", lambda: next(values)) == "first"
    everything_changed()
    assert kept_by("revision:1", lambda: next(values)) == "second"


@pytest.mark.parametrize("away", AWAY, ids=["says so", "is silent"])
def test_a_cache_that_is_away_keeps_nothing_and_breaks_nothing(settings: Settings, away: Any) -> None:
    settings.CACHES = away
    values = made("first", "second")
    assert known_version() is None
    assert version() != version()
    assert [kept("name", lambda: next(values)), kept_by("key", lambda: next(values))] == ["first", "second"]
    something_changed()


@pytest.mark.parametrize("away", AWAY, ids=["says so", "is silent"])
def test_a_change_while_the_cache_was_away_is_told_when_it_is_back(
    settings: Settings, trusting: None, away: Any
) -> None:
    before, here = version(), settings.CACHES
    settings.CACHES = away
    something_changed()
    assert known_version() is None
    settings.CACHES, shared.absence.until = here, 0.0
    assert known_version() not in (None, before)
    assert not bells.bell().take_debt()


def test_a_site_that_starts_believes_nothing_from_before(trusting: None) -> None:
    from briefings_site import wsgi

    before = version()
    importlib.reload(wsgi)
    assert version() != before


def test_where_no_bell_can_be_made_nothing_is_heard(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    bell = Bell(tmp_path / "file" / "bell")
    bell.ring()
    assert (bell.sound(), bell.take_debt()) == (b"", False)


def test_a_bell_is_heard_by_all_that_listen(tmp_path: Path) -> None:
    one, other = Bell(tmp_path / "bell"), Bell(tmp_path / "bell")
    silence = one.sound()
    assert other.sound() == silence
    other.ring()
    assert one.sound() == other.sound() != silence


def test_what_is_owed_is_taken_once(tmp_path: Path) -> None:
    one, other = Bell(tmp_path / "bell"), Bell(tmp_path / "bell")
    one.owe()
    assert (other.take_debt(), one.take_debt()) == (True, False)
