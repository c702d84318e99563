"""The figures of the last run, as the table in docs/performance.md."""

from collections.abc import Iterator, Mapping

from briefings_site.demo.children import ROOT

from .printed import HEADS, cells, failed
from .record import Record, Row

DOCUMENT = ROOT / "docs" / "performance.md"
BEGIN = "<!-- figures: written by python -m tests.bench --document -->"
END = "<!-- end of figures -->"


def rewrite(record: Record) -> int:
    """0. Raises ValueError where there is no place for it."""
    text = DOCUMENT.read_text()
    if BEGIN not in text or END not in text:
        raise ValueError(f"the marks in {DOCUMENT} are missing")
    before, _, rest = text.partition(BEGIN)
    after = rest.partition(END)[2]
    DOCUMENT.write_text(f"{before}{BEGIN}\n{figures(record)}\n{END}{after}")
    return 0


def figures(record: Record) -> str:
    where = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in record.machine.items())
    return "\n".join([*(f"{line}." for line in (*when(record.rows), where)), "", *as_markdown(record.rows)])


def when(rows: Mapping[str, Row]) -> Iterator[str]:
    """Rows of one run together; those that were measured anew say so."""
    runs: dict[tuple[str, bool], list[str]] = {}
    for name, row in rows.items():
        runs.setdefault((row.at[:10], row.quick), []).append(name)
    for (day, quick), names in runs.items():
        minutes = sum(rows[name].seconds for name in names) / 60
        length = "quick turns" if quick else "whole turns"
        yield f"{day}, {length}, {minutes:.0f} minutes: {', '.join(names)}"


def as_markdown(rows: Mapping[str, Row]) -> Iterator[str]:
    yield line(*HEADS, "notes")
    yield "|" + "---|" * (len(HEADS) + 1)
    for name, row in rows.items():
        for one in row.findings:
            drift = "" if one.drift is None else f"the limit drifted by {one.drift:.0%}"
            yield line(*cells(one), ", ".join(part for part in (one.note, drift) if part))
        if row.failed:
            yield line(*failed(name, row), "")


def line(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "/").replace("\n", " ") for cell in cells) + " |"
