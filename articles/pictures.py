"""A picture as pages show it: what was made of it, by the address it has. Nothing is made here."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.conf import settings

if TYPE_CHECKING:
    from .models import BriefingPage, Picture

Made = dict[str, dict[str, Any]]

# By what is asked of a picture at each width, in pixels. A name of Wagtail's: what to cut, how wide.
CARD = {width: f"fill-{width}x{width * 5 // 8}" for width in (320, 480, 720, 960)}
HERO = {width: f"fill-{width}x{width * 9 // 16}" for width in (720, 1280, 1600)}
FIGURE = {width: f"width-{width}" for width in (656, 1312)}
CUTS = (*CARD.values(), *HERO.values(), *FIGURE.values())
FOR_OTHERS = "fill-1200x630|format-jpeg"
FIRST = (*(f"{cut}|format-webp" for cut in CUTS), FOR_OTHERS)
SMALLER = tuple(f"{cut}|format-avif" for cut in CUTS)
SPECS = (*FIRST, *SMALLER)


@dataclass(frozen=True)
class ShownPicture:
    """What a <picture> names. ``srcset`` is of WebP, ``avif`` of AVIF: empty until that is made.

    ``absolute_url`` is of the JPEG that other sites show, or empty.
    """

    url: str
    srcset: str
    avif: str
    width: int
    height: int
    alt: str
    credit: str = ""
    absolute_url: str = ""


def image_of(page: "BriefingPage") -> ShownPicture | None:
    """For a card."""
    return shown(page.hero.made, CARD, at=480, alt=page.hero_description) if page.hero else None


def hero_of(page: "BriefingPage") -> ShownPicture | None:
    """For the head of the briefing's own page."""
    if page.hero is None:
        return None
    return shown(page.hero.made, HERO, at=1280, alt=page.hero_description, credit=page.hero.credit)


def figure_of(picture: "Picture", alt: str) -> ShownPicture | None:
    """For a figure in the story."""
    return shown(picture.made, FIGURE, at=656, alt=alt or picture.default_alt_text, credit=picture.credit)


def shown(made: Made, cuts: dict[int, str], *, at: int, alt: str, credit: str = "") -> ShownPicture | None:
    """None while nothing is made. ``at``: the width of the one for browsers that do not choose."""
    webp = made_as("webp", made, cuts)
    if not webp:
        return None
    one = webp.get(at) or next(iter(webp.values()))
    others = made.get(FOR_OTHERS)
    return ShownPicture(
        url=one["url"],
        srcset=srcset(webp.values()),
        avif=srcset(made_as("avif", made, cuts).values()),
        width=one["width"],
        height=one["height"],
        alt=alt,
        credit=credit,
        absolute_url=f"{settings.WAGTAILADMIN_BASE_URL}{others['url']}" if others else "",
    )


def made_as(format_name: str, made: Made, cuts: dict[int, str]) -> dict[int, dict[str, Any]]:
    specs = {width: f"{cut}|format-{format_name}" for width, cut in cuts.items()}
    return {width: made[spec] for width, spec in specs.items() if spec in made}


def srcset(entries: Iterable[dict[str, Any]]) -> str:
    """A small picture is not enlarged: what came out of the same width is named once."""
    by_width: dict[int, str] = {}
    for entry in entries:
        by_width.setdefault(entry["width"], entry["url"])
    return ", ".join(f"{url} {width}w" for width, url in by_width.items())
