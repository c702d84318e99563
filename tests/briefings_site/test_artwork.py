import hashlib
import io
import itertools
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageStat

from briefings_site.demo import artwork
from briefings_site.demo.patterns import FAMILIES, PALETTE, SCHEMES, Dice, Pen

NEWSROOM = Path(artwork.__file__).parent / "newsroom"
SLUGS = sorted(path.stem for path in NEWSROOM.glob("*.md"))
PAIRS = list(itertools.combinations(SLUGS, 2))
KILOBYTE = 1024


def small(slug: str) -> Image.Image:
    return artwork.draw(slug, width=320, height=200)


def webp_size(image: Image.Image) -> int:
    file = io.BytesIO()
    image.save(file, "WEBP")
    return file.tell()


def test_a_slug_always_draws_the_same_picture():
    assert small("a-slug").tobytes() == small("a-slug").tobytes()


def test_the_design_does_not_hang_on_the_process():
    """Python's own hash() changes from one process to the next; the digest is pinned."""
    digest = hashlib.sha256(artwork.design("a-slug").digest).hexdigest()
    assert digest == "26608f026226a1c0c35d6fa0b7a74087b2e113d9f0c6e686850fa6ac1f56763d"


def test_the_picture_has_the_size_asked_for():
    assert artwork.draw("a-slug").size == (1600, 1000)
    assert artwork.draw("a-slug", width=300, height=400).size == (300, 400)


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_any_two_briefings_differ_at_a_glance(one, other):
    difference = ImageChops.difference(small(one), small(other))
    assert sum(ImageStat.Stat(difference).mean) / 3 > 25


def test_one_family_is_never_hung_twice_on_one_ground():
    hung = [(plan.family.caption, plan.scheme.ground) for plan in map(artwork.design, SLUGS)]
    assert len(set(hung)) == len(hung)


def test_the_newsroom_shows_at_least_eight_families():
    assert len({artwork.design(slug).family.caption for slug in SLUGS}) >= 8


@pytest.mark.parametrize("slug", SLUGS)
def test_a_full_size_picture_is_a_small_file(slug):
    assert webp_size(artwork.draw(slug)) < 60 * KILOBYTE


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.paint.__name__)
def test_every_family_is_a_small_file_and_uses_its_three_colours(family):
    scheme = SCHEMES[1]
    pen = Pen(width=1600, height=1000, ground=scheme.ground)
    family.paint(pen, scheme, Dice(hashlib.shake_256(b"any").digest(96)))
    image = pen.finish()
    assert webp_size(image) < 60 * KILOBYTE
    colours = {"#{:02x}{:02x}{:02x}".format(*pixel) for _, pixel in image.getcolors(maxcolors=2**24)}
    assert {PALETTE[name] for name in (scheme.ground, scheme.figure, scheme.accent)} <= colours


@pytest.mark.parametrize("scheme", SCHEMES, ids=str)
def test_a_scheme_is_three_colours_of_the_palette(scheme):
    names = {scheme.ground, scheme.figure, scheme.accent}
    assert len(names) == 3
    assert names <= PALETTE.keys()


@pytest.mark.parametrize("slug", SLUGS)
def test_the_alternative_text_names_the_colours_in_the_picture(slug):
    scheme = artwork.design(slug).scheme
    text = artwork.alt(slug)
    assert text[0].isupper()
    assert all(name in text.lower() for name in (scheme.ground, scheme.figure, scheme.accent))
