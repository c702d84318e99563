"""What a reader can take home of their wallet: the days asked for, as a page, as CSV and as PDF."""

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pypdf import PdfReader

from accounts.models import User
from accounts.statements.periods import offered
from accounts.statements.spreadsheet import plain
from credits import ledger
from credits.models import LotKind

from .conftest import make_reader

pytestmark = pytest.mark.django_db
BAD = [
    ("from=2026-02-30", "Write a day as 2026-01-31."),
    ("to=yesterday", "Write a day as 2026-01-31."),
    ("from=0001-01-01", "Choose a day from 2000 to 2999."),
    ("to=9999-12-31", "Choose a day from 2000 to 2999."),
    ("from=2026-02-02&to=2026-02-01", "The last day must not come before the first."),
    ("from=%00&to=%F0%9F", "Write a day as 2026-01-31."),
]


@pytest.fixture
def filled(reader: User) -> User:
    give(reader, 5, "A present")
    ledger.spend(wallet_id=reader.wallet_id, amount=2, key="unlock:x", reason="Unlocked “X”", reference="x")
    return reader


def give(reader: User, amount: int, reason: str, number: int = 0) -> ledger.Posting:
    key = f"{reader.pk}:{reason}:{number}"[:200]
    return ledger.grant(
        wallet_id=reader.wallet_id, amount=amount, kind=LotKind.PROMOTIONAL, reason=reason, key=key
    )


def sheet(client: Client, query: str = "") -> list[list[str]]:
    response = client.get(f"/credits/statement.csv?{query}")
    assert response.status_code == 200
    sent = b"".join(response.streaming_content)  # type: ignore[attr-defined]
    assert sent.startswith(b"\xef\xbb\xbf")
    assert sent.count(b"\r\n") == sent.count(b"\n")
    return list(csv.reader(io.StringIO(sent.decode("utf-8-sig"), newline="")))


def paper(client: Client, query: str = "") -> PdfReader:
    response = client.get(f"/credits/statement.pdf?{query}")
    assert (response.status_code, response["Content-Type"]) == (200, "application/pdf")
    return PdfReader(io.BytesIO(response.content))


def words(document: PdfReader) -> str:
    return " ".join(" ".join(page.extract_text() for page in document.pages).split())


def test_the_csv_holds_every_line_with_plain_numbers(signed_in: Client, filled: User) -> None:
    headings, opening, grant, spend, closing = sheet(signed_in)
    assert headings == ["Date", "What", "For", "Credits", "Balance", "You owe", "Transaction", "Reference"]
    assert opening[1:6] == ["Opening balance", "", "", "0", "0"]
    assert grant[1:6] == ["Received", "A present", "5", "5", "0"]
    assert spend[1:6] == ["Spent", "Unlocked “X”", "-2", "3", "0"]
    assert spend[7] == "x"
    assert closing[1:6] == ["Closing balance", "", "", "3", "0"]
    assert datetime.fromisoformat(grant[0]).tzinfo is not None


