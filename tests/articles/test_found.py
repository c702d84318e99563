"""How others find what is published: feeds, sitemaps, robots, and what a page says of itself."""

import json
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from django.conf import settings
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from wagtail.models import PageViewRestriction

from articles import sitemaps
from articles.shelf import shelf
from tests.newsroom import Newsroom

pytestmark = pytest.mark.django_db

CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"
MAP = {
    "s": "http://www.sitemaps.org/schemas/sitemap/0.9",
    "n": "http://www.google.com/schemas/sitemap-news/0.9",
}


def items(get: Any, path: str = "/feed/") -> list[ET.Element]:
    return ET.fromstring(get(path)).findall("channel/item")


def test_the_feed_has_the_whole_story_and_an_honest_teaser(newsroom: Newsroom, get: Any) -> None:
    page = newsroom.publish("Labs & “makers” <now>", price=2)
    (item,) = items(get)
    assert item.findtext("title") == "Labs & “makers” <now>"
    assert item.findtext("link") == page.full_url
    assert item.findtext("description") == page.standfirst
    story = item.findtext(CONTENT) or ""
    assert "The public story, free to read to the end." in story
    assert "2 Key Insights, 2 Take-aways, 2 Executive Actions: 2 credits" in story


def test_a_feed_tells_what_is_free_with_an_account(newsroom: Newsroom, get: Any) -> None:
    newsroom.publish(price=0)
    assert "free with an account" in (items(get)[0].findtext(CONTENT) or "")


def test_a_section_has_its_own_feed(newsroom: Newsroom, get: Any, client: Client) -> None:
    newsroom.publish("One")
    newsroom.publish("Two", section=newsroom.technology)
    assert [item.findtext("title") for item in items(get, "/technology/feed/")] == ["Two"]
    assert [item.findtext("title") for item in items(get)] == ["Two", "One"]
    assert ET.fromstring(get("/technology/feed/")).findtext("channel/title") == "Marquee: Technology"
    assert client.get("/nowhere/feed/").status_code == 404


def test_a_stray_control_character_does_not_take_the_feed_away(newsroom: Newsroom, get: Any) -> None:
    newsroom.publish("A bell\x07 rang", body=[("paragraph", "<p>x\x08y</p>")])
    assert items(get)[0].findtext("title") == "A bell rang"


@pytest.fixture
def crowd(newsroom: Newsroom) -> Newsroom:
    """A published briefing, an alias, a restricted, an unpublished and an old one."""
    source = newsroom.publish("Open")
    source.create_alias(parent=newsroom.technology, update_slug="an-alias")
    restricted = newsroom.publish("Restricted")
    PageViewRestriction.objects.create(page=restricted, restriction_type="login")
    newsroom.publish("Gone").unpublish()
    newsroom.publish("Old", date=timezone.localdate() - timedelta(days=3))
    return newsroom


def test_feeds_have_what_everyone_may_read_once(crowd: Newsroom, get: Any) -> None:
    assert [item.findtext("title") for item in items(get)] == ["Open", "Old"]


def test_the_sitemap_has_every_public_page_once(crowd: Newsroom, get: Any) -> None:
    found = [loc.text for loc in ET.fromstring(get("/sitemap.xml")).findall("s:url/s:loc", MAP)]
    base = "http://testserver"
    paths = ["/", "/entertainment/", "/entertainment/open/", "/entertainment/old/", "/technology/"]
    assert found == [f"{base}{path}" for path in paths]


