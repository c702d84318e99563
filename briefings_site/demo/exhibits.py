"""Charts for two briefings of the demo, drawn from what they say, and a worksheet to take along."""

from collections.abc import Callable
from io import BytesIO

from PIL import Image, ImageDraw, ImageFont

from articles.models import BriefingPage
from insights.files.content import document_of
from insights.files.pictures import redraw
from insights.files.storing import Filed, add_attachment, add_exhibit

WIDTH = 1200
PAPER, INK, SOFT, RULE, AMBER, BLUE = "#ffffff", "#101214", "#5b6168", "#dadde1", "#ffc53d", "#2f6df6"
LEFT, RIGHT = 70, 1130

WORKSHEET = """title,plays a month,minutes,GB an hour now,GB an hour in AV1,cost of a GB,cost of encoding
Example one,1200000,42,2.1,1.5,0.004,310
Example two,900,42,2.1,1.5,0.004,310
"""
DATES = [
    ("August 2014", "Australia’s regulator begins proceedings"),
    ("June 2015", "The rule: two hours, fourteen days"),
    ("2016", "A court finds the old terms misleading"),
    ("2018", "The last appeal is refused"),
    ("April 2024", "Early access hours count as well"),
]


def illustrate(page: BriefingPage) -> None:
    """Add what is drawn for this briefing, if anything is."""
    if add := DRAWN.get(page.slug):
        add(page, Filed(title=page.title[:120], desk=page.get_parent()))


def add_break_even(page: BriefingPage, filed: Filed) -> None:
    alt = (
        "Chart. Encoding costs the same however often a title is watched; the delivery saved grows with "
        "every play and overtakes it at the break-even."
    )
    caption = "Where AV1 begins to pay, in principle. The crossing is yours to calculate, title by title."
    page.key_insights.insert(
        1, ("exhibit", {"file": exhibit(break_even(), filed), "alt": alt, "caption": caption})
    )
    upload = BytesIO(WORKSHEET.encode())
    content = document_of(upload, name="av1-break-even.csv")
    file = add_attachment(upload, content=content, name="av1-break-even.csv", filed=filed)
    page.executive_actions.append(
        ("attachment", {"file": file, "title": "Worksheet: the break-even by title"})
    )


def add_ten_years(page: BriefingPage, filed: Filed) -> None:
    alt = "Timeline. " + "; ".join(f"{when}: {what}" for when, what in DATES) + "."
    caption = "Ten years of one short rule, and of the law behind it."
    block = {"file": exhibit(ten_years(), filed), "alt": alt, "caption": caption}
    page.key_insights.insert(2, ("exhibit", block))


DRAWN: dict[str, Callable[[BriefingPage, Filed], None]] = {
    "av1-royalty-free-is-not-cost-free": add_break_even,
    "steam-refunds-two-hours-fourteen-days": add_ten_years,
}


def exhibit(drawn: Image.Image, filed: Filed) -> object:
    out = BytesIO()
    drawn.save(out, "PNG")
    return add_exhibit(redraw(out), filed=filed)


def sheet(title: str, *, height: int) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    image = Image.new("RGB", (WIDTH, height), PAPER)
    draw = ImageDraw.Draw(image)
    draw.text((LEFT, 60), title, fill=INK, font=face(58))
    return image, draw


def face(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


def break_even() -> Image.Image:
    image, draw = sheet("When AV1 pays for itself", height=1000)
    top, bottom, cost, cross, end = 190, 800, 520, 600, 240
    draw.polygon([(cross, cost), (RIGHT, cost), (RIGHT, end)], fill=AMBER)
    draw.line([(LEFT, top), (LEFT, bottom), (RIGHT, bottom)], fill=INK, width=5)
    draw.line([(LEFT, cost), (RIGHT, cost)], fill=INK, width=10)
    draw.line([(LEFT, bottom), (RIGHT, end)], fill=BLUE, width=10)
    draw.ellipse([cross - 18, cost - 18, cross + 18, cost + 18], fill=PAPER, outline=INK, width=7)
    draw.text((LEFT + 30, cost - 70), "Encoding, paid once", fill=INK, font=face(46))
    draw.text((cross - 80, 650), "Delivery saved", fill=BLUE, font=face(46))
    draw.text((cross + 40, cost + 20), "Break-even", fill=INK, font=face(46))
    draw.text((RIGHT, bottom + 20), "plays of the title", fill=SOFT, font=face(42), anchor="ra")
    draw.text((LEFT + 20, top - 10), "money", fill=SOFT, font=face(42))
    draw.text((LEFT, 915), "A principle, not a measurement.", fill=SOFT, font=face(42))
    return image


def ten_years() -> Image.Image:
    step, first = 150, 210
    image, draw = sheet("One rule, ten years", height=first + step * len(DATES))
    draw.line([(LEFT + 22, first), (LEFT + 22, first + step * (len(DATES) - 1))], fill=INK, width=7)
    for place, (when, what) in enumerate(DATES):
        y = first + place * step
        colour = AMBER if when == "June 2015" else PAPER
        draw.ellipse([LEFT, y - 22, LEFT + 44, y + 22], fill=colour, outline=INK, width=7)
        draw.text((LEFT + 90, y - 36), when, fill=INK, font=face(48))
        draw.text((LEFT + 90, y + 24), what, fill=SOFT, font=face(40))
    return image
