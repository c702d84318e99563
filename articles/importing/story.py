"""The public story of an import file as the blocks of a page's body."""

import re
from typing import Any

from bs4.element import NavigableString, Tag

from .cleaning import clean_blocks
from .errors import BadFile
from .parts import ITSELF, Lines
from .tree import BLOCK_TAGS, line_of, text_of

Block = dict[str, Any]
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
WRAPPERS = ("div", "section", "article", "main", "body", "html", "header")


class Story:
    """Collects blocks; paragraphs and lists that follow one another become one block."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.lines: list[Lines] = []

    def add(self, element: Tag) -> None:
        """Raises ``BadFile`` for what has no place in a story, so that nothing is lost in silence."""
        if picture := element.find("img"):
            raise BadFile(line_of(picture), "pictures cannot be imported: add them in the editor")
        if element.name in ("p", "ul", "ol"):
            self.add_text(element)
        elif element.name in HEADINGS:
            self.add_heading(element)
        elif element.name == "blockquote":
            self.put(element, "quote", quote_of(element))
        elif element.name == "table":
            self.put(element, "table", table_of(element))
        elif element.name != "hr":
            raise BadFile(line_of(element), f"<{element.name}> has no place in a story")

    def add_text(self, element: Tag) -> None:
        html = clean_blocks(str(element))
        if self.blocks and self.blocks[-1]["type"] == "paragraph":
            self.blocks[-1]["value"] += html
        elif text_of(element):
            self.put(element, "paragraph", html)

    def add_heading(self, element: Tag) -> None:
        text = text_of(element)
        if element.find(list(BLOCK_TAGS)):
            raise BadFile(line_of(element), "this heading has no end")
        if len(text) > 160:
            raise BadFile(line_of(element), "a heading can have at most 160 characters")
        self.put(element, "heading", {"text": text, "level": "2" if element.name in ("h1", "h2") else "3"})

    def begin_headings_at_two(self) -> None:
        """A story that uses subheadings alone has headings: no level is skipped under the headline."""
        headings = [block["value"] for block in self.blocks if block["type"] == "heading"]
        if all(heading["level"] == "3" for heading in headings):
            for heading in headings:
                heading["level"] = "2"

    def put(self, element: Tag, kind: str, value: Any) -> None:
        self.blocks.append({"type": kind, "value": value})
        self.lines.append({ITSELF: line_of(element)})


def quote_of(element: Tag) -> dict[str, str]:
    lines = [text_of(part) for part in flattened(element)] or [""]
    said_by = re.match(r"^[—–-]+\s*(.+)$", lines[-1]) if len(lines) > 1 else None
    text = " ".join(lines[:-1] if said_by else lines)
    if len(text) > 600:
        raise BadFile(line_of(element), "a quote can have at most 600 characters")
    return {"text": text, "attribution": said_by[1] if said_by else ""}


def table_of(element: Tag) -> dict[str, Any]:
    rows = [[text_of(cell) for cell in row.find_all(["th", "td"])] for row in element.find_all("tr")]
    if not rows or any(len(row) != len(rows[0]) for row in rows):
        raise BadFile(line_of(element), "every row of a table must have as many cells as its first")
    caption = element.find("caption")
    return {
        "columns": [{"type": "text", "heading": heading} for heading in rows[0]],
        "rows": [{"values": row} for row in rows[1:]],
        "caption": text_of(caption) if isinstance(caption, Tag) else "",
    }


def flattened(element: Tag) -> list[Tag]:
    """The block elements below, out of what only wraps them. Bare text among them becomes a paragraph."""
    found: list[Tag] = []
    loose: list[Any] = []
    for child in list(element.children):
        if isinstance(child, Tag) and is_block(child):
            found += in_a_paragraph(element, loose)
            loose = []
            found += flattened(child) if only_wraps(child) else [child]
        else:
            loose.append(child)
    return found + in_a_paragraph(element, loose)


def is_block(element: Tag) -> bool:
    return element.name in BLOCK_TAGS or element.find(list(BLOCK_TAGS)) is not None


def only_wraps(element: Tag) -> bool:
    """True also for a paragraph that was never closed, and so holds all that follows it."""
    if element.name == "p":
        return element.find(list(BLOCK_TAGS)) is not None
    return element.name in WRAPPERS or element.name not in BLOCK_TAGS


def in_a_paragraph(around: Tag, loose: list[Any]) -> list[Tag]:
    if not any(isinstance(node, Tag) or (type(node) is NavigableString and node.strip()) for node in loose):
        return []
    paragraph = Tag(name="p", attrs={"data-line": str(line_of(around))})
    for node in loose:
        if isinstance(node, Tag) or type(node) is NavigableString:
            paragraph.append(node.extract())
    return [paragraph]
