"""Holds what the stand-in answers against the stripe library's own annotations, and says where they differ.

Every field answered must be one that the class knows, with a value of its type; every field of the class that
may not be missing must be there. What may be null or left out, and is, has a list of its own: left_out.py.
"""

import ast
import importlib
import inspect
import sys
import typing
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from types import ModuleType
from typing import Any

import stripe
from stripe import _stripe_object
from stripe._object_classes import OBJECT_CLASSES

OURS_NOT = {"api_key", "stripe_account", "stripe_version"}


def differences(value: Any, cls: type, *, at: str = "") -> list[str]:
    """Where a JSON object is no such object of the library's: a line each."""
    return list(_object(value, cls, at or cls.__name__))


@cache
def class_of(kind: str) -> type:
    """The library's class for what says ``object: kind``."""
    module, name = OBJECT_CLASSES[kind]
    found: type = getattr(importlib.import_module(module), name)
    return found


@cache
def fields(cls: type) -> dict[str, Any]:
    module = sys.modules[cls.__module__]
    known = {**vars(_stripe_object), **vars(module), **_for_type_checkers(module)}
    hints = typing.get_type_hints(cls, known)
    return {
        name: kind
        for name, kind in hints.items()
        if name not in OURS_NOT
        and not name.startswith("_")
        and typing.get_origin(kind) is not typing.ClassVar
    }


@cache
def _for_type_checkers(module: ModuleType) -> dict[str, Any]:
    """What the module imports under ``if TYPE_CHECKING``."""
    names = {}
    for block in ast.parse(inspect.getsource(module)).body:
        if isinstance(block, ast.If) and getattr(block.test, "id", "") == "TYPE_CHECKING":
            for node in block.body:
                if isinstance(node, ast.ImportFrom) and node.module and ".params" not in node.module:
                    found = importlib.import_module(node.module)
                    names |= {one.asname or one.name: getattr(found, one.name) for one in node.names}
    return names


def _object(value: Any, cls: type, at: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{at}: {value!r} is no {cls.__name__}"
        return
    known = fields(cls)
    for name in value.keys() - known.keys():
        yield f"{at}.{name}: the library knows no such field"
    for name, kind in known.items():
        if name in value:
            yield from _value(value[name], kind, f"{at}.{name}")
        elif not _optional(kind):
            yield f"{at}.{name}: is missing"


def _optional(kind: Any) -> bool:
    return type(None) in typing.get_args(kind)


def _value(value: Any, kind: Any, at: str) -> Iterator[str]:
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is typing.Union:
        yield from _one_of(value, arguments, at)
    elif origin is typing.Literal:
        if value not in arguments:
            yield f"{at}: {value!r} is none of {arguments[:9]}"
    elif origin is list:
        yield from _list(value, arguments[0], at)
    elif (
        origin is dict or kind is Any or (inspect.isclass(origin) and issubclass(origin, stripe.StripeObject))
    ):
        yield from _generic(value, origin, arguments, at)
    elif inspect.isclass(kind) and issubclass(kind, stripe.StripeObject):
        yield from _object(value, kind, at)
    elif not _plain(value, kind):
        yield f"{at}: {value!r} is no {getattr(kind, '__name__', kind)}"


def _one_of(value: Any, kinds: tuple[Any, ...], at: str) -> Iterator[str]:
    """Nothing where one kind takes it; else what the likeliest says."""
    if value is None and type(None) in kinds:
        return
    literal = next((kind for kind in kinds if typing.get_origin(kind) is typing.Literal), None)
    if literal is not None:
        # The library writes ``Literal[…] | str``, so that a new word breaks nobody. We make only known ones.
        yield from _value(value, literal, at)
        return
    told = [list(_value(value, kind, at)) for kind in _in_question(value, kinds)]
    if told and all(told):
        yield from min(told, key=len)
    elif not told:
        yield f"{at}: {value!r} is of no kind that it may be"


def _in_question(value: Any, kinds: tuple[Any, ...]) -> list[Any]:
    kinds = tuple(kind for kind in kinds if kind is not type(None))
    if isinstance(value, dict) and "object" in value:
        named = [kind for kind in kinds if getattr(kind, "OBJECT_NAME", None) == value["object"]]
        return named or [kind for kind in kinds if kind is not str]
    return list(kinds)


def _list(value: Any, kind: Any, at: str) -> Iterator[str]:
    if not isinstance(value, list):
        yield f"{at}: {value!r} is no list"
        return
    for place, one in enumerate(value):
        yield from _value(one, kind, f"{at}[{place}]")


def _generic(value: Any, origin: Any, arguments: tuple[Any, ...], at: str) -> Iterator[str]:
    if origin is stripe.ListObject:
        yield from _page(value, arguments[0], at)
    elif arguments and isinstance(value, dict) and origin is not dict:
        for name, one in value.items():
            yield from _value(one, arguments[0], f"{at}.{name}")
    elif origin is not None and not isinstance(value, dict):
        yield f"{at}: {value!r} is no object"


def _page(value: Any, kind: Any, at: str) -> Iterator[str]:
    if not isinstance(value, dict) or value.keys() != {"object", "data", "has_more", "url"}:
        yield f"{at}: is no list object"
        return
    yield from _list(value["data"], kind, f"{at}.data")


def _plain(value: Any, kind: Any) -> bool:
    if kind is Decimal:
        return isinstance(value, str) and Decimal(value).is_finite()
    if kind is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    if kind is int:
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, kind)
