"""What a run has found so far: on disk as soon as it is found, for whoever breaks it off."""

import json
import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .findings import Finding, as_json, from_json, missed

# What a row has to say for itself until it is at its end.
NOT_ENDED = "broken off"


@dataclass
class Row:
    """``failed`` says why it did not come to its end; it is empty for one that did."""

    at: str
    quick: bool
    seconds: float = 0.0
    failed: str = NOT_ENDED
    findings: list[Finding] = field(default_factory=list)

    def missed(self, name: str) -> Iterator[str]:
        yield from (one.key for one in missed(self.findings))
        if self.failed:
            yield f"{name}: failed: {self.failed}"


@dataclass
class Record:
    """Rows by name; one of them is being measured."""

    file: Path
    machine: Mapping[str, str]
    rows: dict[str, Row] = field(default_factory=dict)
    now: Row = field(init=False)
    begun: float = field(init=False)

    def begin(self, name: str, *, quick: bool) -> None:
        self.now = self.rows[name] = Row(time.strftime("%Y-%m-%d %H:%M", time.gmtime()), quick)
        self.begun = time.monotonic()
        self.write()

    def add(self, finding: Finding) -> None:
        self.now.findings.append(finding)
        self.write()

    def end(self, *, failed: str = "") -> None:
        self.now.failed = failed
        self.now.seconds = round(time.monotonic() - self.begun, 1)
        self.write()

    def write(self) -> None:
        """At once or not at all."""
        told = {"machine": self.machine, "rows": {name: as_told(row) for name, row in self.rows.items()}}
        fresh = self.file.with_suffix(".new")
        fresh.write_text(json.dumps(told, indent=1) + "\n")
        os.replace(fresh, self.file)


def as_told(row: Row) -> dict[str, Any]:
    return vars(row) | {"findings": as_json(row.findings)}


def read(file: Path) -> Record:
    """Raises OSError, and ValueError where it is not what a run has written."""
    told = json.loads(file.read_text())
    if not isinstance(told, dict) or not isinstance(told.get("rows"), dict):
        raise ValueError(f"{file} is no record of a run")
    rows = {name: Row(**row | {"findings": from_json(row["findings"])}) for name, row in told["rows"].items()}
    return Record(file, told["machine"], rows)


def earlier_rows(file: Path, machine: Mapping[str, str]) -> dict[str, Row]:
    """Of this machine: what was measured on another stands in no table with what is measured here."""
    try:
        earlier = read(file)
    except (OSError, ValueError):
        return {}
    return earlier.rows if earlier.machine == machine else {}
