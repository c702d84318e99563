from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from wagtail.models import Page, PageViewRestriction

from articles.models import BriefingPage, Correction, HomePage, PlainPage, SectionPage
from tests.newsroom import Newsroom, reader

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("parent", "children"),
    [
        (Page, {HomePage}),
        (HomePage, {SectionPage, PlainPage}),
        (SectionPage, {BriefingPage}),
        (BriefingPage, set()),
        (PlainPage, set()),
    ],
)
def test_each_type_of_page_has_its_place(parent: type[Page], children: set[type[Page]]) -> None:
    assert set(parent.allowed_subpage_models()) & {HomePage, SectionPage, BriefingPage, PlainPage} == children


def test_there_is_one_home(newsroom: Newsroom) -> None:
    assert not HomePage.can_create_at(Page.get_first_root_node())


def titles(response: Any, name: str) -> list[str]:
    return [card.title for card in response.context[name]]


def test_the_home_page_leads_with_the_newest(newsroom: Newsroom, client: Client) -> None:
    today = timezone.localdate()
    for days in range(9):
        newsroom.publish(f"Briefing {days}", date=today - timedelta(days))
    newsroom.publish("Wires", section=newsroom.technology, date=today - timedelta(20))
    response = client.get("/")
    assert response.context["lead"].title == "Briefing 0"
    assert titles(response, "latest") == [f"Briefing {days}" for days in range(1, 8)]
    groups = {section.title: [card.title for card in cards] for section, cards in response.context["groups"]}
    assert groups == {
        "Entertainment": ["Briefing 0", "Briefing 1", "Briefing 2"],
        "Technology": ["Wires"],
    }


def test_an_empty_home_and_section_say_so(newsroom: Newsroom, get: Any) -> None:
    assert "Nothing is published yet" in get("/")
    assert "Nothing is filed here yet" in get("/technology/")


def test_an_alias_stands_in_its_section_and_once_on_the_home_page(newsroom: Newsroom, client: Client) -> None:
    newsroom.publish("Both desks").create_alias(parent=newsroom.technology)
    response = client.get("/")
    assert response.context["lead"].title == "Both desks"
    assert titles(response, "latest") == []
    assert [section.title for section, _ in response.context["groups"]] == ["Entertainment", "Technology"]


def test_a_section_is_paginated(newsroom: Newsroom, client: Client) -> None:
    for number in range(13):
        newsroom.publish(f"Briefing {number}", date=timezone.localdate() - timedelta(number))
    assert titles(client.get("/entertainment/"), "cards") == [f"Briefing {number}" for number in range(12)]
    assert titles(client.get("/entertainment/?page=2"), "cards") == ["Briefing 12"]
    assert titles(client.get("/entertainment/?page=nine"), "cards")[0] == "Briefing 0"
    assert b"?page=2" in client.get("/entertainment/").content


def test_a_briefing_shows_who_wrote_it_and_when_and_after_whom(newsroom: Newsroom, get: Any) -> None:
    page = newsroom.publish(date=timezone.localdate().replace(year=2026, month=6, day=21))
    text = get(page.url)
    assert "By <strong>Test desk</strong>" in text
    assert '<a href="https://example.org/" rel="noopener">The Trade Paper</a>' in text
    assert '<time datetime="2026-06-21">21 June 2026</time>' in text
    assert "1 min read" in text
    assert "The standfirst that everyone reads." in text
    assert "Updated" not in text


def test_it_says_updated_only_when_published_again_later(newsroom: Newsroom, get: Any) -> None:
    page = newsroom.publish()
    page.save_revision().publish()
    assert "Updated" not in get(page.url)
    BriefingPage.objects.filter(pk=page.pk).update(first_published_at=timezone.now() - timedelta(hours=2))
    page.refresh_from_db()
    page.save_revision().publish()
    assert "Updated" in get(page.url)


def test_corrections_and_tags_stand_under_the_story(newsroom: Newsroom, get: Any) -> None:
    page = newsroom.publish()
    page.corrections = [Correction(text="It was twelve & not ten.", date=timezone.localdate())]
    page.tags.add("Film & TV")
    page.save_revision().publish()
    text = get(page.url)
    assert "It was twelve &amp; not ten." in text
    assert '<a href="/search/?q=Film%20%26%20TV">Film &amp; TV</a>' in text


def test_the_picture_comes_with_alt_credit_and_size(newsroom: Newsroom, get: Any, picture: Any) -> None:
    page = newsroom.publish(hero=picture)
    text = get(page.url)
    assert 'alt="A lit stage"' in text
    assert "<figcaption>Photo: Ada</figcaption>" in text
    assert 'width="1280" height="720"' in text
    assert '<link rel="preload" as="image"' in text
    page.hero_alt = "Ada on stage"
    page.save_revision().publish()
    assert 'alt="Ada on stage"' in get(page.url)


