"""The gated parts of an import file: lists whose items, and their labels, become typed blocks."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from bs4 import BeautifulSoup, NavigableString, Tag
from rapidfuzz import fuzz

from insights.blocks import Confidence, Effort
from insights.sections import EXECUTIVE_ACTIONS, KEY_INSIGHTS, SECTIONS, TAKEAWAYS, Level, Section

from .cleaning import clean_inline
from .errors import BadFile
from .tree import line_of, text_of

NEARLY = 85
A_LABEL = re.compile(r"^\s*(?P<label>[^:]{1,40}?)\s*:\s*(?P<text>.*)$", re.DOTALL)


@dataclass
class Part:
    section: Section
    line: int
    access: str = Level.LOCKED
    blocks: list[dict[str, Any]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class Kind:
    """How a part's items are written: the name of the item, of its main text, and a reader for each label."""

    block: str
    main: str
    labels: dict[str, Callable[[str], dict[str, Any]]]


def plain(name: str, most: int) -> Callable[[str], dict[str, Any]]:
    def read(html: str) -> dict[str, Any]:
        text = as_text(html)
        if len(text) > most:
            raise ValueError(f"must be at most {most} characters")
        return {name: text}

    return read


def rich(name: str) -> Callable[[str], dict[str, Any]]:
    return lambda html: {name: paragraph(html)}


def one_of(name: str, choices: list[str]) -> Callable[[str], dict[str, Any]]:
    def read(html: str) -> dict[str, Any]:
        value = as_text(html).lower()
        if value not in choices:
            raise ValueError(f"must be one of {', '.join(choices)}")
        return {name: value}

    return read


def source(html: str) -> dict[str, Any]:
    link = re.search(r'href="([^"]+)"', html)
    return {"source_name": as_text(html)[:120], "source_url": link[1] if link else ""}


KINDS = {
    KEY_INSIGHTS: Kind(
        "key_insight",
        "statement",
        {
            "evidence": rich("evidence"),
            "source": source,
            "confidence": one_of("confidence", Confidence.values),
        },
    ),
    TAKEAWAYS: Kind("takeaway", "text", {"for": plain("audience", 80)}),
    EXECUTIVE_ACTIONS: Kind(
        "executive_action",
        "action",
        {
            "owner": plain("owner", 80),
            "horizon": plain("horizon", 80),
            "effort": one_of("effort", Effort.values),
            "measure": rich("measure"),
        },
    ),
}


def section_named(text: str) -> Section | None:
    """The section that a heading names, in any case, with or without its hyphen."""
    return next((section for section in SECTIONS if folded(section.title) == folded(text)), None)


def nearly_named(text: str) -> Section | None:
    """The section that a slip of the pen was probably meant to name: such text must not go out as public."""
    return next(
        (section for section in SECTIONS if fuzz.ratio(folded(section.title), folded(text)) >= NEARLY), None
    )


def folded(text: str) -> str:
    return re.sub(r"[^a-z]", "", text.casefold())


def fill(part: Part, element: Tag) -> None:
    """Add what one element under the part's heading says.

    Raises ``BadFile`` for all that is neither a list nor the access line, so that nothing is lost.
    """
    if element.name in ("ul", "ol"):
        for item in element.find_all("li", recursive=False):
            part.blocks.append(block_of(part.section, item))
            part.lines.append(line_of(item))
    elif element.name == "p" and not part.blocks:
        part.access = access_of(element)
    else:
        raise BadFile(line_of(element), f"only a list can stand under “{part.section.title}”")


def access_of(element: Tag) -> str:
    found = A_LABEL.match(text_of(element))
    if not found or found["label"].lower() != "access":
        raise BadFile(line_of(element), "only “access: locked”, “registered” or “public” can stand before the list")
    level = found["text"].strip().lower()
    if level not in Level.values:
        raise BadFile(line_of(element), f"access must be one of {', '.join(Level.values)}")
    return level


def block_of(section: Section, item: Tag) -> dict[str, Any]:
    kind = KINDS[section]
    value: dict[str, Any] = {kind.main: paragraph(own_html(item))}
    if not as_text(value[kind.main]):
        raise BadFile(line_of(item), f"an item of “{section.title}” says nothing")
    seen: set[str] = set()
    for labelled in item.select(":scope > ul > li, :scope > ol > li"):
        label, text = label_of(labelled, kind)
        if label in seen:
            raise BadFile(line_of(labelled), f"“{label.capitalize()}” stands here a second time")
        seen.add(label)
        value |= read_label(labelled, kind, label, text)
    return {"type": kind.block, "value": value}


def label_of(item: Tag, kind: Kind) -> tuple[str, str]:
    found = A_LABEL.match(own_html(item))
    label = as_text(found["label"]).lower() if found else ""
    if not found or label not in kind.labels:
        known = ", ".join(name.capitalize() for name in kind.labels)
        raise BadFile(line_of(item), f"“{text_of(item)[:40]}” has no label known here; known are {known}")
    return label, re.sub(r"^\s*</(strong|em|b|i)>", "", found["text"])


def read_label(item: Tag, kind: Kind, label: str, html: str) -> dict[str, Any]:
    if not as_text(html):
        raise BadFile(line_of(item), f"“{label.capitalize()}” says nothing")
    try:
        return kind.labels[label](clean_inline(html))
    except ValueError as error:
        raise BadFile(line_of(item), f"“{label.capitalize()}” {error}") from error


def own_html(item: Tag) -> str:
    """What an item says itself, without the lists below it and without the paragraph around it."""
    pieces = []
    for child in item.children:
        if isinstance(child, Tag) and child.name in ("ul", "ol"):
            continue
        pieces.append(child.decode_contents() if isinstance(child, Tag) and child.name == "p" else inline_html(child))
    return " ".join(" ".join(pieces).split())


def inline_html(child: Any) -> str:
    return child.output_ready() if isinstance(child, NavigableString) else str(child)


def as_text(html: str) -> str:
    return text_of(BeautifulSoup(html, "html.parser"))


def paragraph(html: str) -> str:
    return f"<p>{clean_inline(html)}</p>"
