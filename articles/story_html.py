"""A story as its page and the feeds show it: most are written once for as long as their words stay."""

import hashlib
import json

from wagtail.blocks import StreamValue

from .versions import kept_by

# Blocks that show nothing of another page or picture, which may change while the story does not.
ALONE = {"paragraph", "heading", "quote", "table", "embed"}
# How rich text names another page, a document or a picture.
NAMES_ANOTHER = ("linktype=", "<embed")


def story_html(body: StreamValue, *, path: str) -> str:
    """``path``: in the tree, of the page that it is read on."""
    written = json.dumps(list(body.raw_data), sort_keys=True)
    if not stands_alone(body, written):
        return str(body.render_as_block({"read_on": path}))
    key = hashlib.sha256(written.encode()).hexdigest()
    return kept_by(f"story:{key}", lambda: str(body), shared=True)


def stands_alone(body: StreamValue, written: str) -> bool:
    kinds = {block["type"] for block in body.raw_data}
    return kinds <= ALONE and not any(sign in written for sign in NAMES_ANOTHER)
