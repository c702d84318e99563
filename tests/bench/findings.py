"""What was found for each row of the table of promises, and whether it keeps its own."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A ``figure``, and where it is measured against another in the same run, that ``limit`` and the ratio.

    ``at_least`` and ``hope`` are of the ratio, or of the figure where there is none; ``at_most`` likewise.
    A finding with neither promises nothing: it is there to be compared with.
    """

    row: str
    name: str
    figure: float
    unit: str
    limit: float | None = None
    of: str = ""
    ratio: float | None = None
    at_least: float | None = None
    at_most: float | None = None
    hope: float | None = None
    drift: float | None = None
    note: str = ""

    @property
    def key(self) -> str:
        return f"{self.row}: {self.name}"

    @property
    def judged(self) -> float:
        return self.figure if self.ratio is None else self.ratio

    @property
    def promises(self) -> bool:
        return self.at_least is not None or self.at_most is not None

    @property
    def kept(self) -> bool:
        enough = self.at_least is None or self.judged >= self.at_least
        return enough and (self.at_most is None or self.judged <= self.at_most)

    @property
    def less_is_better(self) -> bool:
        return self.at_most is not None or self.unit in ("ms", "MiB", "KB", "queries")

    @property
    def verdict(self) -> str:
        if not self.promises:
            return ""
        if not self.kept:
            return "MISSED"
        if self.hope is None:
            return "kept"
        hoped = self.judged <= self.hope if self.at_most is not None else self.judged >= self.hope
        return "hoped for" if hoped else "kept"


def missed(findings: Iterable[Finding]) -> list[Finding]:
    return [one for one in findings if one.promises and not one.kept]


def as_json(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    return [asdict(one) | {"verdict": one.verdict} for one in findings]


def from_json(rows: Iterable[Mapping[str, Any]]) -> list[Finding]:
    return [Finding(**{name: value for name, value in row.items() if name != "verdict"}) for row in rows]
