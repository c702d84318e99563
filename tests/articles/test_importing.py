import datetime
from typing import Any

import pytest
from django.core.management import CommandError
from django.utils import timezone
from wagtail.models import Page, Revision

from articles.models import BriefingPage
from insights.sections import Level
from tests.newsroom import an_exhibit

from .files import GATED, HEAD, HTML_BODY, MARKDOWN, with_head, with_story

pytestmark = pytest.mark.django_db


def values(stream: Any) -> list[tuple[str, Any]]:
    return [(row["type"], row["value"]) for row in stream.get_prep_value()]


def content(page: BriefingPage) -> list[Any]:
    streams = (page.body, page.key_insights, page.takeaways, page.executive_actions)
    return [without_ids(values(stream)) for stream in streams]


def without_ids(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: without_ids(inner) for name, inner in value.items() if name != "id"}
    return [without_ids(inner) for inner in value] if isinstance(value, list | tuple) else value


def paragraphs(page: BriefingPage) -> str:
    return "".join(value for kind, value in values(page.body) if kind == "paragraph")


def test_front_matter_fills_the_page(imported: Any) -> None:
    page = imported(MARKDOWN)
    assert page.title == "Festivals now build tools"
    assert page.standfirst == "Labs turn “watch” into “make” — and boards should ask why."
    assert (page.slug, page.date, page.price) == (
        "festivals-now-build-tools",
        datetime.date(2026, 6, 21),
        2,
    )
    assert page.get_parent().slug == "entertainment"
    assert [line.author.name for line in page.bylines.all()] == ["Desk"]
    assert [source.name for source in page.sources.all()] == ["The Hollywood Reporter"]
    assert sorted(tag.name for tag in page.tags.all()) == ["ai", "film"]


def test_the_story_becomes_blocks_in_its_order(imported: Any) -> None:
    body = imported(MARKDOWN).body
    assert [block.block_type for block in body] == ["paragraph", "heading", "paragraph", "quote", "table"]
    assert dict(body[1].value) == {"text": "Why it matters", "level": "2"}
    assert dict(body[3].value) == {"text": "The line keeps moving.", "attribution": "A director"}
    assert [column["heading"] for column in body[4].value.columns] == ["Lab", "Seats"]
    assert [[cell.value for cell in row] for row in body[4].value.rows] == [["AI", "12"]]


def test_the_parts_become_typed_blocks(imported: Any) -> None:
    page = imported(MARKDOWN)
    first, second = values(page.key_insights)
    assert first == (
        "key_insight",
        {
            "statement": "<p>The statement, with <strong>weight</strong>, stands.</p>",
            "evidence": "<p>what shows it.</p>",
            "source_name": "The Hollywood Reporter",
            "source_url": "https://www.hollywoodreporter.com/?a=1&b=2",
            "confidence": "high",
        },
    )
    assert second[1]["statement"] == "<p>A second statement.</p>"
    assert values(page.takeaways) == [("takeaway", {"text": "<p>What it means.</p>", "audience": "Studios"})]
    assert values(page.executive_actions) == [
        (
            "executive_action",
            {
                "action": "<p>Do this.</p>",
                "owner": "CTO",
                "horizon": "this quarter",
                "effort": "medium",
                "measure": "<p>how one will know.</p>",
            },
        )
    ]


def test_parts_are_locked_unless_the_file_says_otherwise(imported: Any) -> None:
    page = imported(MARKDOWN)
    assert page.key_insights_access == Level.LOCKED
    assert page.takeaways_access == Level.REGISTERED
    assert page.executive_actions_access == Level.LOCKED


def test_the_same_in_html_gives_the_same_blocks(imported: Any) -> None:
    from_markdown = content(imported(MARKDOWN))
    head = HEAD.replace("slug: festivals-now-build-tools", "slug: the-same-in-html")
    from_html = content(imported(f"{head}\n\n{HTML_BODY}", name="briefing.html"))
    assert from_html == from_markdown


def test_a_second_run_changes_nothing(imported: Any) -> None:
    page = imported(MARKDOWN)
    revisions = Revision.objects.count()
    again = imported(MARKDOWN)
    assert again.pk == page.pk
    assert Revision.objects.count() == revisions
    assert again.last_published_at == page.last_published_at
    assert content(again) == content(page)


