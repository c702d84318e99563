"""An import file as a briefing's content, or ``BadFile`` with the line that is wrong."""

import re
from dataclasses import dataclass
from typing import Any

from bs4 import BeautifulSoup, Tag

from insights.blocks import MOST_IN_A_SECTION

from .errors import BadFile
from .front_matter import FrontMatter, parse, split
from .parts import ITSELF, Lines, Part, fill, nearly_named, section_named
from .story import HEADINGS, Story, flattened
from .tree import from_html, from_markdown, line_of, lines_of, text_of

LONGEST = 2_000_000
# No feed, sitemap or database could carry these.
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]")


@dataclass(frozen=True)
class Briefing:
    head: FrontMatter
    body: list[dict[str, Any]]
    body_lines: list[Lines]
    parts: list[Part]


def read(raw: bytes, *, html: bool, section: str | None = None) -> Briefing:
    """``html`` says which of the two the body is; ``section`` (a slug) goes before the file's own."""
    source, body, lines_before = split(text_from(raw))
    head = parse(source, section=section)
    tree = (
        from_html(body, lines_before=lines_before) if html else from_markdown(body, lines_before=lines_before)
    )
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
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if control := CONTROL.search(text):
        code = f"U+{ord(control[0]):04X}"
        raise BadFile(text.count("\n", 0, control.start()) + 1, f"there is a control character here ({code})")
    return text


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
    story.begin_headings_at_two()
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
    if not parts or element.name in HEADINGS:
        refuse_what_looks_like_a_part(element)
    return None


def refuse_what_looks_like_a_part(element: Tag) -> None:
    begins = element.name in HEADINGS
    for line, text in [(line_of(element), text_of(element)), *lines_of(element)]:
        if meant := nearly_named(text, begins=begins):
            raise BadFile(line, f"“{text}” looks like a part: its heading must be “## {meant.title}”")


def fill_checked(part: Part, element: Tag) -> None:
    if element.name in HEADINGS:
        raise BadFile(line_of(element), "the public story must stand before the gated parts")
    fill(part, element)


def check(part: Part) -> None:
    if not part.blocks:
        raise BadFile(part.line, f"“{part.section.title}” has no items")
    if len(part.blocks) > MOST_IN_A_SECTION:
        raise BadFile(
            part.lines[MOST_IN_A_SECTION][ITSELF], f"a part can have at most {MOST_IN_A_SECTION} items"
        )
