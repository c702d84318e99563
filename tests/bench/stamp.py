"""What the stored newsrooms were made of: with another it is another newsroom, and is made anew."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from briefings_site.demo.children import ROOT

HERE = Path(__file__).parent
FLOORS = ("credits", "accounts", "insights", "articles")
WRITERS = (
    "names",
    "sizes",
    "words",
    "newsroom",
    "copies",
    "readership",
    "history",
    "fill",
    "settings",
    "environment",
)
# Whose work is stored with every briefing.
STORED = ("articles/search.py", "articles/story.py", "articles/tasks.py", "articles/models/picture.py")


def stamp() -> str:
    digest = hashlib.sha256()
    for path in sorted(sources()):
        digest.update(f"{path.relative_to(ROOT)}\0".encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def sources() -> Iterator[Path]:
    yield from (HERE / f"{name}.py" for name in WRITERS)
    yield from (ROOT / name for name in STORED)
    for floor in FLOORS:
        yield from (ROOT / floor).glob("migrations/*.py")
        yield from (ROOT / floor).glob("sql/*.sql")
