"""Of many who need the same page at once one makes it, in this process and in others."""

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache

from articles import once
from articles.once import A_TURN, Makers, end_turn, made_elsewhere, take_turn, turn_for


@pytest.fixture
def found() -> list[str]:
    """What a look into the shared cache finds."""
    return []


def look(found: list[str]) -> str | None:
    return found[0] if found else None


def at_once(number: int, work: Any) -> None:
    threads = [threading.Thread(target=work) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_the_first_is_told_so_and_the_others_come_after_it() -> None:
    makers, order, start = Makers(), [], threading.Barrier(8)

    def work() -> None:
        start.wait()
        with makers.alone("page") as first:
            if first:
                time.sleep(0.1)
            order.append(first)

    at_once(8, work)
    assert order == [True] + [False] * 7
    with makers.alone("page") as first:
        assert first


def test_who_makes_another_page_does_not_wait() -> None:
    makers = Makers()
    with makers.alone("page") as one, makers.alone("other") as other:
        assert one
        assert other


def test_one_that_fails_lets_the_others_go() -> None:
    makers = Makers()
    with pytest.raises(ValueError, match="no page"), makers.alone("page"):
        raise ValueError("no page")
    with makers.alone("page") as first:
        assert first


def test_nobody_waits_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(once, "PATIENCE", 0.05)
    makers = Makers()
    with makers.alone("page"):
        waited: list[bool] = []

        def work() -> None:
            with makers.alone("page") as first:
                waited.append(first)

        at_once(2, work)
        assert waited == [False, False]


@pytest.fixture
def elsewhere(found: list[str]) -> Iterator[threading.Timer]:
    """Another process that is at it, and ends its turn in a moment."""
    assert take_turn("page")
    timer = threading.Timer(0.1, lambda: end_turn("page"))
    yield timer
    timer.cancel()


def test_there_is_one_turn_among_processes(elsewhere: threading.Timer) -> None:
    assert not take_turn("page")
    assert take_turn("other")
    end_turn("page")
    assert take_turn("page")


def test_what_another_process_made_is_found(elsewhere: threading.Timer, found: list[str]) -> None:
    threading.Timer(0.05, lambda: found.append("the page")).start()
    assert made_elsewhere("page", lambda: look(found)) == "the page"


def test_what_came_to_nothing_elsewhere_is_not_waited_for(
    elsewhere: threading.Timer, found: list[str]
) -> None:
    elsewhere.start()
    before = time.monotonic()
    assert made_elsewhere("page", lambda: look(found)) is None
    assert time.monotonic() - before < once.PATIENCE


def test_a_process_that_died_has_its_turn_for_some_seconds_only(
    elsewhere: threading.Timer, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert 0 < A_TURN < once.PATIENCE
    cache.touch(turn_for("page"), 0.05)
    assert made_elsewhere("page", lambda: None) is None
    assert take_turn("page")
