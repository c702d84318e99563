"""The demo's home, sections and plain pages, under the address it is served at."""

from pathlib import Path
from urllib.parse import urlsplit

import yaml
from django.conf import settings
from wagtail.models import Page, Site

from articles.importing.front_matter import split
from articles.importing.story import Story, flattened
from articles.importing.tree import from_markdown
from articles.models import HomePage, PlainPage, SectionPage

PAGES = Path(__file__).parent / "newsroom" / "pages"
SECTIONS = (
    ("entertainment", "Entertainment", "Film, television and the rooms where both are decided."),
    ("technology", "Technology", "The formats, tools and standards that stories travel on."),
    ("gaming", "Gaming", "Storefronts, studios and the business of play."),
    ("policy", "Policy", "The rules that reach into a production plan."),
)


def seed_home() -> HomePage:
    home = HomePage.objects.first() or add_home()
    serve_from(home)
    Page.objects.filter(depth=2, slug="home", content_type__model="page").exclude(pk=home.pk).delete()
    return home


def serve_from(home: HomePage) -> None:
    address = urlsplit(settings.WAGTAILADMIN_BASE_URL)
    wanted = {
        "hostname": address.hostname,
        "port": address.port or (443 if address.scheme == "https" else 80),
        "root_page_id": home.pk,
        "site_name": settings.WAGTAIL_SITE_NAME,
    }
    site = Site.objects.filter(is_default_site=True).first() or Site(is_default_site=True)
    if any(getattr(site, name) != value for name, value in wanted.items()):
        for name, value in wanted.items():
            setattr(site, name, value)
        site.save()


def add_home() -> HomePage:
    root = Page.get_first_root_node()
    return root.add_child(instance=HomePage(title=settings.WAGTAIL_SITE_NAME, slug="marquee"))


def seed_sections(home: HomePage) -> None:
    for slug, title, standfirst in SECTIONS:
        if not SectionPage.objects.child_of(home).filter(slug=slug).exists():
            home.add_child(
                instance=SectionPage(title=title, slug=slug, standfirst=standfirst, show_in_menus=True)
            )


def seed_plain_pages(home: HomePage) -> None:
    for file in sorted(PAGES.glob("*.md")):
        source, body, before = split(file.read_text("utf-8"))
        head = yaml.safe_load(source)
        if not PlainPage.objects.child_of(home).filter(slug=head["slug"]).exists():
            home.add_child(
                instance=PlainPage(title=head["title"], slug=head["slug"], body=plain_body(body, before))
            )


def plain_body(body: str, lines_before: int) -> object:
    story = Story()
    for element in flattened(from_markdown(body, lines_before=lines_before)):
        story.add(element)
    return PlainPage._meta.get_field("body").stream_block.to_python(story.blocks)
