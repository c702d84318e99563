"""Every briefing that is for sale, as the database has it, with some of the words that are sold."""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from html import unescape
from typing import Any

from .marks import Briefing

FOR_SALE = """
SELECT p.translation_key::text, p.url_path, p.id, b.price, b.key_insights, b.takeaways, b.executive_actions
FROM articles_briefingpage b JOIN wagtailcore_page p ON p.id = b.page_ptr_id
WHERE p.live AND b.price > 0 AND b.key_insights_access = 'locked' AND b.takeaways_access = 'locked'
    AND b.executive_actions_access = 'locked'
ORDER BY p.url_path"""
SOLD = ("statement", "text", "action", "evidence", "measure")
LONG_ENOUGH = 12
A_TAG = re.compile(r"<[^>]+>")


def briefings_of(ask: Callable[[str], list[tuple[Any, ...]]]) -> list[Briefing]:
    return [
        Briefing(
            key=key,
            path="/" + path.split("/", 2)[2],
            page_id=number,
            price=price,
            words=tuple(sold_in(streams)),
        )
        for key, path, number, price, *streams in ask(FOR_SALE)
    ]


def sold_in(streams: Sequence[Any]) -> Iterator[str]:
    """Unbroken runs of text from each gated block."""
    for stream in streams:
        for block in json.loads(stream) if isinstance(stream, str) else stream:
            for name in SOLD:
                runs = A_TAG.split(block["value"].get(name) or "")
                yield from (unescape(run).strip() for run in runs if len(run.strip()) >= LONG_ENOUGH)
