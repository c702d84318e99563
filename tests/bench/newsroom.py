"""Home, sections, pictures and the briefings that all others are copies of, through the site's own models."""

import datetime
from io import BytesIO
from typing import Any

from django.core.files.images import ImageFile

from accounts.models import Tier
from articles.models import Author, BriefingPage, BriefingSource, Byline, HomePage, Picture, SectionPage
from articles.tasks import make_renditions, make_smaller_renditions
from briefings_site.demo import artwork
from briefings_site.demo.desks import seed_home

from .names import DESKS
from .sizes import WRITTEN
from .words import LONG_STORY, SHORT_STORY, Writer

AUTHORS, PICTURES = 12, 3
EVERY_LONG = 4
A_PARAGRAPH_BEFORE_A_HEADING = 6
NEWEST = datetime.date(2026, 11, 20)
A_DAY = 6
CLUB = "club"


def open_newsroom(*, written: int = WRITTEN, drawn: int = PICTURES) -> None:
    home = seed_home()
    desks = [open_desk(home, title) for title in DESKS]
    authors = [Author.objects.create(name=f"Correspondent {number}") for number in range(AUTHORS)]
    pictures = [draw(number) for number in range(drawn)]
    Tier.objects.create(name="Executives Club", slug=CLUB, price_monthly=2900, price_yearly=29000)
    for number in range(written):
        publish(
            number,
            desk=desks[number % len(desks)],
            author=authors[number % len(authors)],
            picture=pictures[number % drawn] if drawn else None,
        )


def open_desk(home: HomePage, title: str) -> SectionPage:
    page = SectionPage(title=title, slug=title.lower(), standfirst=f"All of {title}.", show_in_menus=True)
    return home.add_child(instance=page)


def draw(number: int) -> Picture:
    drawn = BytesIO()
    name = f"bench-{number}"
    artwork.draw(name).save(drawn, format="PNG", optimize=False)
    drawn.seek(0)
    file = ImageFile(drawn, name=f"{name}.png")
    picture = Picture.objects.create(title=name, file=file, description=artwork.alt(name), credit="Drawn")
    # Nobody works off the queue here.
    make_renditions.call(picture.pk)
    make_smaller_renditions.call(picture.pk)
    return picture


def publish(number: int, *, desk: SectionPage, author: Author, picture: Picture | None) -> None:
    page = BriefingPage(**fields_of(number), hero=picture)
    page.bylines = [Byline(author=author)]
    page.sources = [BriefingSource(name="The Trade Paper", url="https://example.org/")]
    desk.add_child(instance=page)
    page.tags.add(f"tag {number % 30}", f"theme {number % 7}")
    page.save_revision().publish()


def fields_of(number: int) -> dict[str, Any]:
    writer = Writer(number)
    return {
        "title": writer.headline(),
        "slug": f"briefing-{number}",
        "standfirst": writer.sentence()[:280],
        "date": NEWEST - datetime.timedelta(days=number // A_DAY),
        "price": 2 if number % 5 == 0 else 1,
        "body": list(story(writer, LONG_STORY if is_long(number) else SHORT_STORY)),
        "key_insights": [("key_insight", key_insight(writer)) for _ in range(4)],
        "takeaways": [("takeaway", takeaway(writer)) for _ in range(3)],
        "executive_actions": [("executive_action", executive_action(writer)) for _ in range(3)],
        "takeaways_access": "registered" if number % 10 == 0 else "locked",
    }


def is_long(number: int) -> bool:
    return number % EVERY_LONG == 0


def story(writer: Writer, words: int) -> list[tuple[str, Any]]:
    blocks: list[tuple[str, Any]] = []
    for place, text in enumerate(writer.paragraphs(words)):
        if place % A_PARAGRAPH_BEFORE_A_HEADING == A_PARAGRAPH_BEFORE_A_HEADING - 1:
            blocks.append(("heading", {"text": writer.headline(), "level": "2"}))
        blocks.append(("paragraph", f"<p>{text}</p>"))
    blocks.insert(2, ("quote", {"text": writer.sentence(), "attribution": "A chief executive"}))
    return blocks


def key_insight(writer: Writer) -> dict[str, Any]:
    return {
        "statement": f"<p>{writer.sentence()}</p>",
        "evidence": f"<p>{writer.sentences(2)}</p>",
        "source_name": "The Trade Paper",
        "source_url": "https://example.org/",
        "confidence": "high",
    }


def takeaway(writer: Writer) -> dict[str, Any]:
    return {"text": f"<p>{writer.sentences(2)}</p>", "audience": "Studios"}


def executive_action(writer: Writer) -> dict[str, Any]:
    return {
        "action": f"<p>{writer.sentence()}</p>",
        "owner": "CTO",
        "horizon": "This quarter",
        "effort": "medium",
        "measure": f"<p>{writer.sentence()}</p>",
    }
