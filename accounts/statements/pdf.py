"""A statement as an A4 document: what it says, before `paper` draws it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import capfirst

from credits.period_statements import Statement
from credits.statements import StatementLine

from .columns import Column
from .periods import Period

# Two seconds of drawing. Longer statements are had as CSV, or in parts.
MOST_LINES = 2000
COLUMNS = (
    Column("Date", 35),
    Column("What", 33),
    Column("For", 60),
    Column("Credits", 18, figures=True),
    Column("Balance", 20, figures=True),
)


@dataclass(frozen=True, kw_only=True)
class Document:
    statement: Statement
    period: Period
    reader: str
    drawn_up: datetime

    def draw(self) -> bytes:
        # The library that draws takes 20 MiB of every process that has it, and few ever draw.
        from .paper import Paper

        paper = Paper(
            title=f"{settings.SITE_NAME}: statement of credits, {self.period}",
            site=settings.SITE_NAME,
            footnote=self.footnote,
            at=self.drawn_up,
            signs=self.signs,
        )
        paper.begin("Statement of credits", self.reader, capfirst(str(self.period)))
        paper.figures(self.figures)
        paper.ruled_table(COLUMNS, self.rows, empty="Nothing came in and nothing went out in these days.")
        return bytes(paper.output())

    @cached_property
    def rows(self) -> list[tuple[str, ...]]:
        return [cells(line) for line in self.statement.in_order()]

    @property
    def signs(self) -> set[int]:
        return {ord(sign) for text in self.said() for sign in text}

    def said(self) -> Iterator[str]:
        yield from (self.reader, settings.SITE_NAME)
        for row in self.rows:
            yield from row

    @property
    def figures(self) -> list[tuple[str, str]]:
        drawn = self.statement
        return [
            ("Opening balance", f"{drawn.opening:,}"),
            ("Came in", f"{drawn.came:,}"),
            ("Went out", f"{-drawn.went:,}"),
            ("Closing balance", f"{drawn.closing:,}"),
            *([("You owe", f"{drawn.closing_owed:,}")] if drawn.closing_owed else []),
        ]

    @property
    def footnote(self) -> str:
        return f"Drawn up {moment(self.drawn_up)}. All times are {timezone.get_current_timezone_name()}."


def cells(line: StatementLine) -> tuple[str, ...]:
    owing = f"; you owed {line.owed_after:,} then" if line.owed_after else ""
    return (moment(line.when), line.what, line.reason + owing, line.signed, f"{line.balance_after:,}")


def moment(when: datetime) -> str:
    return date_format(timezone.localtime(when), "j M Y, H:i")
