"""Pages name what was made of a picture, and no request makes any of it."""

import os
import time
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from PIL import Image
from pytest_django import DjangoCaptureOnCommitCallbacks

from articles.former_renditions import STAY
from articles.models import BriefingPage, Picture, Rendition
from articles.pictures import FOR_OTHERS, SPECS, image_of
from articles.tasks import make_renditions
from tests.newsroom import Newsroom

GPS = 0x8825


@pytest.fixture
def small(db: None) -> Picture:
    """Smaller than most of what is asked of it, and with a place written into it."""
    exif = Image.Exif()
    exif.get_ifd(GPS)[1] = "N"
    drawn = BytesIO()
    Image.new("RGB", (400, 250), "teal").save(drawn, "JPEG", exif=exif)
    return Picture.objects.create(title="Small", file=ContentFile(drawn.getvalue(), "small.jpg"))


@pytest.fixture
def briefing(newsroom: Newsroom, small: Picture) -> BriefingPage:
    figure = {"image": small, "alt": "", "caption": "On stage"}
    return newsroom.publish("Labs", hero=small, body=[("figure", figure)])


def file_of(url: str) -> Path:
    return Path(default_storage.path(url.removeprefix("/media/")))


def files(picture: Picture) -> list[Path]:
    picture.refresh_from_db()
    return [file_of(entry["url"]) for entry in picture.made.values()]


def nothing_made(picture: Picture) -> None:
    Picture.objects.filter(pk=picture.pk).update(made={}, made_from="")


def test_every_size_is_made_when_it_is_saved(small: Picture) -> None:
    assert all(file.exists() for file in files(small))
    assert sorted(small.made) == sorted(SPECS)
    for spec in SPECS:
        with Image.open(file_of(small.made[spec]["url"])) as made:
            assert (made.width, made.height) == (small.made[spec]["width"], small.made[spec]["height"])
            assert made.format is not None
            assert spec.endswith(f"format-{made.format.lower()}")
            assert not made.getexif().get_ifd(GPS)


def test_a_page_stands_without_what_is_not_made(newsroom: Newsroom, get: Any, small: Picture) -> None:
    nothing_made(small)
    page = newsroom.publish("Labs", hero=small, body=[("figure", {"image": small, "alt": "", "caption": ""})])
    for path in ("/", page.section.url, page.url):
        text = get(path)
        assert "Labs" in text
        assert "<picture" not in text
        assert "<figure" not in text
        assert "og:image" not in text
    small.refresh_from_db()
    assert small.made == {}
    assert not Rendition.objects.exists()


def test_a_page_names_what_is_made_by_its_real_width(briefing: BriefingPage, get: Any) -> None:
    text = get(briefing.url)
    made = Picture.objects.get().made
    assert f'<source type="image/avif" srcset="{made["width-656|format-avif"]["url"]} 400w"' in text
    shown = made["fill-1280x720|format-webp"]
    assert shown["width"] == 400
    assert f'width="400" height="{shown["height"]}"' in text
    assert (
        f'as="image" type="image/avif" imagesrcset="{made["fill-720x405|format-avif"]["url"]} 400w"' in text
    )
    assert made[FOR_OTHERS]["url"] in text
    assert not Rendition.objects.exists()


def test_a_page_is_asked_for_again_when_more_is_made(newsroom: Newsroom, get: Any, small: Picture) -> None:
    nothing_made(small)
    page = newsroom.publish("Labs", hero=small)
    assert "<picture" not in get(page.url)
    make_renditions.enqueue(small.pk)
    assert '<source type="image/avif"' in get(page.url)


def test_another_focal_point_has_other_addresses_and_the_former_stay(
    briefing: BriefingPage, get: Any
) -> None:
    former = files(briefing.hero)
    briefing.hero.focal_point_x, briefing.hero.focal_point_y = 10, 10
    briefing.hero.focal_point_width = briefing.hero.focal_point_height = 20
    briefing.hero.save()
    assert not set(files(briefing.hero)) & set(former)
    assert briefing.hero.made[FOR_OTHERS]["url"] in get(briefing.url)
    assert all(file.exists() for file in former)


def test_another_file_has_other_addresses(small: Picture) -> None:
    former = files(small)
    drawn = BytesIO()
    Image.new("RGB", (400, 250), "navy").save(drawn, "PNG")
    small.file = ContentFile(drawn.getvalue(), "small.png")
    small.save()
    assert not set(files(small)) & set(former)


def aged(*paths: Path) -> None:
    then = time.time() - STAY.total_seconds() - 60
    for path in paths:
        os.utime(path, (then, then))


def test_the_former_go_after_a_day(small: Picture) -> None:
    former = files(small)
    small.focal_point_x = small.focal_point_y = small.focal_point_width = small.focal_point_height = 20
    small.save()
    aged(*former)
    call_command("make_renditions", verbosity=0)
    assert all(file.exists() for file in former)
    aged(*files(small))
    call_command("make_renditions", verbosity=0)
    assert not any(file.exists() for file in former)
    assert all(file.exists() for file in files(small))


def test_the_files_of_a_deleted_picture_are_deleted(
    small: Picture, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    made = files(small)
    with django_capture_on_commit_callbacks(execute=True):
        small.delete()
    assert not any(file.exists() for file in made)


def test_the_command_makes_what_is_missing(small: Picture) -> None:
    nothing_made(small)
    call_command("make_renditions", verbosity=0)
    assert len(files(small)) == len(SPECS)
    nothing_made(small)
    call_command("make_renditions", "--later", verbosity=0)
    assert len(files(small)) == len(SPECS)


def test_the_command_names_a_picture_that_cannot_be_read(small: Picture) -> None:
    nothing_made(small)
    Path(small.file.path).write_bytes(b"no picture")
    errors = StringIO()
    with pytest.raises(CommandError, match="1 pictures could not be read"):
        call_command("make_renditions", verbosity=0, stderr=errors)
    assert "Small" in errors.getvalue()


def test_a_card_costs_no_query(briefing: BriefingPage, django_assert_num_queries: Any) -> None:
    page = BriefingPage.objects.for_cards().get()
    with django_assert_num_queries(0):
        assert image_of(page)
