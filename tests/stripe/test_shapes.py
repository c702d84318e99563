"""What the stand-in answers is what the library's classes say, field for field."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .left_out import LEFT_OUT, NOT_LIKE_THE_EXAMPLES, NOT_MADE
from .life import Life
from .shapes import class_of, differences, fields

# An invoice that is yet to come has no id: https://docs.stripe.com/api/events/types#event_types-invoice.upcoming
UPCOMING = "invoice.id: is missing"
EXAMPLES = os.environ.get("STRIPE_EXAMPLE_OBJECTS", "")


def objects(value: Any) -> Iterator[dict[str, Any]]:
    """All that say which object they are, however deep."""
    if isinstance(value, dict):
        if isinstance(value.get("object"), str) and value["object"] != "list":
            yield value
        for part in value.values():
            yield from objects(part)
    elif isinstance(value, list):
        for part in value:
            yield from objects(part)


@pytest.fixture(scope="module")
def made(life: Life) -> dict[str, list[dict[str, Any]]]:
    by_kind: dict[str, list[dict[str, Any]]] = {}
    for one in objects([life.objects, life.expanded]):
        by_kind.setdefault(one["object"], []).append(one)
    return by_kind


@pytest.mark.parametrize("kind", sorted(LEFT_OUT))
def test_an_object_is_one_of_the_librarys(kind: str, made: dict[str, list[dict[str, Any]]]) -> None:
    told = {line for one in made[kind] for line in differences(one, class_of(kind), at=kind)}
    assert told - {UPCOMING} == set()


def test_there_is_no_other_kind_of_object(made: dict[str, list[dict[str, Any]]]) -> None:
    assert set(made) == set(LEFT_OUT)


@pytest.mark.parametrize("kind", sorted(LEFT_OUT))
def test_what_is_left_out_is_known(kind: str, made: dict[str, list[dict[str, Any]]]) -> None:
    answered = {name for one in made[kind] for name in one}
    assert sorted(fields(class_of(kind)).keys() - answered - {"deleted"}) == LEFT_OUT[kind]


def test_the_check_sees_what_is_wrong(made: dict[str, list[dict[str, Any]]]) -> None:
    price = dict(made["price"][0])
    del price["billing_scheme"]
    price |= {"type": "weekly", "unit_amount": "1900", "unheard_of": 1, "recurring": {"interval": "month"}}
    assert set(differences(price, class_of("price"), at="price")) == {
        "price.billing_scheme: is missing",
        "price.type: 'weekly' is none of ('one_time', 'recurring')",
        "price.unit_amount: '1900' is no int",
        "price.unheard_of: the library knows no such field",
        "price.recurring.interval_count: is missing",
        "price.recurring.usage_type: is missing",
    }


@pytest.mark.skipif(not EXAMPLES, reason="STRIPE_EXAMPLE_OBJECTS names no file of Stripe's example objects")
def test_stripes_own_examples_have_no_more_fields(made: dict[str, list[dict[str, Any]]]) -> None:
    examples = json.loads(Path(EXAMPLES).read_text())["resources"].values()
    missing = {
        one["object"]: sorted(one.keys() - {name for ours in made[one["object"]] for name in ours})
        for one in examples
        if one["object"] not in NOT_MADE
    }
    assert {kind: names for kind, names in missing.items() if names} == NOT_LIKE_THE_EXAMPLES
