"""A section of briefings in which every state occurs."""

import datetime
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone
from wagtail.models import Page, PageViewRestriction, Site

from articles.models import Author, BriefingPage, Byline, HomePage, SectionPage
from insights.sections import SECTIONS, Level

from .filling import Filler
from .manifest import Place
from .words import Seed

DESK, OTHER_DESK = "canaries", "canaries-elsewhere"
UNPUBLISHED = "edited, unpublished"
FAR_AWAY = datetime.timedelta(days=3650)


@dataclass(frozen=True)
class State:
    """``after`` brings a published briefing into its state."""

    name: str
    desk: str = DESK
    live: bool = True
    fields: dict[str, Any] = field(default_factory=dict)
    after: str = ""


STATES = (
    State("locked", after="alias"),
    State("mine"),
    State("given"),
    State("part-public", fields={"key_insights_access": Level.PUBLIC}),
    State("part-registered", fields={"takeaways_access": Level.REGISTERED}),
    State("free", fields={"price": 0}),
    State("dear", desk=OTHER_DESK, fields={"price": 99}),
    State("edited", after="edit"),
    State("withdrawn", after="withdraw"),
    State("restricted", after="restrict"),
    State("draft", live=False),
    State("scheduled", live=False, after="schedule"),
)


class Planter:
    """Plants what is not there yet. ``words`` says of every canary where it stands."""

    def __init__(self, seed: Seed) -> None:
        self.seed = seed
        self.words: dict[str, Place] = {}
        self.desks = {slug: section(slug) for slug in (DESK, OTHER_DESK)}

    def plant(self) -> dict[str, BriefingPage]:
        return {state.name: self.page_of(state) for state in STATES}

    def page_of(self, state: State) -> BriefingPage:
        desk = self.desks[state.desk]
        found = BriefingPage.objects.child_of(desk).filter(slug=state.name).first()
        page = found or BriefingPage(slug=state.name, bylines=[Byline(author=author())])
        for name, value in self.fields_of(state, state.name).items():
            setattr(page, name, value)
        if found is None:
            desk.add_child(instance=page)
        self.bring_into(state, page)
        return BriefingPage.objects.get(pk=page.pk)

    def fields_of(self, state: State, name: str) -> dict[str, Any]:
        public = {
            "title": f"Canary: {name}",
            "standfirst": "Planted to find out whether anything leaks.",
            "body": [{"type": "paragraph", "value": "<p>This story is open to everybody.</p>"}],
            "live": state.live,
        }
        return public | state.fields | {part.field: self.blocks_of(state, name, part) for part in SECTIONS}

    def blocks_of(self, state: State, name: str, part: Any) -> Any:
        definition = BriefingPage._meta.get_field(part.field).stream_block

        def word(*path: str) -> str:
            made = self.seed.word(name, part.slug, *path)
            self.words[made] = Place(name, part.slug)
            return made

        return definition.to_python(Filler(word, self.desks[state.desk]).section(definition))

    def bring_into(self, state: State, page: BriefingPage) -> None:
        if state.live:
            page.save_revision().publish()
            page.refresh_from_db()
        else:
            page.save_revision()
        AFTER.get(state.after, lambda *_: None)(self, page)

    def alias(self, page: BriefingPage) -> None:
        if not page.aliases.exists():
            page.create_alias(parent=self.desks[OTHER_DESK], update_slug="locked-alias")

    def edit(self, page: BriefingPage) -> None:
        state = next(state for state in STATES if state.name == page.slug)
        for name, value in self.fields_of(state, UNPUBLISHED).items():
            setattr(page, name, value)
        page.save_revision()

    def withdraw(self, page: BriefingPage) -> None:
        page.unpublish()

    def restrict(self, page: BriefingPage) -> None:
        PageViewRestriction.objects.get_or_create(page=page, restriction_type=PageViewRestriction.LOGIN)

    def schedule(self, page: BriefingPage) -> None:
        page.go_live_at = timezone.now() + FAR_AWAY
        page.save_revision(approved_go_live_at=page.go_live_at)


AFTER: dict[str, Callable[[Planter, BriefingPage], None]] = {
    "alias": Planter.alias,
    "edit": Planter.edit,
    "withdraw": Planter.withdraw,
    "restrict": Planter.restrict,
    "schedule": Planter.schedule,
}


def section(slug: str) -> SectionPage:
    home = home_page()
    found = SectionPage.objects.child_of(home).filter(slug=slug).first()
    return found or home.add_child(
        instance=SectionPage(title=slug.replace("-", " ").capitalize(), slug=slug, show_in_menus=False)
    )


def home_page() -> Page:
    site = Site.objects.filter(is_default_site=True).select_related("root_page").first()
    if site is None or not isinstance(site.root_page.specific, HomePage):
        raise NoHome("this site has no home page yet: run seed_demo, or make one in the admin")
    return site.root_page.specific


class NoHome(Exception):
    pass


def author() -> Author:
    return Author.objects.get_or_create(name="The canary desk")[0]
