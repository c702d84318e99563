"""The public story as plain text: for its reading time, the search index and nothing behind the gate."""

import math
from collections.abc import Iterator
from html import unescape
from typing import Any

from django.utils.html import strip_tags
from wagtail.blocks import StreamValue

WORDS_A_MINUTE = 220


def story_text(body: StreamValue) -> str:
    return "\n".join(text for text in texts_of(body) if text)


def texts_of(body: StreamValue) -> Iterator[str]:
    for block in body:
        yield from (" ".join(unescape(strip_tags(text)).split()) for text in parts_of(block.block_type, block.value))


def parts_of(kind: str, value: Any) -> Iterator[str]:
    if kind == "paragraph":
        yield str(value.source).replace("</", " </")
    elif kind in ("heading", "quote"):
        yield value["text"]
        yield value.get("attribution") or ""
    elif kind == "figure":
        yield value["caption"] or ""
    elif kind == "table":
        yield value.caption or ""
        yield " ".join(column["heading"] for column in value.columns)
        yield from (" ".join(str(cell.value) for cell in row) for row in value.rows)


def minutes_to_read(body: StreamValue) -> int:
    return max(1, math.ceil(len(story_text(body).split()) / WORDS_A_MINUTE))
