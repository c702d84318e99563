"""How a document of the house looks on A4: a black sign, large figures, thin rules between rows."""

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from fpdf import FPDF, ViewerPreferences
from fpdf.enums import Align

from .columns import Column
from .faces import load_faces, wrap

Colour = tuple[int, int, int]
INK: Colour = (16, 18, 20)
SOFT: Colour = (91, 97, 104)
RULE: Colour = (218, 221, 225)
SIGN_INK: Colour = (246, 244, 236)
BULB: Colour = (255, 197, 61)
# In millimetres.
EDGE, WIDTH, SIGN, LINE, GAP, LAST = 22.0, 166.0, 30.0, 4.6, 1.9, 274.0


class Paper(FPDF):
    def __init__(self, *, title: str, site: str, footnote: str, at: datetime, signs: set[int]) -> None:
        super().__init__(format="A4")
        self.site, self.footnote = site, footnote
        self.set_margins(EDGE, EDGE, EDGE)
        self.set_auto_page_break(auto=False)
        self.c_margin = 0
        self.set_title(title)
        self.set_author(site)
        self.set_creator(site)
        self.set_lang(settings.LANGUAGE_CODE)
        self.set_creation_date(at)
        self.viewer_preferences = ViewerPreferences(display_doc_title=True)
        load_faces(self, signs)

    def footer(self) -> None:
        self.set_y(-16)
        self.write_in("text", 8, SOFT)
        self.cell(WIDTH, LINE, f"Page {self.page_no()} of {{nb}}. {self.footnote}")

    def begin(self, heading: str, *under: str) -> None:
        self.add_page()
        self.masthead()
        self.set_xy(EDGE, SIGN + 12)
        self.write_in("head", 32, INK)
        self.down(heading, 14)
        self.write_in("text", 11, SOFT)
        for text in under:
            for line in wrap(self, text, WIDTH):
                self.down(line, 5.6)

    def masthead(self) -> None:
        """The name of the site in white on black, over a row of bulbs."""
        self.fill(INK)
        self.rect(0, 0, self.w, SIGN, style="F")
        self.write_in("head", 28, SIGN_INK)
        self.set_xy(EDGE, 8)
        self.cell(WIDTH, 10, self.site)
        self.fill(BULB)
        for place in range(int(min(self.get_string_width(self.site), WIDTH) / 2)):
            self.ellipse(EDGE + 2 * place, 20, 0.8, 0.8, style="F")

    def figures(self, figures: Sequence[tuple[str, str]]) -> None:
        top, width = self.get_y() + 8, WIDTH / len(figures)
        for place, (name, figure) in enumerate(figures):
            self.set_xy(EDGE + place * width, top)
            self.write_in("head", 28, INK)
            self.cell(width, 10, figure)
            self.set_xy(EDGE + place * width, top + 11)
            self.write_in("text", 9, SOFT)
            self.cell(width, LINE, name)
        self.set_xy(EDGE, top + 24)

    def ruled_table(self, columns: Sequence[Column], rows: Sequence[Sequence[str]], *, empty: str) -> None:
        self.headings(columns)
        for row in rows:
            self.entry(columns, row)
        if not rows:
            self.write_in("text", 11, INK)
            self.down(empty, 12)

    def side_by_side(self, *parts: tuple[str, Sequence[str]]) -> None:
        top, width = self.get_y() + 8, WIDTH / len(parts)
        lowest = top
        for place, (name, lines) in enumerate(parts):
            self.set_xy(EDGE + place * width, top)
            self.write_in("text", 9, SOFT)
            self.cell(width, LINE, name)
            self.write_in("text", 10, INK)
            for number, line in enumerate(piece for text in lines for piece in wrap(self, text, width - 6)):
                self.set_xy(EDGE + place * width, top + 6 + number * 5)
                self.cell(width, 5, line)
                lowest = max(lowest, self.get_y() + 5)
        self.set_xy(EDGE, lowest + 10)

    def sums(self, sums: Sequence[tuple[str, str]]) -> None:
        """At the right edge, the last of them large."""
        if self.get_y() + len(sums) * 6 + 8 > LAST:
            self.add_page()
        self.set_xy(EDGE, self.get_y() + 4)
        for place, (name, amount) in enumerate(sums, start=1):
            last = place == len(sums)
            self.write_in(*(("head", 16, INK) if last else ("text", 10, INK)))
            height = 9 if last else 6
            self.cell(WIDTH - 40, height, name, align=Align.R)
            self.cell(40, height, amount, align=Align.R)
            self.set_xy(EDGE, self.get_y() + height)

    def remarks(self, texts: Sequence[str]) -> None:
        self.write_in("text", 10, SOFT)
        self.set_xy(EDGE, self.get_y() + 6)
        for text in texts:
            for line in wrap(self, text, WIDTH):
                self.down(line, 5.2)

    def headings(self, columns: Sequence[Column]) -> None:
        self.write_in("bold", 9, INK)
        self.rule(INK, 0.7)
        self.row(columns, [[column.name] for column in columns])

    def entry(self, columns: Sequence[Column], texts: Sequence[str]) -> None:
        self.write_in("text", 9, INK)
        cells = [wrap(self, text, column.width - 3) for text, column in zip(texts, columns, strict=True)]
        if self.get_y() + max(map(len, cells)) * LINE + 2 * GAP > LAST:
            self.add_page()
            self.headings(columns)
            self.write_in("text", 9, INK)
        self.row(columns, cells)

    def row(self, columns: Sequence[Column], cells: Sequence[list[str]]) -> None:
        top = self.get_y() + GAP
        left = EDGE
        for column, lines in zip(columns, cells, strict=True):
            for number, line in enumerate(lines):
                self.set_xy(left, top + number * LINE)
                self.cell(column.width, LINE, line, align=column.align)
            left += column.width
        self.set_xy(EDGE, top + max(map(len, cells)) * LINE + GAP)
        self.rule(RULE, 0.2)

    def rule(self, colour: Colour, thick: float) -> None:
        self.set_draw_color(*colour)
        self.set_line_width(thick)
        self.line(EDGE, self.get_y(), EDGE + WIDTH, self.get_y())

    def down(self, text: str, height: float) -> None:
        self.cell(WIDTH, height, text)
        self.set_xy(EDGE, self.get_y() + height)

    def write_in(self, face: str, size: float, colour: Colour) -> None:
        self.set_font(face, size=size)
        self.set_text_color(*colour)

    def fill(self, colour: Colour) -> None:
        self.set_fill_color(*colour)
