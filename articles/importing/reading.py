"""An import file as a briefing's content, or ``BadFile`` with the line that is wrong."""

from dataclasses import dataclass
from typing import Any

from bs4 import BeautifulSoup, Tag

from insights.blocks import MOST_IN_A_SECTION

from .errors import BadFile
from .front_matter import FrontMatter, parse, split
from .parts import Part, fill, nearly_named, section_named
from .story import HEADINGS, Story, flattened
from .tree import from_html, from_markdown, line_of, text_of

LONGEST = 2_000_000


@dataclass(frozen=True)
class Briefing:
    head: FrontMatter
    body: list[dict[str, Any]]
    body_lines: list[int]
    parts: list[Part]


def read(raw: bytes, *, html: bool, section: str | None = None) -> Briefing:
    """``html`` says which of the two the body is; ``section`` (a slug) goes before the file's own."""
    source, body, lines_before = split(text_from(raw))
    head = parse(source, section=section)
    tree = from_html(body, lines_before=lines_before) if html else from_markdown(body, lines_before=lines_before)
    story, parts = story_and_parts(tree)
    if not story.blocks:
        raise BadFile(lines_before + 1, "the story is missing")
    return Briefing(head=head, body=story.blocks, body_lines=story.lines, parts=parts)


def text_from(raw: bytes) -> str:
    if len(raw) > LONGEST:
        raise BadFile(1, f"the file is longer than {LONGEST:,} bytes")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadFile(raw[: error.start].count(b"\n") + 1, "this is not UTF-8 text") from error
    if "\x00" in text:
        raise BadFile(text[: text.index("\x00")].count("\n") + 1, "there is a NUL character here")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def story_and_parts(tree: BeautifulSoup) -> tuple[Story, list[Part]]:
    story = Story()
    parts: list[Part] = []
    for element in flattened(tree):
        if part := part_begun_by(element, parts):
            parts.append(part)
        elif parts:
            fill_checked(parts[-1], element)
        else:
            story.add(element)
    for part in parts:
        check(part)
    return story, parts


def part_begun_by(element: Tag, parts: list[Part]) -> Part | None:
    """A new part, where this is its heading. What only looks like one is an error: gated text must not
    go out as part of the public story for the sake of a slip of the pen."""
    text = text_of(element)
    section = section_named(text)
    if element.name in HEADINGS and section:
        if any(part.section == section for part in parts):
            raise BadFile(line_of(element), f"“{section.title}” stands here a second time")
        return Part(section=section, line=line_of(element))
    meant = section or nearly_named(text)
    if meant and (element.name in HEADINGS or element.name == "p"):
        raise BadFile(line_of(element), f"“{text}” looks like a part: its heading must be “## {meant.title}”")
    return None


def fill_checked(part: Part, element: Tag) -> None:
    if element.name in HEADINGS:
        raise BadFile(line_of(element), "the public story must stand before the gated parts")
    fill(part, element)


def check(part: Part) -> None:
    if not part.blocks:
        raise BadFile(part.line, f"“{part.section.title}” has no items")
    if len(part.blocks) > MOST_IN_A_SECTION:
        raise BadFile(part.lines[MOST_IN_A_SECTION], f"a part can have at most {MOST_IN_A_SECTION} items")
