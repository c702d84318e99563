"""A statement as CSV (RFC 4180): plain numbers, and no text that a spreadsheet would work out.

It begins with a byte order mark, without which Excel takes UTF-8 for the local code page. Whoever reads
it with a program asks for ``utf-8-sig``.
"""

import csv
import re
import unicodedata
from collections.abc import Iterable, Iterator
from itertools import islice

from django.utils import timezone

from credits.period_statements import Statement
from credits.statements import StatementLine

from .periods import Period

MARK = "\ufeff"
HEADINGS = ["Date", "What", "For", "Credits", "Balance", "You owe", "Transaction", "Reference"]
FORMULA = "=+-@|%"
# Where a reader's settings make the semicolon the separator, a formula may begin behind one.
BEHIND_A_SEMICOLON = re.compile(rf";(?=[\s'\"]*[{re.escape(FORMULA)}＝＋－−＠])")
SENT = 500
Cell = str | int


class Echo:
    """A file that hands back what is written, for a response that is sent row by row."""

    def write(self, row: str) -> str:
        return row


def sheet(statement: Statement, period: Period) -> Iterator[bytes]:
    yield MARK.encode()
    written = (write(row) for row in rows(statement, period))
    while some := "".join(islice(written, SENT)):
        yield some.encode()


def write(row: list[Cell]) -> str:
    cells = [plain(cell) if isinstance(cell, str) else cell for cell in row]
    written: str = csv.writer(Echo(), quoting=csv.QUOTE_NONNUMERIC).writerow(cells)
    return written


def rows(statement: Statement, period: Period) -> Iterable[list[Cell]]:
    first, last = (day.isoformat() if day else "" for day in (period.start, period.end))
    yield list(HEADINGS)
    yield [first, "Opening balance", "", "", statement.opening, statement.opening_owed, "", ""]
    yield from map(row, statement.in_order())
    yield [last, "Closing balance", "", "", statement.closing, statement.closing_owed, "", ""]


def row(line: StatementLine) -> list[Cell]:
    when = timezone.localtime(line.when).isoformat(timespec="seconds")
    figures = [line.amount, line.balance_after, line.owed_after, line.transaction_id]
    return [when, line.what, line.reason, *figures, line.reference]


def plain(text: str) -> str:
    """The text on one line, with an apostrophe before whatever could begin a formula."""
    line = text if text.isprintable() else "".join(map(shown, text))
    line = BEHIND_A_SEMICOLON.sub(";'", line)
    return f"'{line}" if begins_a_formula(text) else line


def shown(sign: str) -> str:
    return " " if unicodedata.category(sign) in ("Cc", "Zl", "Zp") else sign


def begins_a_formula(text: str) -> bool:
    """Seen as the most obliging spreadsheet sees it: blanks and quotes before it skipped, widths alike."""
    if not text or text[0].isalnum():
        return False
    seen = unicodedata.normalize("NFKC", text).replace("−", "-")
    bare = "".join(sign for sign in seen if unicodedata.category(sign)[0] not in "ZC")
    return seen[:1] in ("\t", "\r", "\n") or bare.lstrip("'\"`‘’“”„«»").startswith(tuple(FORMULA))