def test_the_address_of_an_alias_is_that_of_its_source(newsroom: Newsroom, get: Any) -> None:
    source = newsroom.publish("Source")
    alias = source.create_alias(parent=newsroom.technology)
    third = newsroom.home.add_child(instance=SectionPage(title="Third", slug="third"))
    again = alias.create_alias(parent=third)
    for url in (source.url, alias.url, again.url):
        assert f'<link rel="canonical" href="{source.full_url}">' in get(url)


def test_three_others_stand_below(newsroom: Newsroom, client: Client) -> None:
    pages = [newsroom.publish(f"B{number}") for number in range(5)]
    newsroom.publish("Elsewhere", section=newsroom.technology)
    response = client.get(pages[3].url)
    assert titles(response, "more") == ["B4", "B2", "B1"]
    assert "More in Entertainment" in response.content.decode()


def status(client: Client, page: Page) -> int:
    return client.get(f"/entertainment/{page.slug}/").status_code


def test_what_is_unpublished_or_expired_is_gone(newsroom: Newsroom, client: Client) -> None:
    page, expiring = newsroom.publish("One"), newsroom.publish("Two")
    assert status(client, page) == status(client, expiring) == 200
    page.unpublish()
    BriefingPage.objects.filter(pk=expiring.pk).update(expire_at=timezone.now() - timedelta(minutes=1))
    call_command("publish_scheduled")
    assert status(client, page) == status(client, expiring) == 404
    assert "One" not in client.get("/").content.decode()


def test_it_is_published_at_its_time(newsroom: Newsroom, client: Client) -> None:
    page = BriefingPage(title="Later", standfirst="s", body=[("paragraph", "<p>x</p>")], live=False)
    newsroom.entertainment.add_child(instance=page)
    page.go_live_at = timezone.now() + timedelta(hours=1)
    page.save_revision().publish()
    call_command("publish_scheduled")
    assert status(client, page) == 404
    page.refresh_from_db()
    page.go_live_at = timezone.now() - timedelta(minutes=1)
    page.save_revision(approved_go_live_at=page.go_live_at)
    call_command("publish_scheduled")
    assert status(client, page) == 200


def test_a_draft_is_never_shown(newsroom: Newsroom, get: Any, client: Client) -> None:
    page = newsroom.publish("As published")
    page.title = "As drafted"
    page.save_revision()
    newsroom.entertainment.add_child(
        instance=BriefingPage(title="As drafted", slug="new", standfirst="s", live=False)
    )
    for url in ("/", "/entertainment/", page.url, "/feed/", "/sitemap.xml", "/search/?q=drafted"):
        assert "As drafted</" not in get(url)
    assert client.get("/entertainment/new/").status_code == 404


def test_what_is_restricted_is_not_listed_for_others(newsroom: Newsroom, get: Any, client: Client) -> None:
    page = newsroom.publish("Board only")
    PageViewRestriction.objects.create(page=newsroom.entertainment, restriction_type="login")
    other = newsroom.publish("Open", section=newsroom.technology)
    assert "Board only" not in get("/")
    assert "Board only" not in get(other.url)
    assert client.get(page.url).status_code == 302
    client.force_login(reader())
    assert "Board only" in get("/entertainment/")
    assert "Board only" in get(page.url)


def test_the_slug_of_the_feed_is_taken(newsroom: Newsroom) -> None:
    with pytest.raises(ValidationError, match="feed has this address"):
        newsroom.publish("Feed")


def body_of(newsroom: Newsroom, get: Any, *blocks: Any) -> str:
    text = get(newsroom.publish(body=list(blocks)).url)
    return text.partition('<div class="story">')[2].partition('<section id="insights"')[0]


def test_a_figure_and_a_quote_and_a_heading(newsroom: Newsroom, get: Any, picture: Any) -> None:
    story = body_of(
        newsroom,
        get,
        ("heading", {"text": "Why & how", "level": "3"}),
        ("quote", {"text": "So it is", "attribution": "Ada"}),
        ("figure", {"image": picture, "alt": "", "caption": "On stage"}),
    )
    assert "<h3>Why &amp; how</h3>" in story
    assert "<footer>Ada</footer>" in story
    assert 'alt="A lit stage"' in story
    assert "On stage" in story
    assert "Photo: Ada" in story


