"""Lists as Stripe answers them: newest first, by cursor, with a range of times."""

import operator
from collections.abc import Iterable
from typing import Any

from .errors import invalid
from .store import Object

COMPARED = {"gt": operator.gt, "gte": operator.ge, "lt": operator.lt, "lte": operator.le}
MOST = 100


def page(found: Iterable[Object], params: dict[str, Any], *, url: str, newest_first: bool = True) -> Object:
    objects = [obj for obj in found if _within(obj.get("created", 0), params.get("created") or {})]
    if newest_first:
        objects.reverse()
    limit = params.get("limit", 10)
    if not 1 <= limit <= MOST:
        raise invalid(f"Invalid limit: must be between 1 and {MOST}", param="limit")
    chosen, more = _slice(objects, params, limit)
    return {"object": "list", "data": chosen, "has_more": more, "url": url}


def whole_list(objects: Iterable[Object], *, url: str) -> Object:
    return {"object": "list", "data": list(objects), "has_more": False, "url": url}


def _slice(objects: list[Object], params: dict[str, Any], limit: int) -> tuple[list[Object], bool]:
    if ending := params.get("ending_before"):
        place = _place(objects, ending, "ending_before")
        return objects[max(0, place - limit) : place], place > limit
    start = 0
    if starting := params.get("starting_after"):
        start = _place(objects, starting, "starting_after") + 1
    return objects[start : start + limit], len(objects) > start + limit


def _place(objects: list[Object], wanted: str, param: str) -> int:
    for place, obj in enumerate(objects):
        if obj["id"] == wanted:
            return place
    raise invalid(f"No such object: '{wanted}'", param=param, code="resource_missing")


def _within(created: int, wanted: dict[str, int]) -> bool:
    return all(COMPARED[name](created, bound) for name, bound in wanted.items())
