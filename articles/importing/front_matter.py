"""The head of an import file: YAML between two lines of three dashes."""

import datetime
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import yaml
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils import timezone
from django.utils.text import slugify

from articles.models.briefing import FEED
from insights.gated import DEAREST

from .errors import BadFile

FENCE = "---"
REQUIRED = ("title", "standfirst", "section")
A_LINK = re.compile(r"^\[(?P<name>[^\]]+)\]\((?P<url>\S+)\)$")
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


class Loader(yaml.SafeLoader):
    """Leaves dates as they are written, so that a wrong one is found together with its line."""


Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


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
        if not str(values.get(name) or "").strip():
            raise BadFile(lines.get(name, 1), f"“{name}” is missing")
    read = {name: read_value(name, value, lines.get(name, 1)) for name, value in values.items()}
    return front_matter(read, lines)


def front_matter(read: dict[str, Any], lines: dict[str, int]) -> FrontMatter:
    slug = read.get("slug") or slugify(read["title"])[:200].strip("-")
    if not slug or slug == FEED:
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
        loader = Loader(source)
        return named_once(loader.get_single_node(), loader)
    except yaml.MarkedYAMLError as error:
        ends_too_soon = "end of stream" in (error.problem or "")
        mark = (error.context_mark if ends_too_soon else None) or error.problem_mark
        raise BadFile((mark.line if mark else 0) + 2, f"this is not YAML: {error.problem}") from error
    except yaml.reader.ReaderError as error:
        line = source.count("\n", 0, error.position) + 2
        raise BadFile(line, f"this is not YAML: {error.reason}") from error


def named_once(node: yaml.Node | None, loader: Loader) -> tuple[dict[str, Any], dict[str, int]]:
    if not isinstance(node, yaml.MappingNode):
        raise BadFile(2, "the front matter must be lines of “name: value”")
    values: dict[str, Any] = {}
    lines: dict[str, int] = {}
    for key, value in node.value:
        line = key.start_mark.line + 2
        if not isinstance(key, yaml.ScalarNode):
            raise BadFile(line, "the front matter must be lines of “name: value”")
        if key.value in lines:
            raise BadFile(line, f"“{key.value}” stands here a second time")
        values[key.value], lines[key.value] = constructed(loader, value, line), line
    return values, lines


def constructed(loader: Loader, node: yaml.Node, line: int) -> Any:
    """Raises ``BadFile`` for a number or other value that YAML knows the form of and Python cannot hold."""
    try:
        return loader.construct_object(node, deep=True)
    except ValueError as error:
        raise BadFile(line, f"this is not YAML: {error}") from error


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
        if CONTROL.search(text):
            raise ValueError("has a control character in it")
        if len(text) > most:
            raise ValueError(f"must be at most {most} characters")
        return text

    return read


def a_slug(value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", value) or len(value) > 200:
        raise ValueError("must be small letters, digits and single hyphens")
    return value


def a_free_slug(value: Any) -> str:
    if value == FEED:
        raise ValueError(f"cannot be “{value}”")
    return a_slug(value)


def a_date(value: Any) -> datetime.date:
    try:
        return datetime.datetime.fromisoformat(value if isinstance(value, str) else "").date()
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
    return tuple(named_source(text) for text in some(600)(value))


def named_source(text: str) -> tuple[str, str]:
    link = A_LINK.match(text)
    if not link:
        return one_line(160)(text), ""
    try:
        URLValidator(schemes=["http", "https"])(one_line(200)(link["url"]))
    except ValidationError:
        raise ValueError("must be a name, or [a name](https://…)") from None
    return one_line(160)(link["name"]), link["url"]


READERS: dict[str, Callable[[Any], Any]] = {
    "title": one_line(255),
    "slug": a_free_slug,
    "standfirst": one_line(300),
    "section": a_slug,
    "date": a_date,
    "byline": some(120),
    "source": named_sources,
    "tags": some(100),
    "price": a_price,
}
