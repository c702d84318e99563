"""What a sweep found, for people and for programs."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, order=True)
class Leak:
    """A canary before somebody who has no right to it, or where a cache could keep it for others."""

    kind: str
    target: str
    way: str
    place: str
    where: str
    written: str

    def __str__(self) -> str:
        return (
            f"LEAK {self.place} before {self.kind}: {self.target} ({self.way}), "
            f"in the {self.where}, {self.written}"
        )


@dataclass
class Report:
    """``troubles`` are what kept the sweep from being whole: a sweep that saw nothing proves nothing."""

    asked: int = 0
    addresses: set[str] = field(default_factory=set)
    kinds: list[str] = field(default_factory=list)
    leaks: set[Leak] = field(default_factory=set)
    missing: list[str] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        return not (self.leaks or self.missing or self.troubles)

    @property
    def lines(self) -> Iterator[str]:
        yield from map(str, sorted(self.leaks))
        yield from (f"MISSING {what}" for what in self.missing)
        yield from (f"TROUBLE {what}" for what in self.troubles)
        yield self.summary

    @property
    def summary(self) -> str:
        swept = (
            f"{self.asked} answers, {len(self.addresses)} addresses, as {', '.join(self.kinds) or 'nobody'}"
        )
        if self.clean:
            return f"No leak: {swept}. Who has a right saw what it opens."
        counts = f"{len(self.leaks)} leaks, {len(self.missing)} missing, {len(self.troubles)} troubles"
        return f"NOT CLEAN: {counts}. {swept}."

    def as_json(self) -> dict[str, Any]:
        return {
            "clean": self.clean,
            "asked": self.asked,
            "addresses": len(self.addresses),
            "kinds": self.kinds,
            "leaks": [asdict(leak) for leak in sorted(self.leaks)],
            "missing": self.missing,
            "troubles": self.troubles,
        }
