from datetime import date
from typing import Any

import pytest
from django.test import Client
from wagtail.models import PageViewRestriction

from articles import hits
from articles.models import BriefingPage, PublicText
from articles.rows import cards_of, rows_of
from articles.search import search
from tests.newsroom import Newsroom, member, reader

from .searching import found, story, titles

pytestmark = pytest.mark.django_db


def test_a_word_in_the_title_counts_more_than_one_in_the_story(newsroom: Newsroom) -> None:
    newsroom.publish("Second", body=story("About the festival, and the festival again."))
    newsroom.publish("Third", body=story("Nothing."), standfirst="x")
    newsroom.publish("The festival", body=story("Nothing."))
    newsroom.publish("First after it", standfirst="The festival.")
    assert found("festival") == ["The festival", "First after it", "Second"]


def test_words_are_found_by_their_stem_and_by_tag(newsroom: Newsroom) -> None:
    page = newsroom.publish("Labs", body=story("They screened it."))
    page.tags.add("Virtual reality")
    page.save_revision().publish()
    assert found("screening") == found("virtual") == found('"virtual reality"') == ["Labs"]
    assert found("labs -screened") == []


def test_a_misspelling_is_mended_and_said(newsroom: Newsroom, client: Client) -> None:
    newsroom.publish("The festival")
    response = client.get("/search/", {"q": "festvial"})
    assert response.context["corrected"] == "festival"
    text = response.content.decode()
    assert "Nothing for <strong>festvial</strong>. Showing <strong>festival</strong> instead." in text
    assert "1 briefing<" in text


def test_snippets_mark_what_was_found_and_nothing_else(newsroom: Newsroom, get: Any) -> None:
    newsroom.publish("Labs", standfirst='A <b>bold</b> "claim"', body=story("Of &lt;script&gt; & festivals."))
    text = get("/search/?q=festival")
    assert "Of &lt;script&gt; &amp; <mark>festivals</mark>" in text
    assert "&lt;b&gt;bold&lt;/b&gt;" in text
    assert "<b>bold" not in text
    assert "<script>" not in text.partition('<div class="listing">')[2].partition("</main>")[0]


def test_the_query_is_escaped(newsroom: Newsroom, get: Any) -> None:
    text = get("/search/?q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E")
    assert "<script>alert" not in text


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("festvial", "festival"), ("fstival", "festival"), ("phne", "phone"), ("FESTIVALL", "festival")],
)
def test_a_word_is_mended_that_is_nearly_one(newsroom: Newsroom, typed: str, meant: str) -> None:
    newsroom.publish("The festival and the phone")
    assert search(typed).corrected == meant


@pytest.mark.parametrize("typed", ["the", "there", "vestibule", "alert", "<script>alert(1)"])
def test_a_small_word_or_one_unlike_any_is_not_mended(newsroom: Newsroom, typed: str) -> None:
    newsroom.publish("Three of these let a festival phone")
    assert search(typed).corrected == ""


def test_nothing_is_shown_instead_where_that_finds_nothing_either(newsroom: Newsroom, client: Client) -> None:
    newsroom.publish("The festival")
    newsroom.publish("The phone")
    answer = search("festvial phone")
    assert (answer.corrected, answer.hits.total) == ("", 0)
    assert "instead" not in client.get("/search/", {"q": "festvial phone"}).content.decode()


def test_a_locked_word_is_not_known(newsroom: Newsroom, client: Client) -> None:
    page = newsroom.publish("Labs")
    word = newsroom.canaries[page.pk, "takeaways"][0]
    for query in (word, word[:-1] + "x", f"labs {word}"):
        response = client.get("/search/", {"q": query})
        assert response.context["hits"] == []
        assert response.context["corrected"] == ""
        assert response.context["total"] == 0


def test_what_is_unpublished_leaves_the_index(newsroom: Newsroom) -> None:
    page = newsroom.publish("The festival")
    assert found("festival") == ["The festival"]
    page.unpublish()
    assert found("festival") == []
    assert not PublicText.objects.exists()


def test_what_was_deleted_leaves_the_index(newsroom: Newsroom) -> None:
    newsroom.publish("The festival").delete()
    assert not PublicText.objects.exists()


