"""The public story as plain text: for its reading time, the search index and nothing behind the gate."""

import math
from collections.abc import Iterator
from html import escape, unescape
from typing import Any

from django.utils.html import strip_tags
from wagtail.blocks import StreamValue

WORDS_A_MINUTE = 220


def story_text(body: StreamValue) -> str:
    return "\n".join(text for text in texts_of(body) if text)


def texts_of(body: StreamValue) -> Iterator[str]:
    """From the blocks as they are stored: no picture or page that they point at is fetched."""
    for block in body.raw_data:
        yield from (plain(text) for text in parts_of(block["type"], block["value"]))


def plain(html: str) -> str:
    return " ".join(unescape(strip_tags(html)).split())


def parts_of(kind: str, value: Any) -> Iterator[str]:
    if kind == "paragraph":
        yield value.replace("</", " </")
    elif kind in ("heading", "quote"):
        yield escape(value["text"])
        yield escape(value.get("attribution") or "")
    elif kind == "figure":
        yield escape(value.get("caption") or "")
    elif kind == "table":
        yield escape(value.get("caption") or "")
        yield escape(" ".join(column["heading"] for column in value["columns"]))
        yield from (" ".join(cells_of(row["values"], value["columns"])) for row in value["rows"])


def cells_of(values: list[str], columns: list[dict[str, str]]) -> Iterator[str]:
    for text, column in zip(values, columns, strict=True):
        yield text if column["type"] == "rich_text" else escape(text)


def minutes_to_read(body: StreamValue) -> int:
    return max(1, math.ceil(len(story_text(body).split()) / WORDS_A_MINUTE))
