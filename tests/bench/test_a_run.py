"""A run goes on after a row that failed, and leaves what it had wherever it ends."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from . import programme
from .bench import QUICK, Bench
from .findings import Finding
from .programme import Part, measure_all
from .record import NOT_ENDED, Record, earlier_rows, read
from .run import BrokenOff, parse
from .spent import Spent, seconds_of

HERE = {"processor": "ours"}
FOUND = {"row": "visitor", "name": "home", "figure": 9.0, "unit": "/s"}
BURN = "import time\nwhile time.process_time() < 0.2: pass"


def finds(bench: Bench) -> None:
    bench.found(**FOUND)


def fails(bench: Bench) -> None:
    bench.found(**FOUND)
    raise ValueError("no figures")


def stops(bench: Bench) -> None:
    bench.found(**FOUND)
    raise BrokenOff


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """With rows that need no servers."""
    for name, measure in {"visitor": finds, "cold": fails, "reader": stops}.items():
        monkeypatch.setitem(programme.ROWS, name, Part(measure))
    record = Record(tmp_path / "latest.json", HERE)
    return Bench(None, None, QUICK, print, record)  # type: ignore[arg-type]


def test_a_row_that_fails_says_why_and_the_next_is_measured(bench: Bench) -> None:
    measure_all(bench, ["cold", "visitor"])
    rows = read(bench.record.file).rows
    assert rows["cold"].failed == "ValueError: no figures"
    assert rows["visitor"].failed == ""
    assert [row.findings for row in rows.values()] == [[Finding(**FOUND)]] * 2
    assert list(rows["cold"].missed("cold")) == ["cold: failed: ValueError: no figures"]


def test_a_run_that_is_broken_off_leaves_what_it_had(bench: Bench) -> None:
    with pytest.raises(BrokenOff):
        measure_all(bench, ["visitor", "reader", "cold"])
    rows = read(bench.record.file).rows
    assert {name: row.failed for name, row in rows.items()} == {"visitor": "", "reader": NOT_ENDED}
    assert rows["reader"].findings == [Finding(**FOUND)]


def test_rows_that_are_not_measured_again_stay_if_the_machine_is_the_same(bench: Bench) -> None:
    measure_all(bench, ["visitor"])
    assert list(earlier_rows(bench.record.file, HERE)) == ["visitor"]
    assert earlier_rows(bench.record.file, {"processor": "another"}) == {}


def test_what_no_run_wrote_is_refused_as_a_baseline_and_otherwise_written_over(tmp_path: Path) -> None:
    other = tmp_path / "other.json"
    other.write_text(json.dumps({"findings": [], "rows": ["visitor"], "machine": HERE}))
    with pytest.raises(ValueError, match="no record of a run"):
        read(other)
    assert earlier_rows(other, HERE) == {}


def test_rows_are_measured_as_they_are_asked_for() -> None:
    assert parse(["--only", "unlock,visitor"]).rows == ["unlock", "visitor"]
    assert parse([]).rows == list(programme.ROWS)
    with pytest.raises(SystemExit):
        parse(["--only", "unlok"])


def test_the_time_of_processes_that_ended_counts() -> None:
    before = seconds_of(os.getpid())
    subprocess.run([sys.executable, "-c", BURN], check=True)
    assert seconds_of(os.getpid()) - before > 0.15


def test_time_is_told_for_each_request() -> None:
    each = (Spent(3, 2) - Spent(1, 1)).each_of(1_000)
    assert each == Spent(site=2, database=1)