def test_a_changed_file_updates_its_page(imported: Any) -> None:
    page = imported(MARKDOWN)
    changed = imported(
        MARKDOWN.replace("A second statement", "A changed one").replace("price: 2", "price: 4")
    )
    assert changed.pk == page.pk
    assert changed.price == 4
    assert "A changed one" in changed.key_insights[1].value["statement"].source
    assert BriefingPage.objects.count() == 1


def test_a_part_taken_from_the_file_is_taken_from_the_page(imported: Any) -> None:
    imported(MARKDOWN)
    page = imported(MARKDOWN.partition("## TAKE-AWAYS")[0])
    assert not page.takeaways
    assert not page.executive_actions
    assert page.takeaways_access == Level.LOCKED


def test_a_slug_is_made_from_the_title(imported: Any) -> None:
    page = imported(with_head(slug=None, title="“What film means” — next, è vero?"))
    assert page.slug == "what-film-means-next-e-vero"


def test_without_publish_it_is_a_draft(import_file: Any) -> None:
    import_file(MARKDOWN)
    page = BriefingPage.objects.get()
    assert not page.live
    assert page.has_unpublished_changes


def test_publishing_an_imported_draft_makes_no_new_revision(import_file: Any, imported: Any) -> None:
    import_file(MARKDOWN)
    revisions = Revision.objects.count()
    assert imported(MARKDOWN).live
    assert Revision.objects.count() == revisions


def test_a_change_without_publish_waits_as_a_draft(import_file: Any, imported: Any) -> None:
    imported(MARKDOWN)
    changed = MARKDOWN.replace("Festivals now build tools", "A new headline")
    import_file(changed)
    page = BriefingPage.objects.get()
    assert (page.title, page.has_unpublished_changes) == ("Festivals now build tools", True)
    assert imported(changed).title == "A new headline"


def test_it_prints_the_address(import_file: Any) -> None:
    printed = import_file(MARKDOWN, "--publish")
    assert printed == "http://testserver/entertainment/festivals-now-build-tools/\n"


def test_a_section_named_on_the_line_goes_before_the_files_own(imported: Any) -> None:
    page = imported(with_head(section="no-such-desk"), "--section", "technology")
    assert page.get_parent().slug == "technology"


def test_another_section_moves_the_page(imported: Any) -> None:
    page = imported(MARKDOWN)
    moved = imported(with_head(section="technology"))
    assert moved.pk == page.pk
    assert moved.url == "/technology/festivals-now-build-tools/"
    assert imported(with_head(section="technology", price="5")).url == moved.url


@pytest.mark.parametrize(
    "raw",
    [
        b"\xef\xbb\xbf" + MARKDOWN.encode(),
        MARKDOWN.replace("\n", "\r\n").encode(),
        MARKDOWN.replace("\n", "\r").encode(),
    ],
    ids=["byte order mark", "CRLF", "CR"],
)
def test_line_ends_and_marks_of_other_systems_change_nothing(imported: Any, raw: bytes) -> None:
    as_it_is = content(imported(MARKDOWN))
    assert content(imported(raw)) == as_it_is


def test_quotes_and_dashes_survive(imported: Any) -> None:
    page = imported(MARKDOWN)
    assert "The festival’s labs are “hands-on” — not a panel." in paragraphs(page)
    assert "5 &lt; 6 &amp; more" in paragraphs(page)
    assert 'href="https://example.org/report?a=1&amp;b=2"' in paragraphs(page)


def test_a_written_out_address_becomes_a_link(imported: Any) -> None:
    text = paragraphs(imported(with_story("\nSee https://example.org/x for more. Ask example.org.\n")))
    assert '<a href="https://example.org/x">https://example.org/x</a> for more' in text
    assert text.count("<a ") == 1


def long_line(number: int) -> str:
    return f"Paragraph {number} says a thing at some length. " * 8


def test_lines_that_were_never_wrapped_are_paragraphs(imported: Any) -> None:
    story = "\n".join([long_line(1), long_line(2), "A short last line."])
    assert paragraphs(imported(with_story(f"\n{story}\n"))).count("<p>") == 3


