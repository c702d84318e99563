"""The plan of the house: its sites, its sections, and what stands behind a restriction. One query, kept."""

from dataclasses import dataclass, replace
from urllib.parse import quote

from django.apps import apps
from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.fields import ArrayField
from django.db.models import JSONField, QuerySet
from django.db.models.expressions import RawSQL
from django.db.models.functions import JSONObject
from django.urls import reverse
from wagtail.models import Site
from wagtail.models.sites import SiteRootPath

from .versions import kept

DESK = ("pk", "path", "depth", "url_path", "title", "slug", "show_in_menus")
# What stands in an address as it is.
PLAIN = "!$&'()*+,;=/~:@"
# An alias stands behind its source's restrictions, and so does an alias of an alias. OFFSET 0 has each page
# looked up by its index: PostgreSQL expects more restrictions than there ever are, and would read all pages.
RESTRICTED = """
WITH RECURSIVE restricted AS (
    SELECT page.id, page.path FROM wagtailcore_pageviewrestriction restriction CROSS JOIN LATERAL
        (SELECT id, path FROM wagtailcore_page WHERE id = restriction.page_id OFFSET 0) page
    UNION
    SELECT alias.id, alias.path FROM restricted CROSS JOIN LATERAL
        (SELECT id, path FROM wagtailcore_page WHERE alias_of_id = restricted.id OFFSET 0) alias
)
SELECT ARRAY(SELECT jsonb_build_object('pk', id, 'path', path) FROM restricted ORDER BY path)
"""


@dataclass(frozen=True)
class Desk:
    """A section, as other pages name it."""

    pk: int
    path: str
    depth: int
    url_path: str
    title: str
    slug: str
    show_in_menus: bool
    url: str


@dataclass(frozen=True)
class Restricted:
    pk: int
    path: str


@dataclass(frozen=True)
class Plan:
    """``desks``: the live sections by their paths in the tree. ``roots``: how addresses begin, by site."""

    sites: tuple[Site, ...]
    roots: tuple[SiteRootPath, ...]
    desks: dict[str, Desk]
    restricted: tuple[Restricted, ...]
    # The address of a home on its site.
    top: str

    def restrictions_of(self, path: str) -> tuple[Restricted, ...]:
        """What the page at this path of the tree stands behind: its own and those above it."""
        return tuple(each for each in self.restricted if path.startswith(each.path))

    def restrictions_beside(self, path: str) -> tuple[Restricted, ...]:
        """What it does not stand behind, and may therefore not show."""
        return tuple(each for each in self.restricted if not path.startswith(each.path))

    def hides(self, path: str, *, on: str) -> bool:
        """Whether a page at the one path may not be shown on the page at the other."""
        return any(path.startswith(each.path) for each in self.restrictions_beside(on))

    def desk_at(self, url_path: str) -> Desk | None:
        return next((desk for desk in self.desks.values() if desk.url_path == url_path), None)

    def url_of(self, url_path: str) -> str | None:
        """As Wagtail's own ``url``: without the host where there is one site only."""
        address = self.address_of(url_path)
        return address and (address[1] if len(self.sites) == 1 else "".join(address))

    def full_url_of(self, url_path: str) -> str | None:
        address = self.address_of(url_path)
        return address and "".join(address)

    def address_of(self, url_path: str) -> tuple[str, str] | None:
        """The site's own part, and the page's."""
        for root in self.roots:
            if url_path.startswith(root.root_path):
                return root.root_url, self.top + quote(url_path[len(root.root_path) :], safe=PLAIN)
        return None


def plan() -> Plan:
    return kept("plan", drawn, shared=True)


def drawn() -> Plan:
    sites = list(with_all_else(Site.objects.order_by("-root_page__url_path", "-is_default_site", "hostname")))
    roots = tuple(SiteRootPath(site.pk, site.root_page.url_path, site.root_url, "") for site in sites)
    found = Plan(
        sites=tuple(sites), roots=roots, desks={}, restricted=(), top=reverse("wagtail_serve", args=("",))
    )
    if not sites:
        return found
    return replace(
        found,
        desks={row["path"]: Desk(**row, url=found.url_of(row["url_path"]) or "") for row in sites[0].desks},
        restricted=tuple(Restricted(**row) for row in sites[0].restricted),
    )


def with_all_else(sites: QuerySet[Site]) -> QuerySet[Site]:
    """What is not of a site is found once, and comes with each."""
    pages = apps.get_model("articles", "SectionPage").objects.live().order_by("path")
    rows = ArrayField(JSONField())
    return sites.select_related("root_page__homepage").annotate(
        desks=ArraySubquery(pages.values(row=JSONObject(**{name: name for name in DESK}))),
        restricted=RawSQL(RESTRICTED, [], output_field=rows),  # noqa: S611 (nothing is put into it)
    )
