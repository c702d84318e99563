"""The shelf of one process: bounded by bytes, and shared by its threads."""

import threading

import pytest
from pytest_django.fixtures import Settings

from articles.shelf import A_PLACE, Shelf

EACH = 1000


@pytest.fixture
def shelf(settings: Settings) -> Shelf:
    """With room for three things."""
    settings.SHELF_BYTES = 3 * (EACH + A_PLACE)
    return Shelf()


def fill(shelf: Shelf, *keys: str) -> None:
    for key in keys:
        shelf.put(key, key.upper(), size=EACH)


def test_what_is_put_there_is_found(shelf: Shelf) -> None:
    fill(shelf, "a")
    assert (shelf.get("a"), shelf.get("b")) == ("A", None)


def test_what_was_not_asked_for_the_longest_goes_first(shelf: Shelf) -> None:
    fill(shelf, "a", "b", "c")
    shelf.get("a")
    fill(shelf, "d")
    assert [shelf.get(key) for key in "abcd"] == ["A", None, "C", "D"]


def test_the_same_key_weighs_once(shelf: Shelf) -> None:
    fill(shelf, "a", "a", "a", "b", "c")
    assert [shelf.get(key) for key in "abc"] == ["A", "B", "C"]
    shelf.drop("a")
    assert shelf.weight == 2 * (EACH + A_PLACE)


def test_what_weighs_more_than_all_is_not_kept_and_takes_nothing_away(shelf: Shelf) -> None:
    fill(shelf, "a")
    shelf.put("whale", "W", size=100 * EACH)
    assert (shelf.get("a"), shelf.get("whale")) == ("A", None)


def test_many_threads_leave_no_more_than_the_bound(shelf: Shelf) -> None:
    wrong: list[str] = []

    def work(number: int) -> None:
        for turn in range(2000):
            key = f"{(number * turn) % 7}"
            if shelf.get(key) not in (None, key):
                wrong.append(key)
            shelf.put(key, key, size=EACH)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(1, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert shelf.weight == 3 * (EACH + A_PLACE)
