"""Stripe's nested form encoding: ``items[0][price]=p&expand[]=x`` and back to dictionaries and lists."""

import re
from typing import Any
from urllib.parse import parse_qsl

from .errors import invalid

Form = dict[str, Any]
PART = re.compile(r"\[([^\[\]]*)\]")


def decode(encoded: str) -> Form:
    form: Form = {}
    for name, value in parse_qsl(encoded, keep_blank_values=True):
        _put(form, _path(name), value, name)
    return {key: _lists(value) for key, value in form.items()}


def _path(name: str) -> list[str]:
    head, bracket, _ = name.partition("[")
    return [head, *(PART.findall(name[len(head) :]) if bracket else [])]


def _put(form: Form, path: list[str], value: str, name: str) -> None:
    *parents, last = path
    for part in parents:
        form = form.setdefault(part or str(len(form)), {})
        if not isinstance(form, dict):
            raise invalid(f"Invalid form: {name} has both a value and parts", param=name)
    form[last or str(len(form))] = value


def _lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    parts = {key: _lists(part) for key, part in value.items()}
    if parts and all(key.isdecimal() for key in parts):
        return [parts[key] for key in sorted(parts, key=int)]
    return parts
