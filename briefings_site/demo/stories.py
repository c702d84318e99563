"""The demo's newsroom: every file goes through the importer, and gets its drawn picture."""

from io import BytesIO
from pathlib import Path

from django.core.files.images import ImageFile

from articles.importing import read, write
from articles.models import BriefingPage, Picture
from articles.pictures import CARD
from articles.renditions import make

from . import artwork
from .exhibits import illustrate

NEWSROOM = Path(__file__).parent / "newsroom"
CREDIT = "Artwork drawn by program"


def seed_stories() -> int:
    """How many briefings are new or changed."""
    return sum(seed_story(file) for file in sorted(NEWSROOM.glob("*.md")))


def seed_story(file: Path) -> bool:
    briefing = read(file.read_bytes(), html=False)
    kept = BriefingPage.objects.filter(slug=briefing.head.slug, alias_of=None).exists()
    if kept:
        # What editors did with a story since is theirs.
        return False
    page = write(briefing, publish=False).page
    page.hero = picture_for(briefing.head.slug)
    illustrate(page)
    page.save_revision().publish()
    return True


def picture_for(slug: str) -> Picture:
    found = Picture.objects.filter(title=slug).first()
    if found:
        return found
    drawn = BytesIO()
    artwork.draw(slug).save(drawn, format="PNG", optimize=False)
    drawn.seek(0)
    file = ImageFile(drawn, name=f"{slug}.png")
    picture = Picture.objects.create(title=slug, file=file, description=artwork.alt(slug), credit=CREDIT)
    # The worker makes the rest; the first look at the front page must not wait for it.
    make(picture, [f"{CARD[width]}|format-webp" for width in (480, 960)])
    return picture
