"""What the stand-in knows: tables of plain objects by id, kept in one file when it was given a folder.

Keys that begin with an underscore are for our own use, and never answered.
"""

import json
import secrets
import string
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .errors import missing

Object = dict[str, Any]
LETTERS = string.ascii_letters + string.digits
NAME = "stripe.json"


class Store:
    def __init__(self, folder: Path | None = None) -> None:
        self.file = folder / NAME if folder else None
        self.tables: dict[str, dict[str, Object]] = {}
        self.facts: dict[str, Any] = {}
        self.undelivered: list[Object] = []
        if self.file and self.file.exists():
            kept = json.loads(self.file.read_text())
            self.tables, self.facts = kept["tables"], kept["facts"]
            self.undelivered = kept.get("undelivered", [])

    def keep(self, undelivered: list[Object]) -> None:
        if self.file is None:
            return
        draft = self.file.with_suffix(".part")
        draft.write_text(json.dumps({"tables": self.tables, "facts": self.facts, "undelivered": undelivered}))
        draft.replace(self.file)

    def clear(self) -> None:
        self.tables, self.facts = {}, {}

    def table(self, kind: str) -> dict[str, Object]:
        return self.tables.setdefault(kind, {})

    def put(self, kind: str, obj: Object) -> Object:
        self.table(kind)[obj["id"]] = obj
        return obj

    def find(self, kind: str, wanted: str | None) -> Object | None:
        return self.table(kind).get(wanted or "")

    def get(self, kind: str, wanted: str | None, *, param: str = "id") -> Object:
        """Raises ApiError, as Stripe answers for an id it does not have."""
        if (found := self.find(kind, wanted)) is None:
            raise missing(kind.replace(".", " ").replace("_", " "), wanted, param=param)
        return found

    def the(self, kind: str, wanted: str | None) -> Object:
        """What another of our objects names, and which is therefore here."""
        return self.table(kind)[wanted or ""]

    def where(self, kind: str, **facts: Any) -> Iterator[Object]:
        for obj in list(self.table(kind).values()):
            if all(obj.get(name) == value for name, value in facts.items()):
                yield obj


def new_id(prefix: str, length: int = 24) -> str:
    return prefix + "_" + "".join(secrets.choice(LETTERS) for _ in range(length))
