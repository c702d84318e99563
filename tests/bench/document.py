"""The figures of the last run, as the table in docs/performance.md."""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from briefings_site.demo.children import ROOT

from .findings import HEADS, Finding, cells, from_json

DOCUMENT = ROOT / "docs" / "performance.md"
BEGIN = "<!-- figures: written by python -m tests.bench --document -->"
END = "<!-- end of figures -->"


def rewrite(latest: Path) -> int:
    """0, or 2 where there is nothing to write or no place for it."""
    text = DOCUMENT.read_text()
    if not latest.exists() or BEGIN not in text or END not in text:
        print(f"bench: {latest} or the marks in {DOCUMENT} are missing", file=sys.stderr)
        return 2
    before, _, rest = text.partition(BEGIN)
    after = rest.partition(END)[2]
    DOCUMENT.write_text(f"{before}{BEGIN}\n{figures(json.loads(latest.read_text()))}\n{END}{after}")
    return 0


def figures(told: Mapping[str, Any]) -> str:
    machine = told["machine"]
    length = "a short run" if told["quick"] else "a whole run"
    where = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in machine.items())
    said = f"{told['at'][:10]}, {length}. {where}."
    return "\n".join([said, "", *as_markdown(from_json(told["findings"]))])


def as_markdown(findings: Sequence[Finding]) -> Iterator[str]:
    yield "| " + " | ".join([*HEADS, "notes"]) + " |"
    yield "|" + "---|" * (len(HEADS) + 1)
    for one in findings:
        drift = "" if one.drift is None else f"the limit drifted by {one.drift:.0%}"
        notes = ", ".join(part for part in (one.note, drift) if part)
        yield "| " + " | ".join([*cells(one), notes]) + " |"
