"""What was planted, where, and who may see it: the sweep knows nothing else of a site."""

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

VERSION = 1


class BadManifest(Exception):
    pass


@dataclass(frozen=True)
class Place:
    """One gated part of one briefing. ``page`` is the state it stands for, such as ``dear``."""

    page: str
    part: str

    def __str__(self) -> str:
        return f"{self.page}/{self.part}"


@dataclass(frozen=True)
class PlantedPage:
    id: int
    path: str
    title: str
    revisions: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class PlantedReader:
    """``sees`` must be found in this reader's answers, ``may_see`` can be, and nothing else may be.

    Who has neither password nor session comes as a visitor. Who ``leaves`` signs out first and then shows
    the old session again; who is ``refused`` must not get in by the password.
    """

    sees: list[Place]
    may_see: list[Place] = field(default_factory=list)
    email: str = ""
    password: str = ""
    session: str = ""
    leaves: bool = False
    refused: bool = False

    @property
    def allowed(self) -> set[Place]:
        return {*self.sees, *self.may_see}


@dataclass(frozen=True)
class Manifest:
    seed: str
    session_cookie: str
    pages: dict[str, PlantedPage]
    words: dict[str, Place]
    readers: dict[str, PlantedReader]
    desks: list[int] = field(default_factory=list)
    files: list[str] = field(default_factory=list)

    def words_of(self, places: list[Place]) -> set[str]:
        return {word for word, place in self.words.items() if place in places}

    def write(self, file: Path) -> None:
        """For its owner's eyes alone: it holds passwords, and says where to look."""
        file.parent.mkdir(parents=True, exist_ok=True)
        new = file.with_name(f"{file.name}.new")
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
            os.fchmod(out.fileno(), 0o600)
            json.dump({"version": VERSION, **asdict(self)}, out, indent=1)
        new.replace(file)

    @classmethod
    def read(cls, file: Path) -> "Manifest":
        try:
            return cls.of(json.loads(file.read_text("utf-8")))
        except OSError as error:
            raise BadManifest(f"{file} cannot be read: {error.strerror}") from error
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise BadManifest(f"{file} is no manifest of plant_canaries") from error

    @classmethod
    def of(cls, data: dict[str, Any]) -> "Manifest":
        if data.pop("version") != VERSION:
            raise ValueError
        return cls(
            **data
            | {
                "pages": {name: PlantedPage(**page) for name, page in data["pages"].items()},
                "words": {word: Place(**place) for word, place in data["words"].items()},
                "readers": {kind: reader_of(reader) for kind, reader in data["readers"].items()},
            }
        )


def reader_of(data: dict[str, Any]) -> PlantedReader:
    places = {name: [Place(**place) for place in data[name]] for name in ("sees", "may_see")}
    return PlantedReader(**data | places)
