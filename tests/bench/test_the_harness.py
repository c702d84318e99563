"""The benchmark reads what it is told rightly, and calls a broken promise by its name."""

from collections.abc import Iterable
from dataclasses import replace

import pytest

from .document import as_markdown
from .findings import Finding, as_json, from_json, missed
from .load import Figures, LoadError, drift_of, figures_in, in_turns, ratio_of, written
from .printed import table
from .queries import statements_in
from .record import Row
from .smallest import told_by_pgbench
from .tools import ToolMissing, programs
from .worse import compared

TOLD = (
    'Running 2s test\nFIGURES {"requests": 4000, "microseconds": 2000000, "bytes": 1, "refused": 0, '
    '"failed": 0, "p50": 900, "p99": 12000, "longest": 30000, "ran_out": 0, "taken": 4100}\n'
)
RATIO = Finding(
    row="visitor",
    name="home",
    figure=900,
    unit="/s",
    limit=1000,
    of="bare",
    ratio=0.9,
    at_least=0.8,
    hope=2.0,
)
SLOWEST = Finding(row="search", name="p99", figure=40, unit="ms", at_most=50)
ONLY_TOLD = Finding(row="visitor", name="home beside nginx", figure=900, unit="/s")
GROWS = Finding(row="memory", name="last third", figure=200, unit="MiB", limit=200, ratio=1.0, at_most=1.03)


def ended(*findings: Finding, failed: str = "") -> dict[str, Row]:
    return {"some": Row("2026-11-23 04:00", quick=True, failed=failed, findings=list(findings))}


def test_what_wrk_tells_is_read() -> None:
    assert figures_in(TOLD) == Figures(rate=2000, p50=0.9, p99=12, longest=30, requests=4000, taken=4100)


@pytest.mark.parametrize("wrong", ["refused", "failed", "ran_out"])
def test_figures_of_answers_that_were_none_are_refused(wrong: str) -> None:
    with pytest.raises(LoadError):
        figures_in(TOLD.replace(f'"{wrong}": 0', f'"{wrong}": 3'))
    with pytest.raises(LoadError, match="nothing was answered"):
        figures_in(TOLD.replace('"requests": 4000', '"requests": 0'))
    with pytest.raises(LoadError, match="no figures: it broke"):
        figures_in("it broke")


def test_what_pgbench_tells_is_read() -> None:
    told = (
        "number of transactions actually processed: 11600\nnumber of failed transactions: 0 (0.000%)\n"
        "latency average = 1.379 ms\ntps = 5800.5 (without initial connection time)\n"
    )
    assert told_by_pgbench(told).rate == 5800.5
    with pytest.raises(LoadError):
        told_by_pgbench(told.replace("transactions: 0 ", "transactions: 1 "))


def test_statements_are_counted_and_what_keeps_a_connection_is_not() -> None:
    log = (
        "2026 [7] LOG:  statement: BEGIN\n2026 [7] LOG:  execute <unnamed>: SELECT 1 FROM a\n"
        "2026 [7] LOG:  execute _pg3_1: \n2026 [7] LOG:  statement: \n"
        "2026 [8] LOG:  statement: SELECT 2\n2026 [7] DETAIL:  Parameters: $1 = '7'\n"
        "2026 [7] LOG:  statement: COMMIT\n"
        "2026 [9] LOG:  statement: ALTER SYSTEM SET log_statement = 'none'\n"
    )
    assert statements_in(log) == ["SELECT 1 FROM a", "SELECT 2"]


def test_a_request_comes_from_behind_a_proxy() -> None:
    assert written("/x", method="POST", body=b"a=1").startswith(b"POST /x HTTP/1.1\r\nHost: ")
    assert b"X-Forwarded-Proto: https\r\n" in written("/x")
    assert written("/x", method="POST", body=b"a=1").endswith(b"Content-Length: 3\r\n\r\na=1")


def test_ratios_are_those_of_the_rounds() -> None:
    assert ratio_of([50, 100, 10], [100, 100, 10]) == 1.0
    assert drift_of([90, 100, 120]) == pytest.approx(0.3)


@pytest.mark.parametrize(
    ("finding", "verdict"),
    [
        (RATIO, "kept"),
        (replace(RATIO, ratio=2.1), "hoped for"),
        (replace(RATIO, ratio=0.79), "MISSED"),
        (SLOWEST, "kept"),
        (replace(SLOWEST, figure=50.1), "MISSED"),
        (replace(SLOWEST, hope=45), "hoped for"),
        (ONLY_TOLD, ""),
    ],
)
def test_a_verdict_is_by_the_promise(finding: Finding, verdict: str) -> None:
    assert finding.verdict == verdict
    assert (finding in missed([finding])) == (verdict == "MISSED")
    assert verdict in table(ended(finding))


def test_findings_come_back_as_they_were_kept() -> None:
    assert from_json(as_json([RATIO, SLOWEST])) == [RATIO, SLOWEST]


@pytest.mark.parametrize(
    ("was", "now", "worse"),
    [
        (RATIO, replace(RATIO, ratio=0.7), True),
        (RATIO, replace(RATIO, ratio=0.85), False),
        # The machine is slower, and the limit with it.
        (RATIO, replace(RATIO, figure=90, limit=100), False),
        (SLOWEST, replace(SLOWEST, figure=49), True),
        (SLOWEST, replace(SLOWEST, figure=12), False),
        (ONLY_TOLD, replace(ONLY_TOLD, figure=90), True),
        (GROWS, replace(GROWS, ratio=1.2), True),
        (GROWS, replace(GROWS, ratio=0.8), False),
    ],
)
def test_what_got_worse_is_named(was: Finding, now: Finding, worse: bool) -> None:
    assert rows_named(compared(ended(was), ended(now))) == ([now.row] if worse else [])


def rows_named(lines: Iterable[str]) -> list[str]:
    return [line.partition(":")[0] for line in lines]


def test_what_is_missing_or_failed_now_got_worse() -> None:
    broke = ended(RATIO, failed="it broke")
    assert rows_named(compared(ended(RATIO, SLOWEST), broke)) == ["search", "some"]
    assert rows_named(compared(broke, broke)) == []


def test_the_document_has_a_line_for_each_finding_and_for_a_row_that_failed() -> None:
    lines = list(as_markdown(ended(RATIO, SLOWEST, failed="a | b\nc")))
    assert len(lines) == 5
    assert all(line.count("|") == lines[0].count("|") for line in lines)
    assert "failed: a / b c" in lines[-1]


def test_turns_go_there_and_back_again() -> None:
    order: list[str] = []
    measures = {name: lambda name=name: order.append(name) for name in "ab"}
    in_turns(3, measures)  # type: ignore[arg-type]
    assert order == ["a", "b", "b", "a", "a", "b"]


def test_a_missing_program_is_named_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda name, path: None if name == "wrk" else name)
    with pytest.raises(ToolMissing, match="no wrk here: apt-get install wrk"):
        programs()
