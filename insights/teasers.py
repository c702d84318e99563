"""What may be said of a locked section: counted from its structure, never cut from its text."""

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.utils.html import strip_tags
from wagtail.blocks import StreamValue

from .sections import EXECUTIVE_ACTIONS, TAKEAWAYS, Section

WORDS_A_MINUTE = 220
MOST_ROLES = 4


@dataclass(frozen=True)
class Teaser:
    """How much a section holds: its blocks, its reading time in minutes, the roles it addresses."""

    count: int
    minutes: int
    roles: tuple[str, ...]


def teaser_of(section: Section, blocks: StreamValue) -> Teaser:
    words = sum(len(text.split()) for block in blocks for text in texts_of(block.value))
    return Teaser(
        count=len(blocks),
        minutes=max(1, math.ceil(words / WORDS_A_MINUTE)) if len(blocks) else 0,
        roles=tuple(roles_of(section, blocks)),
    )


def texts_of(value: dict[str, object]) -> Iterator[str]:
    for part in value.values():
        yield strip_tags(str(part or ""))


def roles_of(section: Section, blocks: StreamValue) -> list[str]:
    name = {TAKEAWAYS.slug: "audience", EXECUTIVE_ACTIONS.slug: "owner"}.get(section.slug)
    if name is None:
        return []
    return distinct(role for block in blocks for role in split_roles(block.value.get(name) or ""))[
        :MOST_ROLES
    ]


def split_roles(text: str) -> list[str]:
    return [role.strip() for role in re.split(r",|;|\band\b|&|/", text) if role.strip()]


def distinct(items: Iterable[str]) -> list[str]:
    """Each once, in the order and the spelling in which it came first."""
    seen: dict[str, str] = {}
    for item in items:
        seen.setdefault(item.casefold(), item)
    return list(seen.values())
