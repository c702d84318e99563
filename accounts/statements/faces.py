"""The site's faces in a PDF, wider ones for signs that they lack, and text cut into lines by them."""

from pathlib import Path

from fontTools.ttLib import TTFont
from fpdf import FPDF

FONTS = Path(__file__).parent / "fonts"
HOUSE = {"head": "ArchivoNarrow-Bold.ttf", "text": "Archivo-Regular.ttf", "bold": "Archivo-Bold.ttf"}
# Asked in this order, and read only where a text has a sign that the ones before lack.
WIDER = {"wide": "DejaVuSans.ttf", "wider": "DroidSansFallback.ttf"}


def load_faces(pdf: FPDF, signs: set[int]) -> None:
    for name, file in HOUSE.items():
        pdf.add_font(name, fname=FONTS / file)
    missing = signs - drawn_by(FONTS / HOUSE["text"])
    wider = []
    for name, file in WIDER.items():
        if missing:
            pdf.add_font(name, fname=FONTS / file)
            wider.append(name)
            missing -= drawn_by(FONTS / file)
    pdf.set_fallback_fonts(wider)


def drawn_by(file: Path) -> set[int]:
    with TTFont(file, lazy=True) as font:
        return set(font.getBestCmap())


def wrap(pdf: FPDF, text: str, width: float) -> list[str]:
    """Lines no wider than that in the face that is set; what has no blank to break at breaks anywhere."""
    blank, lines, taken = pdf.get_string_width(" "), [""], 0.0
    for word in text.split():
        wide = pdf.get_string_width(word)
        if lines[-1] and taken + blank + wide <= width:
            lines[-1] += f" {word}"
            taken += blank + wide
        else:
            lines += broken(pdf, word, width) if wide > width else [word]
            taken = pdf.get_string_width(lines[-1])
    return [line for line in lines if line] or [""]


def broken(pdf: FPDF, word: str, width: float) -> list[str]:
    pieces = [""]
    for sign in word:
        if pieces[-1] and pdf.get_string_width(pieces[-1] + sign) > width:
            pieces.append("")
        pieces[-1] += sign
    return pieces
