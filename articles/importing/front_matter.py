"""The head of an import file: YAML between two lines of three dashes."""

import datetime
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import yaml
from django.utils import timezone
from django.utils.text import slugify

from insights.gated import DEAREST

from .errors import BadFile

FENCE = "---"
REQUIRED = ("title", "standfirst", "section")
A_LINK = re.compile(r"^\[(?P<name>[^\]]+)\]\((?P<url>https?://[^)\s]+)\)$")


@dataclass(frozen=True)
class FrontMatter:
    title: str
    standfirst: str
    section: str
    slug: str
    date: datetime.date
    bylines: tuple[str, ...] = ()
    sources: tuple[tuple[str, str], ...] = ()
    tags: tuple[str, ...] = ()
    price: int = 1
    lines: dict[str, int] = field(default_factory=dict, compare=False)


def split(text: str) -> tuple[str, str, int]:
    """The YAML, the body, and how many lines of the file stand before the body.

    Raises ``BadFile`` where there is no front matter or no end to it.
    """
    lines = text.split("\n")
    if lines[0].rstrip() != FENCE:
        raise BadFile(1, "the file must begin with front matter: a line of three dashes")
    for number, line in enumerate(lines[1:], start=1):
        if line.rstrip() == FENCE:
            return "\n".join(lines[1:number]), "\n".join(lines[number + 1 :]), number + 1
    raise BadFile(1, "the front matter has no end: a second line of three dashes")


def parse(source: str, *, section: str | None = None) -> FrontMatter:
    """Raises ``BadFile`` with the line of the file, which is one more than the line of the YAML."""
    values, lines = load(source)
    if section:
        values["section"] = section
    for name in values:
        if name not in READERS:
            raise BadFile(lines[name], f"“{name}” is not known here; known are {', '.join(READERS)}")
    for name in REQUIRED:
        if values.get(name) in (None, ""):
            raise BadFile(lines.get(name, 1), f"“{name}” is missing")
    read = {name: read_value(name, value, lines.get(name, 1)) for name, value in values.items()}
    return front_matter(read, lines)


def front_matter(read: dict[str, Any], lines: dict[str, int]) -> FrontMatter:
    slug = read.get("slug") or slugify(read["title"])[:200].strip("-")
    if not slug:
        raise BadFile(lines["title"], "no slug can be made of this title: write one")
    return FrontMatter(
        title=read["title"],
        standfirst=read["standfirst"],
        section=read["section"],
        slug=slug,
        date=read.get("date") or timezone.localdate(),
        bylines=read.get("byline", ()),
        sources=read.get("source", ()),
        tags=read.get("tags", ()),
        price=read.get("price", 1),
        lines=lines,
    )


def load(source: str) -> tuple[dict[str, Any], dict[str, int]]:
    try:
        node = yaml.compose(source, Loader=yaml.SafeLoader)
        values = yaml.safe_load(source)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise BadFile((mark.line if mark else 0) + 2, f"this is not YAML: {error.problem}") from error
    except (yaml.YAMLError, ValueError) as error:
        raise BadFile(2, f"this is not YAML: {str(error).splitlines()[0]}") from error
    if not isinstance(node, yaml.MappingNode) or not isinstance(values, dict):
        raise BadFile(2, "the front matter must be lines of “name: value”")
    return named_once(node, values)


def named_once(node: yaml.MappingNode, values: dict[Any, Any]) -> tuple[dict[str, Any], dict[str, int]]:
    lines: dict[str, int] = {}
    for key, _ in node.value:
        if key.value in lines:
            raise BadFile(key.start_mark.line + 2, f"“{key.value}” stands here a second time")
        lines[key.value] = key.start_mark.line + 2
    return {str(name): value for name, value in values.items()}, lines


def read_value(name: str, value: Any, line: int) -> Any:
    try:
        return READERS[name](value)
    except ValueError as error:
        raise BadFile(line, f"“{name}” {error}") from error


def one_line(most: int) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        if not isinstance(value, str):
            raise ValueError("must be text; put it in quotes")
        text = " ".join(value.split())
        if "\x00" in text or len(text) > most:
            raise ValueError(f"must be at most {most} characters")
        return text

    return read


def a_slug(value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", value) or len(value) > 200:
        raise ValueError("must be small letters, digits and single hyphens")
    return value


def a_date(value: Any) -> datetime.date:
    if isinstance(value, datetime.datetime):
        return value.date()
    if isinstance(value, datetime.date):
        return value
    try:
        return datetime.date.fromisoformat(str(value))
    except ValueError:
        raise ValueError("must be a date such as 2026-06-21") from None


def a_price(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= DEAREST:
        raise ValueError(f"must be a whole number of credits from 0 to {DEAREST}")
    return value


def some(most: int) -> Callable[[Any], tuple[str, ...]]:
    read = one_line(most)

    def read_all(value: Any) -> tuple[str, ...]:
        items = value if isinstance(value, list) else [value]
        return tuple(dict.fromkeys(read(item) for item in items if item not in (None, "")))

    return read_all


def named_sources(value: Any) -> tuple[tuple[str, str], ...]:
    return tuple(named_source(text) for text in some(400)(value))


def named_source(text: str) -> tuple[str, str]:
    link = A_LINK.match(text)
    return (link["name"], link["url"]) if link else (one_line(160)(text), "")


READERS: dict[str, Callable[[Any], Any]] = {
    "title": one_line(255),
    "slug": a_slug,
    "standfirst": one_line(300),
    "section": a_slug,
    "date": a_date,
    "byline": some(120),
    "source": named_sources,
    "tags": some(100),
    "price": a_price,
}
