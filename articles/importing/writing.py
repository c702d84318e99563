"""A read briefing written to its page: made once, changed where the file changed, left alone where not."""

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from wagtail.blocks import StreamValue
from wagtail.blocks.stream_block import StreamBlockValidationError
from wagtail.models import Page

from articles.models import Author, BriefingPage, BriefingSource, Byline, SectionPage
from insights.blocks import FILED
from insights.sections import SECTIONS, Level

from .errors import BadFile
from .parts import ITSELF, Lines, Part
from .reading import Briefing


@dataclass(frozen=True)
class Written:
    page: BriefingPage
    changed: bool


@transaction.atomic
def write(briefing: Briefing, *, publish: bool) -> Written:
    """Raises ``BadFile`` and writes nothing where the section or the content does not fit."""
    section = section_for(briefing)
    page, is_new = page_for(briefing, section)
    before = None if is_new else snapshot(page)
    fill(page, briefing)
    validate(page, briefing)
    if is_new:
        section.add_child(instance=page)
    elif page.get_parent().pk != section.pk:
        page.move(section, pos="last-child")
    changed = is_new or before != snapshot(page)
    revision = page.save_revision() if changed else page.latest_revision
    if publish and (changed or not page.live or page.has_unpublished_changes):
        (revision or page.save_revision()).publish()
    return Written(page=BriefingPage.objects.get(pk=page.pk), changed=changed)


def section_for(briefing: Briefing) -> SectionPage:
    found = SectionPage.objects.filter(slug=briefing.head.section).first()
    if found is None:
        known = ", ".join(SectionPage.objects.order_by("slug").values_list("slug", flat=True)) or "none yet"
        line = briefing.head.lines.get("section", 1)
        raise BadFile(line, f"there is no section “{briefing.head.section}”; there are: {known}")
    return found


def page_for(briefing: Briefing, section: SectionPage) -> tuple[BriefingPage, bool]:
    existing = BriefingPage.objects.filter(slug=briefing.head.slug, alias_of=None).first()
    others = Page.objects.child_of(section).exclude(pk=existing and existing.pk)
    if others.filter(slug=briefing.head.slug).exists():
        line = briefing.head.lines.get("slug", briefing.head.lines["title"])
        raise BadFile(line, f"another page is called “{briefing.head.slug}” already")
    if existing:
        return existing.get_latest_revision_as_object(), False
    return BriefingPage(slug=briefing.head.slug, live=False), True


def fill(page: BriefingPage, briefing: Briefing) -> None:
    head = briefing.head
    page.title = page.draft_title = head.title
    page.standfirst, page.date, page.price = head.standfirst, head.date, head.price
    page.body = stream(page, "body", briefing.body)
    parts = {part.section: part for part in briefing.parts}
    for section in SECTIONS:
        part = parts.get(section)
        kept = with_files(getattr(page, section.field), part.blocks if part else [])
        setattr(page, section.field, stream(page, section.field, kept))
        setattr(page, section.level_field, part.access if part else Level.LOCKED)
    page.bylines = [Byline(author=author_named(name)) for name in head.bylines]
    page.sources = [BriefingSource(name=name, url=url) for name, url in head.sources]
    page.tags.set(head.tags)


def with_files(before: StreamValue, texts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A file of texts knows no exhibits: what the newsroom added stays, each in its place or at the end."""
    blocks = list(texts)
    for place, block in enumerate(before.raw_data):
        if block["type"] in FILED:
            blocks.insert(place, {"type": block["type"], "value": block["value"]})
    return blocks


def stream(page: BriefingPage, name: str, blocks: list[dict[str, Any]]) -> StreamValue:
    return getattr(page, name).stream_block.to_python(blocks)


def author_named(name: str) -> Author:
    return Author.objects.get_or_create(name=name)[0]


def snapshot(page: BriefingPage) -> dict[str, Any]:
    """What an import sets, in a form that can be compared."""
    streams = ("body", *(section.field for section in SECTIONS))
    return {
        **{name: getattr(page, name) for name in ("title", "standfirst", "date", "price")},
        **{section.level_field: getattr(page, section.level_field) for section in SECTIONS},
        **{name: without_ids(getattr(page, name).get_prep_value()) for name in streams},
        "bylines": [line.author_id for line in page.bylines.all()],
        "sources": [(source.name, source.url) for source in page.sources.all()],
        "tags": sorted(tag.name for tag in page.tags.all()),
    }


def without_ids(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: without_ids(inner) for name, inner in value.items() if name != "id"}
    return [without_ids(inner) for inner in value] if isinstance(value, list) else value


def validate(page: BriefingPage, briefing: Briefing) -> None:
    check_stream(page, "body", briefing.body_lines)
    for part in briefing.parts:
        check_stream(page, part.section.field, beside_files(getattr(page, part.section.field), part))


def beside_files(value: StreamValue, part: Part) -> list[Lines]:
    """The lines of a part's texts, counted as they stand among files, which have the part's own."""
    lines = iter(part.lines)
    return [{ITSELF: part.line} if block["type"] in FILED else next(lines) for block in value.raw_data]


def check_stream(page: BriefingPage, name: str, lines: list[Lines]) -> None:
    """The editor's own limits, said with the line of the file."""
    value: StreamValue = getattr(page, name)
    try:
        value.stream_block.clean(value)
    except StreamBlockValidationError as error:
        place, inner = min(error.block_errors.items(), default=(0, error))
        name = next(iter(getattr(inner, "block_errors", None) or {}), ITSELF)
        raise BadFile(lines[place].get(name, lines[place][ITSELF]), words_of(inner)) from error


def words_of(error: Any) -> str:
    named = getattr(error, "block_errors", None)
    if isinstance(named, dict) and named:
        name, inner = next(iter(named.items()))
        return f"{name}: {words_of(inner)}"
    if isinstance(error, ValidationError) and error.messages:
        return error.messages[0]
    return str(error)
