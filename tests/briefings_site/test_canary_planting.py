"""``plant_canaries``: every state of a briefing, every kind of reader, and a manifest that says so."""

import stat
from io import BytesIO, StringIO
from pathlib import Path

import pytest
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command
from django.test import override_settings
from wagtail import blocks
from wagtail.models import Page

from accounts.models import User
from articles.models import BriefingPage
from briefings_site.canary.decoding import readings
from briefings_site.canary.filling import CannotPlant, Filler
from briefings_site.canary.hearing import Ear
from briefings_site.canary.manifest import BadManifest, Manifest, Place
from briefings_site.canary.newsroom import STATES
from briefings_site.canary.pictures import picture_of
from insights.access import access_for
from insights.files.pictures import redraw
from insights.files.storing import private_storage
from insights.models import PrivateFile
from insights.sections import SECTIONS
from tests.newsroom import Newsroom

# What stands on the sign before everybody, and what is chosen from a list.
UNPLANTED = {"audience", "owner", "confidence", "effort"}


@pytest.fixture
def file(newsroom: Newsroom, tmp_path: Path) -> Path:
    return tmp_path / "somewhere" / "manifest.json"


def plant(file: Path) -> Manifest:
    with override_settings(STAGING=True):
        call_command("plant_canaries", str(file), stdout=StringIO())
    return Manifest.read(file)


def test_it_refuses_where_nothing_says_staging(file: Path) -> None:
    with pytest.raises(CommandError, match="is not said to be staging"):
        call_command("plant_canaries", str(file))
    assert not file.exists()
    assert not BriefingPage.objects.exists()


def test_it_refuses_a_manifest_that_is_none_and_leaves_it(file: Path) -> None:
    file.parent.mkdir()
    file.write_text("Dear diary")
    with pytest.raises(CommandError, match="is no manifest"):
        plant(file)
    assert file.read_text() == "Dear diary"


def test_all_is_planted_once_and_found_again(file: Path) -> None:
    """One test, since planting takes seconds: what is planted, and that a second time changes nothing."""
    first = plant(file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert first.pages.keys() == {*(state.name for state in STATES), "alias of locked"}
    every_field_has_its_word(first)
    every_private_file_has_its_word(first)
    readers_stand_where_they_should(first)
    second = plant(file)
    assert (second.pages, second.words, second.files) == (first.pages, first.words, first.files)
    assert BriefingPage.objects.count() == len(STATES) + 1
    assert User.objects.filter(email__endswith="@canaries.invalid").count() == 6


def every_field_has_its_word(manifest: Manifest) -> None:
    ear = Ear(manifest.words)
    page = BriefingPage.objects.get(slug="locked")
    for section in SECTIONS:
        blocks_ = getattr(page, section.field).raw_data
        assert {block["type"] for block in blocks_} == set(
            BriefingPage._meta.get_field(section.field).stream_block.child_blocks
        )
        for block in blocks_:
            for name, value in block["value"].items():
                planted = name not in UNPLANTED and name != "file"
                assert bool(ear.hear(str(value).encode())) == planted, (section, name)
    assert ear.hear(page.title.encode() + page.standfirst.encode()) == {}


def every_private_file_has_its_word(manifest: Manifest) -> None:
    ear = Ear(manifest.words)
    for file in PrivateFile.objects.order_by("pk")[:8]:
        for stored in file.variants.values():
            assert ear.hear(private_storage().open(stored.name).read()), file.kind


def readers_stand_where_they_should(manifest: Manifest) -> None:
    """What was written down by hand is what the gate says, of all that is published."""
    published = {name: BriefingPage.objects.get(pk=page.id) for name, page in manifest.pages.items()}
    for kind, planted in manifest.readers.items():
        reader = authenticate(username=planted.email, password=planted.password) if planted.password else None
        assert (reader is None) == (kind in ("visitor", "closed")), kind
        if reader is None or planted.leaves:
            continue
        seen = {
            Place(name, part.section.slug)
            for name, page in published.items()
            for part in access_for(reader, page).opened
            if page.live and page.alias_of_id is None
        }
        of_alias = set() if kind != "editor" else {place for place in planted.sees if place.page == "locked"}
        assert seen == set(planted.sees) - of_alias, kind


@pytest.mark.django_db
def test_a_block_that_nobody_can_fill_stops_the_planting() -> None:
    class Sound(blocks.ChooserBlock):
        pass

    filler = Filler(lambda *path: "canary", Page())
    with pytest.raises(CannotPlant, match=r"Sound in talk\.tape"):
        filler.value(blocks.StructBlock([("tape", Sound())]), ("talk",))


@pytest.mark.django_db
def test_blocks_within_blocks_are_filled() -> None:
    words = iter(range(100))
    filler = Filler(lambda *path: f"canary{next(words)}", Page())
    rows = blocks.ListBlock(
        blocks.StructBlock([("cell", blocks.TextBlock()), ("mark", blocks.BooleanBlock())])
    )
    parts = blocks.StreamBlock([("rows", rows), ("address", blocks.EmailBlock())])
    filled = filler.section(parts)
    assert [row["value"]["cell"] for row in filled[0]["value"]] == ["canary0", "canary1"]
    assert filled[1] == {"type": "address", "value": "canary2@example.org"}


def test_a_picture_says_its_word_in_every_width_it_is_kept_in() -> None:
    word = "canary0123456789abcdef"
    for drawn in redraw(BytesIO(picture_of(word))):
        assert any(word in reading for _, reading in readings(drawn.webp.decode("latin-1")))


def test_a_manifest_of_another_version_is_refused(tmp_path: Path) -> None:
    (tmp_path / "m.json").write_text('{"version": 0}')
    with pytest.raises(BadManifest, match="no manifest of plant_canaries"):
        Manifest.read(tmp_path / "m.json")
