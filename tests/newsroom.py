"""A small newsroom for tests. Every gated block carries a canary of its own: text that must never leak."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from allauth.account.models import EmailAddress
from django.contrib.auth.models import Group, Permission
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from wagtail.models import Collection, GroupPagePermission, Locale, Page, Site

from accounts.models import Membership, Tier, User
from articles.models import Author, BriefingPage, BriefingSource, Byline, HomePage, SectionPage
from credits import ledger
from credits.models import LotKind
from insights.files.content import document_of
from insights.files.pictures import redraw
from insights.files.storing import Filed, add_attachment, add_exhibit
from insights.models import PrivateFile
from insights.sections import SECTIONS, Section

PASSWORD = "a-long-enough-password"
LOST = "lost on upload"


def canary() -> str:
    """One word that nothing else in the house contains."""
    return f"canary{secrets.token_hex(8)}"


@dataclass
class Newsroom:
    home: HomePage
    entertainment: SectionPage
    technology: SectionPage
    canaries: dict[tuple[int, str], list[str]] = field(default_factory=dict)
    # Words of a section's files, which are not on its page; and those that a picture loses on its way in.
    in_files: dict[tuple[int, str], list[str]] = field(default_factory=dict)

    def publish(
        self, title: str = "A briefing", *, section: SectionPage | None = None, **fields: Any
    ) -> BriefingPage:
        """A live briefing with two blocks in each gated section, and in each of their parts a canary.

        ``illustrated``: with an exhibit and an attachment in each section too, and canaries in and of them.
        """
        page = self.file(title, section=section, **fields)
        page.save_revision().publish()
        return BriefingPage.objects.get(pk=page.pk)

    def file(
        self, title: str = "A briefing", *, section: SectionPage | None = None, **fields: Any
    ) -> BriefingPage:
        """The same without a revision: quick, live, and not in the search index."""
        planted: dict[str, list[str]] = {section.slug: [] for section in SECTIONS}
        illustrated = fields.pop("illustrated", False)
        page = BriefingPage(title=title, **{**defaults(planted), **fields})
        own = illustrate(page, section or self.entertainment, planted) if illustrated else {}
        page.bylines = [Byline(author=Author.objects.get_or_create(name="Test desk")[0])]
        page.sources = [BriefingSource(name="The Trade Paper", url="https://example.org/")]
        (section or self.entertainment).add_child(instance=page)
        self.canaries |= {(page.pk, slug): words for slug, words in planted.items()}
        self.in_files |= {(page.pk, slug): words for slug, words in own.items()}
        return page

    def found_in(self, text: str) -> set[tuple[int, str]]:
        """The briefings and sections whose gated text stands in this, in any case."""
        text = text.lower()
        everywhere = [*self.canaries.items(), *self.in_files.items()]
        return {place for place, words in everywhere if any(word in text for word in words)}

    def missing_from(self, text: str, page: BriefingPage) -> list[str]:
        planted = [word for (pk, _), words in self.canaries.items() if pk == page.pk for word in words]
        return [word for word in planted if word not in text.lower()]


def defaults(planted: dict[str, list[str]]) -> dict[str, Any]:
    def planter(section: Section) -> Callable[[], str]:
        def plant() -> str:
            planted[section.slug].append(canary())
            return planted[section.slug][-1]

        return plant

    insight, takeaway, action = (planter(section) for section in SECTIONS)
    return {
        "standfirst": "The standfirst that everyone reads.",
        "body": [("paragraph", "<p>The public story, free to read to the end.</p>")],
        "key_insights": [("key_insight", key_insight(insight)) for _ in range(2)],
        "takeaways": [
            ("takeaway", {"text": f"<p>{takeaway()}</p>", "audience": "Studios"}) for _ in range(2)
        ],
        "executive_actions": [("executive_action", executive_action(action)) for _ in range(2)],
    }


def key_insight(plant: Callable[[], str]) -> dict[str, Any]:
    return {
        "statement": f"<p>{plant()}</p>",
        "evidence": f"<p>{plant()}</p>",
        "source_name": plant(),
        "source_url": f"https://example.org/{plant()}",
        "confidence": "high",
    }


def executive_action(plant: Callable[[], str]) -> dict[str, Any]:
    return {
        "action": f"<p>{plant()}</p>",
        "owner": "CTO",
        "horizon": plant(),
        "effort": "low",
        "measure": f"<p>{plant()}</p>",
    }


def illustrate(page: BriefingPage, desk: SectionPage, planted: dict[str, list[str]]) -> dict[str, list[str]]:
    """Add files to every section. Returns by section the canaries that are the files' own."""
    own: dict[str, list[str]] = {LOST: []}
    for section in SECTIONS:
        alt, caption, title, name, says, lost = (canary() for _ in range(6))
        blocks = getattr(page, section.field)
        shown = an_exhibit(desk=desk, says=lost)
        blocks.append(("exhibit", {"file": shown, "alt": alt, "caption": caption}))
        kept = an_attachment(desk=desk, name=f"{name}.csv", says=says)
        blocks.append(("attachment", {"file": kept, "title": title}))
        planted[section.slug] += [alt, caption, title]
        own[section.slug] = [name, says]
        own[LOST].append(lost)
    return own


