"""What all of a run's people share."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass

from .journal import Journal
from .marks import Briefing
from .post import PostOffice
from .tally import Tally


@dataclass(frozen=True)
class World:
    port: int
    briefings: Sequence[Briefing]
    journal: Journal
    tally: Tally
    post: PostOffice
    stopping: threading.Event

    def at(self, path: str) -> Briefing | None:
        return next((briefing for briefing in self.briefings if briefing.path == path), None)