def test_a_table_has_heads_and_cells(newsroom: Newsroom, get: Any) -> None:
    page = newsroom.publish()
    stream = page.body.stream_block
    columns = [{"type": "text", "heading": "Lab"}, {"type": "rich_text", "heading": "Seats"}]
    table = {"columns": columns, "rows": [{"values": ["A&I", "<p>12</p>"]}], "caption": "Labs"}
    page.body = stream.to_python([{"type": "table", "value": table}])
    page.save_revision().publish()
    text = get(page.url)
    assert "<caption>Labs</caption>" in text
    assert '<th scope="col">Lab</th>' in text
    assert '<th scope="row">A&amp;I</th>' in text
    assert "<p>12</p>" in text
    assert BriefingPage.objects.get(pk=page.pk).story_text.split("\n") == ["Labs", "Lab Seats", "A&I 12"]


@pytest.mark.parametrize(
    ("url", "player"),
    [
        ("https://www.youtube.com/watch?v=dQw4w9WgXcQ", "https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ"),
        ("https://youtu.be/dQw4w9WgXcQ?t=3", "https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ"),
        ("https://vimeo.com/76979871", "https://player.vimeo.com/video/76979871"),
    ],
)
def test_a_video_is_framed_in_a_sandbox(newsroom: Newsroom, get: Any, url: str, player: str) -> None:
    story = body_of(newsroom, get, ("embed", {"url": url, "title": "A “talk”"}))
    assert f'<iframe src="{player}" title="A “talk”"' in story
    assert 'sandbox="allow-scripts allow-same-origin allow-presentation"' in story


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/watch?v=dQw4w9WgXcQ",
        "https://youtube.com.evil.example/watch?v=dQw4w9WgXcQ",
        "http://youtu.be/dQw4w9WgXcQ",
        "https://youtu.be/dQw4w9WgXcQ/../x",
        'https://youtu.be/dQw4w9WgXcQ"onload="x',
        "javascript:alert(1)//https://youtu.be/dQw4w9WgXcQ",
        "https://vimeo.com/76979871\nhttps://evil.example",
    ],
)
def test_no_other_host_is_framed(newsroom: Newsroom, get: Any, url: str) -> None:
    assert "<iframe" not in body_of(newsroom, get, ("embed", {"url": url, "title": "x"}))
    block = BriefingPage._meta.get_field("body").stream_block.child_blocks["embed"]
    with pytest.raises(ValidationError):
        block.clean(block.to_python({"url": url, "title": "x"}))


def test_a_related_briefing_is_linked_while_it_is_published(newsroom: Newsroom, get: Any) -> None:
    other = newsroom.publish("The other one", section=newsroom.technology)
    page = newsroom.publish("This one", body=[("related", other)])
    assert f'<a href="{other.url}">The other one</a>' in get(page.url)
    other.unpublish()
    assert "The other one" not in get(page.url)


def test_a_related_briefing_behind_a_restriction_is_named_only_behind_it(
    newsroom: Newsroom, client: Client
) -> None:
    hidden, other = newsroom.publish("A hidden one"), newsroom.publish("The other one")
    alias = hidden.create_alias(parent=newsroom.technology, update_slug="an-alias")
    open_to_all = [
        newsroom.publish("Names it", section=newsroom.technology, body=[("related", hidden)]),
        newsroom.publish("Names its alias", section=newsroom.technology, body=[("related", alias)]),
    ]
    beside = newsroom.publish("Behind the same", body=[("related", other)])
    pages = [*open_to_all, beside]
    assert all("Related briefing" in client.get(page.url).content.decode() for page in pages)
    assert "A hidden one" in client.get("/feed/").content.decode()
    restricted = [
        PageViewRestriction.objects.create(page=page, restriction_type="login")
        for page in (hidden, newsroom.entertainment)
    ]
    assert "A hidden one" not in client.get("/feed/").content.decode()
    client.force_login(reader())
    for visit in (Client(), client):
        assert not any("Related briefing" in visit.get(page.url).content.decode() for page in open_to_all)
    assert "Related briefing" in client.get(beside.url).content.decode()
    for each in restricted:
        each.delete()
    assert "Related briefing" in Client().get(open_to_all[0].url).content.decode()


def test_who_signs_in_from_a_page_is_led_back_to_it(newsroom: Newsroom, get: Any) -> None:
    page = newsroom.publish("Labs")
    for url in ("/", "/technology/", page.url, "/club/"):
        assert f'href="/accounts/login/?next={url}" rel="nofollow">Sign in' in get(url)
    for url in ("/accounts/signup/", "/accounts/password/reset/", "/search/"):
        assert 'href="/accounts/login/" rel="nofollow">Sign in' in get(url)


def test_a_plain_page_is_plain(newsroom: Newsroom, get: Any) -> None:
    newsroom.home.add_child(
        instance=PlainPage(title="About", slug="about", body=[("paragraph", "<p>Us</p>")])
    )
    text = get("/about/")
    assert "<h1>About</h1>" in text
    assert "<p>Us</p>" in text