def test_a_draft_is_not_searched(newsroom: Newsroom) -> None:
    page = newsroom.publish("Labs")
    page.body = page.body.stream_block.to_python([{"type": "paragraph", "value": "<p>Embargoed</p>"}])
    page.save_revision()
    assert found("embargoed") == []
    page.get_latest_revision().publish()
    assert found("embargoed") == ["Labs"]


@pytest.mark.parametrize("above", [False, True], ids=["the page", "its section"])
def test_what_is_restricted_is_neither_found_nor_suggested(newsroom: Newsroom, above: bool) -> None:
    page = newsroom.publish("The kryptonian festival")
    place = newsroom.entertainment if above else page
    PageViewRestriction.objects.create(page=place, restriction_type="login")
    assert found("festival") == []
    assert search("kryptonain").corrected == ""


def test_an_alias_is_found_once_as_its_source(newsroom: Newsroom) -> None:
    source = newsroom.publish("The festival")
    source.create_alias(parent=newsroom.technology)
    source.save_revision().publish()
    assert [hit.pk for hit in search("festival").hits.found] == [source.pk]


ODD = [
    "",
    " ",
    '"',
    '"a',
    "''",
    "a & | ! ( ) :*",
    "-",
    "--",
    "or",
    "the",
    "a\x00b",
    "\x00",
    "%",
    "\\",
    "’“”",
    "🎬",
]
ODD += [
    "x" * 10_000,
    "word " * 2_000,
    "<->",
    "a:*b",
    "${jndi:x}",
    "\u202eabc",
    "ﷺ" * 50,
    "'; DROP TABLE x; --",
]


@pytest.mark.parametrize("query", ODD)
def test_no_query_is_too_odd(newsroom: Newsroom, client: Client, query: str) -> None:
    newsroom.publish("The festival")
    for page in ("1", "0", "-1", "x", "9" * 30):
        assert client.get("/search/", {"q": query, "page": page}).status_code == 200


def test_bytes_that_are_no_text_are_not_too_odd(newsroom: Newsroom, client: Client) -> None:
    assert client.get("/search/?q=%ff%fe%00&page=%00").status_code == 200


def test_results_are_for_one_reader(newsroom: Newsroom, client: Client) -> None:
    newsroom.publish("The festival")
    client.force_login(reader())
    assert client.get("/search/?q=festival").headers["Cache-Control"] == "private, no-store"