def drawing(says: str = "", *, width: int = 6, height: int = 4) -> BytesIO:
    """A picture whose file says something that no one sees."""
    about = PngInfo()
    about.add_text("Comment", says)
    out = BytesIO()
    Image.new("RGB", (width, height), "teal").save(out, "PNG", pnginfo=about)
    out.seek(0)
    return out


def an_exhibit(*, desk: SectionPage | None, title: str = "A chart", says: str = "") -> PrivateFile:
    return add_exhibit(redraw(drawing(says)), filed=Filed(title=title, desk=desk))


def an_attachment(
    *, desk: SectionPage | None, title: str = "A table", name: str = "table.csv", says: str = "a,b"
) -> PrivateFile:
    upload = BytesIO(says.encode())
    content = document_of(upload, name=name)
    return add_attachment(upload, content=content, name=name, filed=Filed(title=title, desk=desk))


def open_newsroom() -> Newsroom:
    lay_wagtails_foundations()
    home = Page.get_first_root_node().add_child(instance=HomePage(title="Marquee", slug="test-home"))
    Site.objects.all().delete()
    Site.objects.create(
        hostname="testserver", port=80, root_page=home, is_default_site=True, site_name="Marquee"
    )
    sections = [
        home.add_child(instance=SectionPage(title=title, slug=title.lower(), show_in_menus=True))
        for title in ("Entertainment", "Technology")
    ]
    return Newsroom(home, *sections)


def lay_wagtails_foundations() -> None:
    """What Wagtail's migrations lay, which a test that commits sweeps away after itself."""
    Locale.objects.get_or_create(language_code="en-gb") if not Locale.objects.exists() else None
    if not Page.objects.filter(depth=1).exists():
        Page.add_root(title="Root", slug="root")
    if not Collection.objects.filter(depth=1).exists():
        Collection.add_root(name="Root")
    let_groups_write()


def let_groups_write() -> None:
    root = Page.get_first_root_node()
    for name, codenames in (
        ("Editors", ["add_page", "change_page"]),
        ("Moderators", ["add_page", "change_page", "publish_page"]),
    ):
        group, _ = Group.objects.get_or_create(name=name)
        give(group, "wagtailadmin", "access_admin")
        for codename in codenames:
            GroupPagePermission.objects.get_or_create(
                group=group, page=root, permission=permission("wagtailcore", codename)
            )


def give(group: Group, app: str, codename: str) -> None:
    group.permissions.add(permission(app, codename))


def permission(app: str, codename: str) -> Permission:

    return Permission.objects.get(content_type__app_label=app, codename=codename)


def reader(email: str = "reader@example.com", *, credits: int = 0, **extra: Any) -> User:
    """A reader with a verified address, a password, and this many promotional credits."""
    user = User.objects.create_user(email, PASSWORD, **extra)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    if credits:
        ledger.grant(
            wallet_id=user.wallet_id,
            amount=credits,
            kind=LotKind.PROMOTIONAL,
            reason="For a test",
            key=f"test:{email}",
        )
    return user


def member(email: str = "member@example.com", **hold: Any) -> User:
    user = reader(email)
    tier, _ = Tier.objects.get_or_create(slug="club", defaults={"name": "Executives Club"})
    Membership.objects.create(reader=user, tier=tier, **hold)
    return user


def editor(email: str = "editor@example.com", *, group: str = "Editors") -> User:
    user = reader(email)
    user.groups.add(Group.objects.get(name=group))
    return user