def test_a_long_sitemap_is_an_index_of_several(
    crowd: Newsroom, get: Any, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = [loc.text for loc in ET.fromstring(get("/sitemap.xml")).findall("s:url/s:loc", MAP)]
    monkeypatch.setattr(sitemaps, "A_FILE", 2)
    shelf.clear()
    cache.clear()
    index = ET.fromstring(get("/sitemap.xml")).findall("s:sitemap/s:loc", MAP)
    assert [loc.text for loc in index] == [f"http://testserver/sitemap.xml?page={n}" for n in (1, 2, 3)]
    files = [ET.fromstring(get(f"/sitemap.xml?page={number}")) for number in (1, 2, 3)]
    assert [loc.text for file in files for loc in file.findall("s:url/s:loc", MAP)] == whole
    for number in ("4", "0", "x"):
        assert client.get(f"/sitemap.xml?page={number}").status_code == 404


def test_the_news_sitemap_has_the_last_two_days(crowd: Newsroom, get: Any) -> None:
    crowd.publish("Yesterday & <today>", date=timezone.localdate() - timedelta(days=1))
    found = ET.fromstring(get("/news-sitemap.xml")).findall("s:url/n:news", MAP)
    assert [news.findtext("n:title", namespaces=MAP) for news in found] == ["Open", "Yesterday & <today>"]
    assert found[0].findtext("n:publication/n:name", namespaces=MAP) == "Marquee"
    assert found[0].findtext("n:publication_date", namespaces=MAP) == timezone.localdate().isoformat()


def test_robots_are_told_the_way(newsroom: Newsroom, client: Client) -> None:
    response = client.get("/robots.txt")
    assert response.headers["Content-Type"].startswith("text/plain")
    assert f"Sitemap: {settings.WAGTAILADMIN_BASE_URL}/sitemap.xml" in response.content.decode()
    assert "Disallow: /admin/" in response.content.decode()


class Head(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.meta: dict[str, str] = {}
        self.scripts: list[str] = []
        self.in_data = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        name = named.get("property") or named.get("name")
        if tag == "meta" and name:
            self.meta[name] = named.get("content") or ""
        self.in_data = tag == "script" and named.get("type") == "application/ld+json"

    def handle_data(self, data: str) -> None:
        if self.in_data:
            self.scripts.append(data)
            self.in_data = False


def head(text: str) -> Head:
    parser = Head()
    parser.feed(text)
    return parser


def test_other_sites_are_shown_the_public_face(newsroom: Newsroom, get: Any, picture: Any) -> None:
    page = newsroom.publish('"Quotes" & <tags>', hero=picture)
    meta = head(get(page.url)).meta
    assert meta["og:title"] == '"Quotes" & <tags>'
    assert meta["og:description"] == meta["description"] == page.standfirst
    assert (meta["og:type"], meta["og:url"]) == ("article", page.full_url)
    assert meta["og:image"].startswith(settings.WAGTAILADMIN_BASE_URL)
    assert meta["og:image:alt"] == "A lit stage"


def json_ld(text: str) -> dict[str, Any]:
    (data,) = head(text).scripts
    return json.loads(data)


def test_structured_data_declares_the_gate(newsroom: Newsroom, get: Any, picture: Any) -> None:
    page = newsroom.publish("Labs", hero=picture)
    text = get(page.url)
    data = json_ld(text)
    assert (data["@type"], data["headline"], data["url"]) == ("NewsArticle", "Labs", page.full_url)
    assert data["isAccessibleForFree"] is False
    assert data["hasPart"] == {
        "@type": "WebPageElement",
        "isAccessibleForFree": False,
        "cssSelector": ".insight-section",
    }
    assert 'class="insight-section"' in text
    assert data["author"] == [{"@type": "Organization", "name": "Test desk"}]


LEVELS = ("key_insights_access", "takeaways_access", "executive_actions_access")


@pytest.mark.parametrize(
    ("fields", "free"),
    [
        (dict.fromkeys(LEVELS, "public"), True),
        ({"key_insights": [], "takeaways": [], "executive_actions": []}, True),
        (dict.fromkeys(LEVELS, "registered"), False),
        ({"price": 0}, False),
        (dict.fromkeys(LEVELS[:2], "public"), False),
    ],
    ids=["all public", "no insights", "registered", "at no price", "one locked"],
)
def test_structured_data_says_free_only_where_all_is(
    newsroom: Newsroom, get: Any, fields: dict[str, Any], free: bool
) -> None:
    data = json_ld(get(newsroom.publish(**fields).url))
    assert data["isAccessibleForFree"] is free
    assert ("hasPart" in data) is not free


def test_no_title_can_end_the_structured_data(newsroom: Newsroom, get: Any) -> None:
    title = "</script><script>alert(1)</script> <!-- & “x” \u2028"
    text = get(newsroom.publish(title, slug="hostile").url)
    assert "<script>alert(1)" not in text
    assert json_ld(text)["headline"] == title


def test_nothing_locked_is_found_anywhere(crowd: Newsroom, get: Any) -> None:
    paths = ["/", "/entertainment/", "/entertainment/open/", "/feed/", "/entertainment/feed/"]
    paths += ["/sitemap.xml", "/news-sitemap.xml", "/robots.txt"]
    everything = "".join(get(path) for path in paths)
    assert crowd.canaries
    assert crowd.found_in(everything) == set()
