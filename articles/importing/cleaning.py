"""Imported HTML is cleaned twice: bleach removes and links, nh3 has the last word and is the boundary."""

from typing import Any

import bleach
import nh3

INLINE = {"a", "b", "strong", "i", "em", "sup", "sub", "br"}
BLOCKS = {"p", "ul", "ol", "li"}
SCHEMES = {"http", "https", "mailto"}


def clean_inline(html: str) -> str:
    return cleaned(html, INLINE)


def clean_blocks(html: str) -> str:
    return cleaned(html, INLINE | BLOCKS)


def cleaned(html: str, tags: set[str]) -> str:
    attributes = {"a": ["href"]}
    first = bleach.clean(html, tags=tags, attributes=attributes, protocols=SCHEMES, strip=True)
    linked = bleach.linkify(first, callbacks=[http_only], parse_email=False)
    return nh3.clean(
        linked, tags=tags, attributes={"a": {"href"}}, url_schemes=SCHEMES, link_rel=None
    ).strip()


def http_only(attributes: Any, new: bool = False) -> Any:
    """Link what is written out as an address, not every word with a dot in it."""
    attributes.pop((None, "rel"), None)
    return None if new and not attributes["_text"].startswith(("http://", "https://")) else attributes
