"""The table of a run, for a terminal."""

from collections.abc import Iterator, Mapping

from .findings import Finding
from .record import Row

HEADS = ("row", "figure", "", "limit", "ratio", "at least", "hope", "verdict")
# All others are figures.
WORDS = (0, 2, 7)


def table(rows: Mapping[str, Row]) -> str:
    lines = [HEADS, *lines_of(rows)]
    widths = [max(len(line[place]) for line in lines) for place in range(len(HEADS))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if place in WORDS else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def lines_of(rows: Mapping[str, Row]) -> Iterator[tuple[str, ...]]:
    for name, row in rows.items():
        yield from map(cells, row.findings)
        if row.failed:
            yield failed(name, row)


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


def failed(name: str, row: Row) -> tuple[str, ...]:
    return (name, *[""] * (len(HEADS) - 2), f"failed: {row.failed}")


def number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
