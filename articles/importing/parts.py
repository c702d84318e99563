"""The gated parts of an import file: lists whose items, and their labels, become typed blocks."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from bs4 import BeautifulSoup
from bs4.element import NavigableString, Tag
from rapidfuzz import fuzz

from insights.blocks import Confidence, Effort
from insights.sections import EXECUTIVE_ACTIONS, KEY_INSIGHTS, SECTIONS, TAKEAWAYS, Level, Section

from .cleaning import clean_inline
from .errors import BadFile
from .tree import BLOCK_TAGS, line_of, text_of

NEARLY = 85
# The lines of a block: of its fields by name, and its own.
Lines = dict[str, int]
ITSELF = ""
A_LABEL = re.compile(r"^\s*(?P<label>[^:]{1,40}?)\s*:\s*(?P<text>.*)$", re.DOTALL)


@dataclass
class Part:
    section: Section
    line: int
    access: str = Level.LOCKED
    access_set: bool = False
    blocks: list[dict[str, Any]] = field(default_factory=list)
    lines: list[Lines] = field(default_factory=list)


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
    links = BeautifulSoup(html, "html.parser").find_all("a")
    if len(links) > 1:
        raise ValueError("can have one link")
    url = str(links[0].get("href", "")) if links else ""
    return plain("source_name", 120)("" if as_text(html) == url else html) | {"source_url": url}


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


def nearly_named(text: str, *, begins: bool = False) -> Section | None:
    """The section that a slip of the pen was probably meant to name: such text must not go out as public.

    ``begins``: a text that goes on after the name counts too.
    """
    written = folded(text)
    for section in SECTIONS:
        name = folded(section.title)
        if fuzz.ratio(name, written) >= NEARLY or (begins and written.startswith(name)):
            return section
    return None


def folded(text: str) -> str:
    return re.sub(r"[^a-z]", "", text.casefold())


def fill(part: Part, element: Tag) -> None:
    """Add what one element under the part's heading says.

    Raises ``BadFile`` for all that is neither a list nor the access line, so that nothing is lost.
    """
    if picture := element.find("img"):
        raise BadFile(line_of(picture), "pictures cannot be imported: add them in the editor")
    if element.name in ("ul", "ol"):
        for item in items_of(element):
            block, lines = block_of(part.section, item)
            part.blocks.append(block)
            part.lines.append(lines)
    elif element.name == "p" and not part.blocks and not part.access_set:
        part.access, part.access_set = access_of(element), True
    else:
        raise BadFile(line_of(element), f"only a list can stand under “{part.section.title}”")


def access_of(element: Tag) -> str:
    found = A_LABEL.match(text_of(element))
    if not found or found["label"].lower() != "access":
        raise BadFile(
            line_of(element), "only “access: locked”, “registered” or “public” can stand before the list"
        )
    level = found["text"].strip().lower()
    if level not in Level.values:
        raise BadFile(line_of(element), f"access must be one of {', '.join(Level.values)}")
    return level


def items_of(element: Tag) -> list[Tag]:
    """Raises ``BadFile`` where a list holds anything but items, or an item was never closed."""
    for child in element.children:
        is_item = isinstance(child, Tag) and child.name == "li" and not child.find("li", recursive=False)
        if not is_item and (isinstance(child, Tag) or text_of_node(child)):
            raise BadFile(line_of(element), "a list can have only items, each with its end")
    return element.find_all("li", recursive=False)


def text_of_node(node: Any) -> str:
    return str(node).strip() if type(node) is NavigableString else ""


def block_of(section: Section, item: Tag) -> tuple[dict[str, Any], Lines]:
    kind = KINDS[section]
    lines = {ITSELF: line_of(item)}
    value: dict[str, Any] = {kind.main: paragraph(own_html(item))}
    if not as_text(value[kind.main]):
        raise BadFile(line_of(item), f"an item of “{section.title}” says nothing")
    seen: set[str] = set()
    for labelled in (row for rows in item.find_all(["ul", "ol"], recursive=False) for row in items_of(rows)):
        label, text = label_of(labelled, kind)
        if label in seen:
            raise BadFile(line_of(labelled), f"“{label.capitalize()}” stands here a second time")
        seen.add(label)
        read = read_label(labelled, kind, label, text)
        value |= read
        lines |= dict.fromkeys(read, line_of(labelled))
    return {"type": kind.block, "value": value}, lines


def label_of(item: Tag, kind: Kind) -> tuple[str, str]:
    if deeper := item.find(["ul", "ol"]):
        raise BadFile(line_of(deeper), "a label’s text cannot hold a list")
    found = A_LABEL.match(clean_inline(own_html(item)))
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
    return " ".join("".join(own_pieces(item)).split())


def own_pieces(item: Tag) -> Iterator[str]:
    for child in item.children:
        if isinstance(child, Tag) and child.name in ("ul", "ol"):
            yield " "
        elif isinstance(child, Tag) and child.name in BLOCK_TAGS:
            yield f" {child.decode_contents()} "
        else:
            yield inline_html(child)


def inline_html(child: Any) -> str:
    return child.output_ready() if isinstance(child, NavigableString) else str(child)


def as_text(html: str) -> str:
    return text_of(BeautifulSoup(html, "html.parser"))


def paragraph(html: str) -> str:
    return f"<p>{clean_inline(html)}</p>"
