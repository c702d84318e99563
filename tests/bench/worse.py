"""What got worse since an earlier run."""

from collections.abc import Iterator, Mapping

from .findings import Finding
from .printed import number
from .record import Row

WORSE_BY = 0.15


def compared(before: Mapping[str, Row], now: Mapping[str, Row]) -> Iterator[str]:
    """A line for each finding that got worse by more than the machine's own drift explains, or is missing."""
    for name, row in now.items():
        if name in before:
            yield from of_a_row(before[name], row)
            if row.failed and not before[name].failed:
                yield f"{name}: failed: {row.failed}"


def of_a_row(before: Row, now: Row) -> Iterator[str]:
    found = {one.key: one for one in now.findings}
    for was in before.findings:
        one = found.get(was.key)
        if one is None:
            yield f"{was.key}: {number(was.judged)} before, not found now"
        elif got_worse(*alike(was, one), less_is_better=one.less_is_better):
            yield "{}: {} before, {} now".format(was.key, *map(number, alike(was, one)))


def alike(was: Finding, now: Finding) -> tuple[float, float]:
    """The ratios, where both have one: the figure alone says as much about the machine."""
    if was.ratio is None or now.ratio is None:
        return was.figure, now.figure
    return was.ratio, now.ratio


def got_worse(was: float, now: float, *, less_is_better: bool) -> bool:
    return now > was * (1 + WORSE_BY) if less_is_better else now < was * (1 - WORSE_BY)
