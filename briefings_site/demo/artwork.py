"""Artwork for the demo newsroom: one flat pattern a briefing, settled by its slug alone."""

import hashlib
from dataclasses import dataclass

from PIL import Image

from briefings_site.demo.patterns import FAMILIES, SCHEMES, Dice, Family, Pen, Scheme

# Chosen by eye and by trial so that neighbours in the demo newsroom look unlike; another hanging
# of the same pictures is another word here.
HANGING = "marquee-225068"


@dataclass(frozen=True)
class Design:
    family: Family
    scheme: Scheme
    digest: bytes


def design(slug: str) -> Design:
    digest = hashlib.shake_256(f"{HANGING}:{slug}".encode()).digest(96)
    dice = Dice(digest)
    family = FAMILIES[dice.between(0, len(FAMILIES) - 1)]
    scheme = SCHEMES[dice.between(0, len(SCHEMES) - 1)]
    return Design(family=family, scheme=scheme, digest=digest[2:])


def draw(slug: str, *, width: int = 1600, height: int = 1000) -> Image.Image:
    """`width` and `height` are pixels."""
    plan = design(slug)
    pen = Pen(width=width, height=height, ground=plan.scheme.ground)
    plan.family.paint(pen, plan.scheme, Dice(plan.digest))
    return pen.finish()


def alt(slug: str) -> str:
    plan = design(slug)
    scheme = plan.scheme
    caption = plan.family.caption.format(ground=scheme.ground, figure=scheme.figure, accent=scheme.accent)
    return caption[0].upper() + caption[1:]
