"""A briefing's own picture, in the sizes its page asks for."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings

if TYPE_CHECKING:
    from .models import BriefingPage

HERO_SPECS = {width: f"fill-{width}x{width * 9 // 16}|format-webp" for width in (640, 1280, 1600)}
FOR_OTHERS = "fill-1200x630|format-jpeg"


@dataclass(frozen=True)
class HeroImage:
    """``absolute_url`` is the JPEG that other sites show; the rest is for our own page."""

    url: str
    srcset: str
    width: int
    height: int
    alt: str
    credit: str
    absolute_url: str


def hero_of(page: "BriefingPage") -> HeroImage | None:
    if page.hero is None:
        return None
    made = page.hero.get_renditions(*HERO_SPECS.values(), FOR_OTHERS)
    shown = made[HERO_SPECS[1280]]
    return HeroImage(
        url=shown.url,
        srcset=", ".join(f"{made[spec].url} {width}w" for width, spec in HERO_SPECS.items()),
        width=shown.width,
        height=shown.height,
        alt=page.hero_description,
        credit=page.hero.credit,
        absolute_url=f"{settings.WAGTAILADMIN_BASE_URL}{made[FOR_OTHERS].url}",
    )