@pytest.mark.parametrize(
    "text",
    [
        *("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "\u00a0=1", "\u200b=1", "\ufeff=1"),
        *("'=1", '"=1', "“=1”", " ' =1", "＝1", "＋1", "－1", "＠A", "﹦1", "−1", "|cmd", "%1", "\x0b=1"),
    ],
)
def test_no_text_is_a_formula(text: str) -> None:
    assert plain(text).startswith("'")
    assert plain(f"A; {text}" if text.strip() == text else text).find(";=") == -1


@pytest.mark.parametrize(
    "text", ["A present", "Unlocked “=1”: 2+2", "3 credits", "", "a@b.example", "기생충"]
)
def test_other_text_stays_as_it_is(text: str) -> None:
    assert plain(text) == text


def test_a_line_of_the_csv_is_one_line() -> None:
    assert plain("two\r\nlines\u2028and\x1bmore") == "two  lines and more"


def test_a_formula_behind_a_semicolon_is_none() -> None:
    assert plain("a;=1;b; ＋2;c") == "a;'=1;b;' ＋2;c"


def test_a_formula_in_the_ledger_reaches_no_spreadsheet(signed_in: Client, reader: User) -> None:
    give(reader, 1, '=HYPERLINK("https://evil.example","x")')
    assert sheet(signed_in)[2][2] == '\'=HYPERLINK("https://evil.example","x")'


def test_a_long_csv_is_sent_in_pieces(signed_in: Client, reader: User, monkeypatch: Any) -> None:
    monkeypatch.setattr("accounts.statements.spreadsheet.SENT", 2)
    for number in range(5):
        give(reader, 1, "A present", number)
    response = signed_in.get("/credits/statement.csv")
    assert response.streaming
    assert len(list(response.streaming_content)) == 5  # type: ignore[attr-defined]


def test_the_pdf_says_what_the_page_says(signed_in: Client, filled: User) -> None:
    document = paper(signed_in)
    said = words(document)
    for part in ("Statement of credits", "reader@example.com", "Unlocked “X”", "−2", "Page 1 of 1", "UTC"):
        assert part in said
    assert "0 Opening balance 5 Came in 2 Went out 3 Closing balance" in said
    assert document.metadata is not None
    assert document.metadata.title == "Marquee: statement of credits, everything so far"
    assert document.trailer["/Root"]["/Lang"] == "en-gb"
    assert document.pages[0].mediabox.width == pytest.approx(595.28, abs=0.1)


def test_a_pdf_goes_on_over_pages_with_its_headings(signed_in: Client, reader: User) -> None:
    for number in range(60):
        give(reader, 1, f"Present number {number}")
    document = paper(signed_in)
    assert len(document.pages) == 3
    assert all("Balance" in page.extract_text() for page in document.pages)
    said = words(document)
    assert "Page 3 of 3" in said
    assert all(f"Present number {number}" in said for number in range(60))


def test_a_headline_in_any_script_is_in_the_pdf(signed_in: Client, reader: User) -> None:
    headlines = ["Škvorecký’s naïve Ødipus", "Война и мир", "기생충", "千と千尋の神隠し", "Ελλάδα", "Nguyễn"]
    for headline in headlines:
        give(reader, 1, headline)
    said = words(paper(signed_in))
    assert all(headline in said for headline in headlines)


def test_a_word_without_end_stays_on_the_paper(signed_in: Client, reader: User) -> None:
    give(reader, 1, "W" * 200)
    assert words(paper(signed_in)).replace(" ", "").count("W") >= 200


def test_too_many_lines_for_a_pdf_are_said_and_the_page_stays(
    signed_in: Client, filled: User, monkeypatch: Any
) -> None:
    monkeypatch.setattr("accounts.statements.views.MOST_LINES", 1)
    response = signed_in.get("/credits/statement.pdf")
    assert response.status_code == 400
    assert "The PDF holds up to 1 lines and these days have 2" in response.content.decode()
    assert "A present" in response.content.decode()
    assert "These days make no statement" not in response.content.decode()


@pytest.mark.parametrize(("query", "error"), BAD)
@pytest.mark.parametrize("address", ["/credits/", "/credits/statement.csv", "/credits/statement.pdf"])
def test_days_that_make_no_period_are_said_and_the_page_stays(
    signed_in: Client, filled: User, address: str, query: str, error: str
) -> None:
    response = signed_in.get(f"{address}?{query}")
    html = response.content.decode()
    assert response.status_code == 400
    assert error in html
    assert "Unlocked “X”" in html
    assert '<data value="3">3</data>' in html


def test_a_day_is_meant_with_both_its_ends(signed_in: Client, filled: User) -> None:
    today = timezone.localdate()
    after, before = today + timedelta(days=1), today - timedelta(days=1)
    assert len(sheet(signed_in, f"from={today}&to={today}")) == 5
    assert [row[4] for row in sheet(signed_in, f"from={after}")] == ["Balance", "3", "3"]
    assert [row[4] for row in sheet(signed_in, f"to={before}")] == ["Balance", "0", "0"]


def test_the_periods_offered_are_those_of_the_calendar() -> None:
    periods = offered(datetime(2028, 3, 31, tzinfo=UTC).date())
    assert [str(period) for period in periods.values()] == [
        "everything so far",
        "1 March 2028 to 31 March 2028",
        "1 February 2028 to 29 February 2028",
        "1 January 2028 to 31 March 2028",
    ]


def test_a_long_statement_is_paged_and_keeps_its_days(signed_in: Client, reader: User) -> None:
    for number in range(55):
        give(reader, 1, f"Present {number}.")
    query = f"from={timezone.localdate().replace(month=1, day=1)}"
    html = signed_in.get(f"/credits/?{query}").content.decode()
    assert f'href="?{query}&amp;page=2"' in html
    assert "Present 54." in html
    assert "Present 4." in signed_in.get(f"/credits/?{query}&page=2").content.decode()


def test_the_page_says_what_is_owed_and_in_which_zone(signed_in: Client, reader: User) -> None:
    bought = give(reader, 2, "Two credits")
    ledger.spend(wallet_id=reader.wallet_id, amount=2, key="s", reason="Unlocked “X”")
    ledger.reverse(transaction_id=bought.transaction_id, key="r", reason="Taken back")
    html = signed_in.get("/credits/").content.decode()
    assert "<strong>You owe 2 credits.</strong> The next credits you get pay them first." in html
    assert "UTC" in html


@pytest.mark.parametrize("ending", ["csv", "pdf"])
def test_a_statement_is_ones_own_and_kept_by_nobody(client: Client, filled: User, ending: str) -> None:
    address = f"/credits/statement.{ending}"
    assert client.get(address).url == f"/accounts/login/?next={address}"
    client.force_login(make_reader("other@example.com"))
    response = client.get(f"{address}?from=2026-01-01&wallet={filled.wallet_id}&reader={filled.pk}")
    assert response["Cache-Control"] == "private, no-store"
    today = timezone.localdate()
    name = f"marquee-credits-2026-01-01-to-{today}.{ending}"
    assert response["Content-Disposition"] == f'attachment; filename="{name}"'
    if ending == "csv":
        assert b"A present" not in b"".join(response.streaming_content)  # type: ignore[attr-defined]
    else:
        assert "A present" not in words(PdfReader(io.BytesIO(response.content)))