def test_wrapped_lines_are_one_paragraph(imported: Any) -> None:
    story = "\n".join(["A line of some eighty characters, as people wrap their text by hand, goes on"] * 9)
    with_link = f"{story}\n[a link](https://example.org/{'long' * 90})"
    assert paragraphs(imported(with_story(f"\n{with_link}\n"))).count("<p>") == 1


def test_lists_behind_the_gate_do_not_unwrap_the_story(imported: Any) -> None:
    gated = GATED.replace("A second statement.", "A second statement that is long. " * 9)
    assert paragraphs(imported(with_story("\nOne line\nof two.\n", gated))).count("<p>") == 1


def test_text_within_a_word_is_not_torn_apart(imported: Any) -> None:
    page = imported(with_story("\nBe*gin*, (**so**).\n\n## H<sub>2</sub>O *now*, please\n"))
    assert paragraphs(page) == "<p>Be<em>gin</em>, (<strong>so</strong>).</p>"
    assert page.body[1].value["text"] == "H2O now, please"


def test_a_list_in_a_quote_is_kept(imported: Any) -> None:
    page = imported(with_story("\nThe story.\n\n> First.\n>\n> - Second\n"))
    assert page.body[1].value["text"] == "First. Second"


def test_paragraphs_without_an_end_are_still_paragraphs(imported: Any) -> None:
    body = "<p>One\n<p>Two\n<h2>Key Insights</h2>\n<ul><li>Gated words</li></ul>"
    page = imported(f"{HEAD}\n{body}", name="open.html")
    assert "Gated" not in str(page.body)
    assert "Gated words" in page.key_insights[0].value["statement"].source


def test_parts_inside_unknown_wrappers_are_gated(imported: Any) -> None:
    body = "<main><p>One</p><aside><h2>Key Insights</h2><form><ul><li>Gated</li></ul></form></aside></main>"
    page = imported(f"{HEAD}\n{body}", name="wrapped.html")
    assert "Gated" not in str(page.body)
    assert len(page.key_insights) == 1


def test_a_whole_html_page_is_read(imported: Any) -> None:
    head = "<!doctype html><html><head><title>No</title><style>p{}</style></head>"
    whole = f"{HEAD}\n{head}<body>{HTML_BODY}</body></html>"
    assert content(imported(whole, name="whole.htm")) == content(imported(MARKDOWN))


def test_sources_can_be_linked(imported: Any) -> None:
    head = with_head(source='["[Wiki](https://example.org/Foo_(bar))", Plain Paper]', byline="[Ada, Bo]")
    page = imported(head)
    assert [(source.name, source.url) for source in page.sources.all()] == [
        ("Wiki", "https://example.org/Foo_(bar)"),
        ("Plain Paper", ""),
    ]
    assert [line.author.name for line in page.bylines.all()] == ["Ada", "Bo"]


def test_all_but_three_lines_may_be_left_out(imported: Any) -> None:
    text = "---\ntitle: Little\nstandfirst: Less.\nsection: technology\n---\nText."
    page = imported(text)
    assert (page.slug, page.price, page.date) == ("little", 1, timezone.localdate())


def test_another_page_of_that_name_is_left_alone(newsroom: Any, import_file: Any) -> None:
    original = newsroom.publish("Festivals now build tools", section=newsroom.technology)
    original.create_alias(parent=newsroom.entertainment, update_slug=original.slug)
    before = Page.objects.count()
    with pytest.raises(CommandError, match="line 3: another page is called"):
        import_file(MARKDOWN)
    assert Page.objects.count() == before


def test_what_the_newsroom_added_stays_where_it_stood(newsroom: Any, imported: Any) -> None:
    page = imported(MARKDOWN)
    exhibit = an_exhibit(desk=newsroom.entertainment)
    page.key_insights.insert(0, ("exhibit", {"file": exhibit, "alt": "A line", "caption": "It rises."}))
    page.save_revision().publish()
    revisions = Revision.objects.count()
    again = imported(MARKDOWN)
    assert Revision.objects.count() == revisions
    assert again.key_insights[0].block_type == "exhibit"
    changed = imported(MARKDOWN.replace("## Key Insights", "## Key Insights\n\naccess: registered\n"))
    assert (changed.key_insights[0].value["file"], changed.key_insights_access) == (exhibit, "registered")
