"""What was found for each row of the table of promises, and whether it keeps its own."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

WORSE_BY = 0.15


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


HEADS = ("row", "figure", "", "limit", "ratio", "at least", "hope", "verdict")


def table(findings: Iterable[Finding]) -> str:
    rows = [HEADS, *(cells(one) for one in findings)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(HEADS))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if place in (0, 2, 7) else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )


def cells(one: Finding) -> tuple[str, ...]:
    bound = one.at_least if one.at_least is not None else one.at_most
    sign = "≤ " if one.at_most is not None else ""
    return (
        one.key,
        number(one.figure),
        one.unit,
        "" if one.limit is None else f"{number(one.limit)} {one.of}".strip(),
        "" if one.ratio is None else f"{one.ratio:.2f}",
        "" if bound is None else f"{sign}{number(bound)}",
        "" if one.hope is None else number(one.hope),
        one.verdict,
    )


def number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def missed(findings: Iterable[Finding]) -> list[Finding]:
    return [one for one in findings if one.promises and not one.kept]


def as_json(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    return [asdict(one) | {"verdict": one.verdict} for one in findings]


def from_json(rows: Iterable[Mapping[str, Any]]) -> list[Finding]:
    return [Finding(**{name: value for name, value in row.items() if name != "verdict"}) for row in rows]


def compared(before: Sequence[Finding], now: Sequence[Finding]) -> list[str]:
    """A line for each finding that got worse by more than the machine's own drift explains."""
    earlier = {one.key: one for one in before}
    return [
        f"{one.key}: {number(was.judged)} before, {number(one.judged)} now"
        for one in now
        if (was := earlier.get(one.key)) is not None and got_worse(was, one)
    ]


def got_worse(was: Finding, now: Finding) -> bool:
    """By the ratio where both have one: the figure alone says as much about the machine."""
    old, new = was.judged, now.judged
    if (was.ratio is None) != (now.ratio is None):
        old, new = was.figure, now.figure
    if now.less_is_better and now.ratio is None:
        return new > old * (1 + WORSE_BY)
    return new < old * (1 - WORSE_BY)
