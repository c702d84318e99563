"""What a call takes: each kind turns the text of a form into a value, or refuses it as Stripe does.

A kind is a function of a form's value and the parameter's name. An empty text unsets: its value is None.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from .errors import invalid

Kind = Callable[[Any, str], Any]
CURRENCY = re.compile(r"[a-z]{3}\Z")
RANGES = ("gt", "gte", "lt", "lte")


@dataclass(frozen=True)
class Required:
    kind: Kind


Fields = Mapping[str, "Kind | Required"]


def text(value: Any, name: str) -> str:
    if not isinstance(value, str):
        raise invalid(f"Invalid string: {value}", param=name, code="parameter_invalid_string")
    return value


def whole(value: Any, name: str, *, least: int | None = None) -> int:
    if not isinstance(value, str) or not re.fullmatch(r"-?\d{1,18}", value):
        raise invalid(f"Invalid integer: {value}", param=name, code="parameter_invalid_integer")
    number = int(value)
    if least is not None and number < least:
        raise invalid(
            f"Invalid integer: {name} must be greater than or equal to {least}",
            param=name,
            code="parameter_invalid_integer",
        )
    return number


def natural(value: Any, name: str) -> int:
    return whole(value, name, least=0)


def positive(value: Any, name: str) -> int:
    return whole(value, name, least=1)


def decimal(value: Any, name: str) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"-?\d+(\.\d{1,12})?", value):
        raise invalid(f"Invalid decimal: {value}", param=name, code="parameter_invalid_string")
    return value


def percent(value: Any, name: str) -> float:
    number = float(decimal(value, name))
    if not 0 < number <= 100:
        raise invalid(f"Invalid percentage: {value}", param=name)
    return number


def flag(value: Any, name: str) -> bool:
    if value not in ("true", "false"):
        raise invalid(f"Invalid boolean: {value}", param=name, code="parameter_invalid_string")
    return bool(value == "true")


def currency(value: Any, name: str) -> str:
    code = text(value, name).lower()
    if not CURRENCY.match(code):
        raise invalid(f"Invalid currency: {value}", param=name)
    return code


def address_of_page(value: Any, name: str) -> str:
    if not re.match(r"https?://", text(value, name)):
        raise invalid("Not a valid URL", param=name, code="url_invalid")
    return text(value, name)


def one_of(*choices: str) -> Kind:
    def choice(value: Any, name: str) -> str:
        if value not in choices:
            raise invalid(f"Invalid {name}: must be one of {', '.join(choices)}", param=name)
        return str(value)

    return choice


def number_or(*words: str) -> Kind:
    return lambda value, name: value if value in words else whole(value, name)


def listing(kind: Kind) -> Kind:
    def each(value: Any, name: str) -> list[Any]:
        if not isinstance(value, list):
            raise invalid("Invalid array", param=name, code="parameter_invalid_array")
        return [kind(part, f"{name}[{place}]") for place, part in enumerate(value)]

    return each


def group(**fields: Kind | Required) -> Kind:
    def parts(value: Any, name: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise invalid("Invalid object", param=name, code="parameter_invalid_object")
        return taken(value, fields, within=name)

    return parts


def mapping(kind: Kind) -> Kind:
    def each(value: Any, name: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise invalid("Invalid object", param=name, code="parameter_invalid_object")
        return {key: kind(part, f"{name}[{key}]") for key, part in value.items()}

    return each


def metadata(value: Any, name: str) -> dict[str, str]:
    pairs: dict[str, str] = mapping(text)(value, name)
    if len(pairs) > 50 or any(len(key) > 40 or len(text) > 500 for key, text in pairs.items()):
        raise invalid(
            "Metadata can have up to 50 keys, names up to 40 characters and values up to 500",
            param=name,
            code="parameter_invalid_string",
        )
    return pairs


def anything(value: Any, name: str) -> Any:
    return value


def moments(value: Any, name: str) -> dict[str, int]:
    """A time, or a range of times: ``created=1`` and ``created[gte]=1``."""
    if isinstance(value, str):
        return {"gte": whole(value, name), "lte": whole(value, name)}
    return taken(value, dict.fromkeys(RANGES, whole), within=name)


ADDRESS = group(line1=text, line2=text, city=text, country=text, postal_code=text, state=text)
PAGING: Fields = {"limit": whole, "starting_after": text, "ending_before": text, "created": moments}


def taken(form: Mapping[str, Any], fields: Fields, *, within: str = "") -> dict[str, Any]:
    """Raises ApiError for what is not known, is missing, or is of the wrong kind."""
    if unknown := [key for key in form if key not in fields]:
        name = _named(unknown[0], within)
        raise invalid(f"Received unknown parameter: {name}", param=name, code="parameter_unknown")
    for key, field in fields.items():
        if isinstance(field, Required) and key not in form:
            name = _named(key, within)
            raise invalid(f"Missing required param: {name}.", param=name, code="parameter_missing")
    return {key: _value(fields[key], value, _named(key, within)) for key, value in form.items()}


def _value(field: Kind | Required, value: Any, name: str) -> Any:
    if value == "":
        if isinstance(field, Required):
            raise invalid(
                f"You passed an empty string for '{name}'. We assume empty values are an attempt to unset a "
                f"parameter; however '{name}' cannot be unset.",
                param=name,
                code="parameter_invalid_empty",
            )
        return None
    return (field.kind if isinstance(field, Required) else field)(value, name)


def _named(key: str, within: str) -> str:
    return f"{within}[{key}]" if within else key
