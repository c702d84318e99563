"""What may be said of a locked section: counted from its structure, never cut from its text."""

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.utils.html import strip_tags
from wagtail.blocks import StreamValue

from .blocks import FILED
from .sections import EXECUTIVE_ACTIONS, TAKEAWAYS, Section

WORDS_A_MINUTE = 220
MOST_ROLES = 4


@dataclass(frozen=True)
class Teaser:
    """How much a section holds: texts (or files, where it has none), minutes, the roles it addresses."""

    count: int
    minutes: int
    roles: tuple[str, ...]
    exhibits: int = 0
    attachments: int = 0


def teaser_of(section: Section, blocks: StreamValue) -> Teaser:
    """From the blocks as they are stored: of a file nothing is fetched, and nothing it says counts."""
    kinds = Counter(block["type"] for block in blocks.raw_data)
    texts = [block["value"] for block in blocks.raw_data if block["type"] not in FILED]
    words = sum(len(text.split()) for value in texts for text in texts_of(value))
    return Teaser(
        count=len(texts) or kinds.total(),
        minutes=max(1, math.ceil(words / WORDS_A_MINUTE)) if kinds else 0,
        roles=tuple(roles_of(section, texts)),
        exhibits=kinds["exhibit"],
        attachments=kinds["attachment"],
    )


def texts_of(value: dict[str, object]) -> Iterator[str]:
    for part in value.values():
        yield strip_tags(str(part or ""))


def roles_of(section: Section, texts: list[dict[str, str]]) -> list[str]:
    name = {TAKEAWAYS.slug: "audience", EXECUTIVE_ACTIONS.slug: "owner"}.get(section.slug)
    if name is None:
        return []
    return distinct(role for value in texts for role in split_roles(value.get(name) or ""))[:MOST_ROLES]


def split_roles(text: str) -> list[str]:
    return [role.strip() for role in re.split(r",|;|\band\b|&|/", text) if role.strip()]


def distinct(items: Iterable[str]) -> list[str]:
    """Each once, in the order and the spelling in which it came first."""
    seen: dict[str, str] = {}
    for item in items:
        seen.setdefault(item.casefold(), item)
    return list(seen.values())