def filler(words: int) -> str:
    return " ".join("Nothing of it." for _ in range(words // 3))


def test_a_word_far_down_is_shown_where_it_stands(newsroom: Newsroom) -> None:
    newsroom.publish("Labs", body=story(f"{filler(900)} A screening of studies. {filler(900)}"))
    for words, shown in (("screened", "<mark>screening</mark>"), ("study", "<mark>studies</mark>")):
        [hit] = search(words).hits.found
        assert shown in hit.snippet
        assert len(hit.snippet) < 400


def test_a_snippet_begins_and_ends_with_whole_words(newsroom: Newsroom) -> None:
    text = " ".join(f"unbroken{number}" for number in range(400))
    newsroom.publish("Labs", body=story(f"{text} festival {text}"))
    [hit] = search("festival").hits.found
    shown = {word for word in hit.snippet.split() if not word.startswith("<mark>")}
    assert shown - {"…"} <= set(text.split())


@pytest.mark.parametrize("before", [False, True])
@pytest.mark.parametrize("after", [False, True])
def test_a_snippet_says_where_the_story_goes_on(newsroom: Newsroom, *, before: bool, after: bool) -> None:
    text = f"{filler(60) if before else ''} The festival. {filler(60) if after else ''}"
    newsroom.publish("Labs", body=story(text), standfirst="x")
    [hit] = search("festival").hits.found
    assert (hit.snippet.startswith("… "), hit.snippet.endswith(" …")) == (before, after)
    assert hit.snippet.count("…") == before + after


def test_a_snippet_shows_what_stands_before_the_word(newsroom: Newsroom) -> None:
    newsroom.publish(
        "Labs", body=story(f"{filler(300)} What was shown at the festival was new. {filler(300)}")
    )
    [hit] = search("festival").hits.found
    assert "What was shown at the <mark>festival</mark> was new." in hit.snippet


def test_of_many_the_newest_are_listed_and_all_are_counted(newsroom: Newsroom, monkeypatch: Any) -> None:
    monkeypatch.setattr(hits, "RANKED", 2)
    monkeypatch.setattr(hits, "A_PAGE", 1)
    dates = (date(2026, 1, 1), date(2026, 1, 3), date(2026, 1, 2))
    old, *_ = [newsroom.publish(f"Festival {number}", date=day) for number, day in enumerate(dates)]
    pages = [search("festival", number).hits for number in (1, 2, 3)]
    assert [(page.total, page.listed, page.number) for page in pages] == [(3, 2, 1), (3, 2, 2), (3, 2, 2)]
    assert {title for page in pages for title in titles(page)} == {"Festival 1", "Festival 2"}
    assert old.title == "Festival 0"


def test_a_search_is_one_query_and_none_when_asked_again(
    newsroom: Newsroom, picture: Any, client: Client, django_assert_num_queries: Any
) -> None:
    newsroom.publish("The festival", hero=picture)
    newsroom.publish("Another")
    client.get("/search/?q=another")
    # And one for all that were not found before.
    with django_assert_num_queries(2):
        assert b"The festival" in client.get("/search/?q=festivals").content
    with django_assert_num_queries(1):
        assert b"The festival" in client.get("/search/?q=festival").content
    with django_assert_num_queries(0):
        assert b"<picture" in client.get("/search/?q=festival").content


def test_a_row_at_hand_is_its_readers(newsroom: Newsroom) -> None:
    newsroom.publish("The festival")
    clients = Client(), Client()
    clients[1].force_login(member())
    for _ in range(2):
        shown = [client.get("/search/?q=festival").content.decode() for client in clients]
        assert ["Open to you" in text for text in shown] == [False, True]


def test_a_row_shows_what_the_briefing_says_of_itself(newsroom: Newsroom, picture: Any) -> None:
    pages = [
        newsroom.publish("The festival", hero=picture, hero_alt="A hall"),
        newsroom.publish("Another", price=3),
        newsroom.publish("A third", hero=picture),
    ]
    shown = {page.pk: BriefingPage.objects.get(pk=page.pk).card for page in pages}
    assert {card.pk: card for card in cards_of(shown)} == shown


def test_what_goes_while_it_is_searched_for_is_left_out(newsroom: Newsroom) -> None:
    page, other = newsroom.publish("The festival"), newsroom.publish("Another festival")
    found = search("festival").hits.found
    BriefingPage.objects.filter(pk=page.pk).update(live=False)
    [row] = rows_of(found, {}, version="")
    assert other.title in row


def test_a_text_has_the_date_of_its_listing(newsroom: Newsroom) -> None:
    """Whoever changes it, and by whatever way."""
    page = newsroom.publish("The festival", date=date(2026, 1, 1))
    assert PublicText.objects.get().date == date(2026, 1, 1)
    BriefingPage.objects.filter(pk=page.pk).update(date=date(2026, 1, 2))
    assert PublicText.objects.get().date == date(2026, 1, 2)
    BriefingPage.objects.filter(pk=page.pk).update(live=False)
    assert PublicText.objects.get().date is None
    assert found("festival") == []
    BriefingPage.objects.filter(pk=page.pk).update(live=True)
    assert PublicText.objects.get().date == date(2026, 1, 2)
    assert found("festivals") == ["The festival"]


def test_what_is_at_hand_goes_with_what_it_stood_for(newsroom: Newsroom) -> None:
    page = newsroom.publish("The festival")
    assert found("festival") == found("festival") == ["The festival"]
    page.title = "The fair"
    page.save_revision().publish()
    assert found("festival") == []
    page.unpublish()
    assert found("fair") == []


def test_a_readers_own_words_are_not_kept_for_another(newsroom: Newsroom, client: Client) -> None:
    newsroom.publish("The festival")
    client.force_login(member())
    assert "Open to you" in client.get("/search/?q=festival").content.decode()
    assert "Open to you" not in Client().get("/search/?q=festival").content.decode()
