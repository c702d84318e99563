"""Every file that cannot be imported: one line that says where and why, and nothing written."""

from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from taggit.models import Tag
from wagtail.models import Page, Revision

from articles.models import Author

from .files import GATED, HEAD, MARKDOWN, with_gated, with_head, with_story

pytestmark = pytest.mark.django_db


def items(count: int) -> str:
    return "\n".join(f"- Item {number}" for number in range(count))


HEADS = {
    "empty": ("", 1, "front matter"),
    "no front matter": ("A story.\n\n## Key Insights\n", 1, "front matter"),
    "front matter without an end": ("---\ntitle: x\n\nStory", 1, "no end"),
    "nothing in the front matter": ("---\n---\nStory", 2, "name: value"),
    "front matter that is a list": ("---\n- a\n---\nStory", 2, "name: value"),
    "bad YAML": (with_head(standfirst='"never closed'), 4, "not YAML"),
    "a tab in the YAML": (with_head(section="\n\tdeep: 1"), 6, "not YAML"),
    "a colon in a title": (with_head(title="Labs: what: now"), 2, "not YAML"),
    "an unknown name": (with_head(byline="Desk\nauthor: Me"), 8, "“author” is not known"),
    "a merge key": (with_head(byline="Desk\n<<: {price: 2}"), 8, "“<<” is not known"),
    "a number as a name": (with_head(byline="Desk\n0x10: a"), 8, "“0x10” is not known"),
    "a list as a name": (with_head(byline="Desk\n[a]: b"), 8, "name: value"),
    "a name twice": (with_head(byline="Desk\ntitle: Again"), 8, "second time"),
    "no title": (with_head(title=None), 1, "“title” is missing"),
    "an empty title": (with_head(title='"  "'), 2, "“title” is missing"),
    "no standfirst": (with_head(standfirst=None), 1, "“standfirst” is missing"),
    "a standfirst that is empty": (with_head(standfirst=""), 4, "“standfirst” is missing"),
    "no section": (with_head(section=None), 1, "“section” is missing"),
    "a section that is not there": (with_head(section="sport"), 5, "no section “sport”"),
    "a section that is no slug": (with_head(section="Enter tainment"), 5, "small letters"),
    "a title that is a number": (with_head(title="1984"), 2, "must be text"),
    "a long title": (with_head(title="x" * 256), 2, "at most 255"),
    "a long standfirst": (with_head(standfirst="x" * 301), 4, "at most 300"),
    "a title of signs": (with_head(slug=None, title="“…”"), 2, "no slug"),
    "a control character in a title": (with_head(title=r'"a\x07b"'), 2, "control character"),
    "half a character in a title": (with_head(title=r'"a\ud800b"'), 2, "control character"),
    "a date in words": (with_head(date="21 June 2026"), 6, "must be a date"),
    "a date that is none": (with_head(date="2026-02-30"), 6, "must be a date"),
    "a month that is none": (with_head(date="2026-13-01"), 6, "must be a date"),
    "an empty date": (with_head(date=""), 6, "must be a date"),
    "a price below zero": (with_head(price="-1"), 10, "0 to 99"),
    "a price above the dearest": (with_head(price="100"), 10, "0 to 99"),
    "a price that is true": (with_head(price="true"), 10, "0 to 99"),
    "half a credit": (with_head(price="1.5"), 10, "0 to 99"),
    "a price in quotes": (with_head(price="'1'"), 10, "0 to 99"),
    "a huge price": (with_head(price="1" * 5000), 10, "not YAML"),
    "a slug with capitals": (with_head(slug="Big-News"), 3, "small letters"),
    "a slug with a slash": (with_head(slug="../admin"), 3, "small letters"),
    "the slug of the feed": (with_head(slug="feed"), 3, "cannot be “feed”"),
    "a byline that is a map": (with_head(byline="{a: b}"), 7, "must be text"),
    "a long byline": (with_head(byline="x" * 121), 7, "at most 120"),
    "a source with a bad address": (with_head(source='"[Paper](javascript:alert(1))"'), 8, "https://"),
    "a source with a long address": (with_head(source=f'"[P](https://e.org/{"x" * 200})"'), 8, "at most 200"),
    "a source with a long name": (with_head(source=f'"[{"x" * 161}](https://e.org/)"'), 8, "at most 160"),
    "a tag that is a year": (with_head(tags="[film, 2026]"), 9, "must be text"),
    "a long tag": (with_head(tags=f"[{'x' * 101}]"), 9, "at most 100"),
    "not UTF-8": (MARKDOWN.replace("moving", "caf\xe9").encode("latin-1", "replace"), 22, "UTF-8"),
    "NUL": (with_story("\nOne\nTwo \x00\n"), 14, "control character here (U+0000)"),
    "a bell": (with_story("\nOne\n\nTwo \x07\n"), 15, "control character here (U+0007)"),
    "too long": (with_story("x" * 2_000_000), 1, "longer than"),
}

STORIES = {
    "no story": (f"{HEAD}\n\n{GATED}", 12, "story is missing"),
    "nothing at all": (f"{HEAD}\n", 12, "story is missing"),
    "a picture": (with_story("\nOne\ntwo ![a](b.jpg)\n"), 14, "pictures"),
    "a picture in raw HTML": (with_story("\nOne\n\n<div>\n<img src=x>\n</div>\n"), 16, "pictures"),
    "code": (with_story("\nOne\n\n    indented\n"), 15, "no place"),
    "a fence": (with_story("\nOne\n\n```\ncode\n```\n"), 15, "no place"),
    "a line of one's own": (with_story('\nOne\n\n<pre data-line="x">x</pre>\n'), 15, "no place"),
    "a figure": (with_story("\nOne\n\n<figure>x</figure>\n"), 15, "no place"),
    "a tag that is no tag": (with_story("\nA list of\nList<String> here\n"), 14, "not HTML"),
    "a comment without an end": (with_story("\nOne\n\n<!-- note\n"), 15, "no end"),
    "a script without an end": (with_story("\nOne\n\n<script>\nalert(1)\n"), 15, "no end"),
    "a long heading": (with_story(f"\nOne\n\n## {'x' * 161}\n"), 15, "at most 160"),
    "an empty heading": (with_story("\nOne\n\n## \n"), 15, "text: "),
    "a long quote": (with_story(f"\nOne\n\n> {'x' * 601}\n"), 15, "at most 600"),
    "a ragged table": (
        with_story("\n<table><tr><td>a<td>b</tr><tr><td>c</tr></table>\n"),
        13,
        "as many cells",
    ),
    "a misspelt part": (with_story("\nOne\n\n## Key Insight\n"), 15, "“## Key Insights”"),
    "another misspelt part": (with_story("\nOne\n\n## Takeways\n", ""), 15, "“## Take-aways”"),
    "a part with more in its name": (
        with_story("\nOne\n\n## Key Insights (premium)\n"),
        15,
        "looks like a part",
    ),
    "a part in bold": (with_story("\nOne\n\n**Key Insights**\n\n- Secret\n"), 15, "looks like a part"),
    "a part without its space": (with_story("\nOne\n\n##Executive Actions\n\n- Secret\n"), 15, "looks like"),
    "a part as a line of a paragraph": (
        with_story("\nOne\n\nTwo\nKey Insights:\nSecret\n"),
        16,
        "looks like",
    ),
    "a part in a quote": (with_story("\nOne\n\n> ## Key Insights\n>\n> - Secret\n"), 15, "looks like a part"),
    "a part in a list": (with_story("\nOne\n\n- Take-aways\n  - Secret\n"), 15, "looks like a part"),
    "a part in a table": (
        with_story("\nOne\n\n| Key Insights |\n|---|\n| Secret |\n"),
        15,
        "looks like a part",
    ),
}

PARTS = {
    "a part twice": (with_gated("## Take-aways\n\n- a\n\n## TAKEAWAYS\n\n- b\n"), 19, "second time"),
    "a part with nothing": (with_gated("## Take-aways\n\n## Key Insights\n\n- a\n"), 15, "no items"),
    "text in a part": (with_gated("## Take-aways\n\n- a\n\nMore.\n"), 19, "only a list"),
    "text before the list": (with_gated("## Take-aways\n\nSome words.\n\n- a\n"), 17, "access: locked"),
    "an unknown access": (with_gated("## Take-aways\n\naccess: open\n\n- a\n"), 17, "must be one of"),
    "access twice": (
        with_gated("## Take-aways\n\naccess: public\n\naccess: locked\n\n- a\n"),
        19,
        "only a list",
    ),
    "access after the list": (with_gated("## Take-aways\n\n- a\n\naccess: public\n"), 19, "only a list"),
    "story after a part": (
        with_gated("## Take-aways\n\n- a\n\n## And then\n\nx\n"),
        19,
        "before the gated parts",
    ),
    "a heading in a part": (with_gated("## Take-aways\n\n### First\n\n- a\n"), 17, "before the gated parts"),
    "a misspelt second part": (
        with_gated("## Take-aways\n\n- a\n\n## Exective Actions\n"),
        19,
        "looks like a part",
    ),
    "a label that is not known": (with_gated("## Take-aways\n\n- a\n  - Owner: x\n"), 18, "known are For"),
    "a label of another part": (with_gated("## Key Insights\n\n- a\n  - For: x\n"), 18, "known are Evidence"),
    "a label without text": (with_gated("## Take-aways\n\n- a\n  - For:\n"), 18, "“For” says nothing"),
    "no label": (with_gated("## Take-aways\n\n- a\n  - just text\n"), 18, "no label known"),
    "a label twice": (with_gated("## Take-aways\n\n- a\n  - For: x\n  - for: y\n"), 19, "second time"),
    "a list under a label": (
        with_gated("## Take-aways\n\n- a\n  - For: x\n    - y\n"),
        19,
        "cannot hold a list",
    ),
    "confidence": (with_gated("## Key Insights\n\n- a\n  - Confidence: sure\n"), 18, "high, medium, low"),
    "effort": (with_gated("## Executive Actions\n\n- a\n  - Effort: none\n"), 18, "low, medium, high"),
    "an empty item": (with_gated("## Take-aways\n\n- a\n-\n"), 18, "says nothing"),
    "only labels": (with_gated("## Take-aways\n\n- \n  - For: x\n"), 17, "says nothing"),
    "a picture in a part": (with_gated("## Take-aways\n\n- a ![x](y.png)\n"), 17, "pictures"),
    "thirteen items": (with_gated(f"## Take-aways\n\n{items(13)}\n"), 29, "at most 12"),
    "a long statement": (with_gated(f"## Key Insights\n\n- a\n- {'x' * 401}\n"), 18, "statement: "),
    "long evidence": (with_gated(f"## Key Insights\n\n- a\n  - Evidence: {'x' * 601}\n"), 18, "evidence: "),
    "a long owner": (with_gated(f"## Executive Actions\n\n- a\n  - Owner: {'x' * 81}\n"), 18, "at most 80"),
    "a long source": (with_gated(f"## Key Insights\n\n- a\n  - Source: {'x' * 121}\n"), 18, "at most 120"),
    "two links in a source": (
        with_gated("## Key Insights\n\n- a\n  - Source: [b](https://b.org) [c](https://c.org)\n"),
        18,
        "one link",
    ),
    "a source that links nowhere": (
        with_gated("## Key Insights\n\n- a\n  - Confidence: low\n  - Source: [b](/b)\n"),
        19,
        "source_url: ",
    ),
    "items without ends": (with_gated("## Take-aways\n\n<ul><li>a<li>b</ul>\n"), 17, "each with its end"),
}


def files() -> list[Any]:
    return [pytest.param(*row, id=name) for name, row in (HEADS | STORIES | PARTS).items()]


@pytest.mark.parametrize(("text", "line", "why"), files())
def test_a_bad_file_is_refused_with_its_line(import_file: Any, text: str, line: int, why: str) -> None:
    before = written()
    with pytest.raises(CommandError) as caught:
        import_file(text, "--publish")
    said = str(caught.value)
    assert f"briefing.md: line {line}: " in said
    assert why in said
    assert len(said.splitlines()) == 1
    assert written() == before


def written() -> list[int]:
    return [model.objects.count() for model in (Page, Revision, Author, Tag)]


def test_a_bad_change_leaves_the_page_as_it_was(import_file: Any) -> None:
    import_file(MARKDOWN, "--publish")
    before = written()
    with pytest.raises(CommandError, match="line 5: there is no section"):
        import_file(with_head(section="sport", title="New"), "--publish")
    assert written() == before


def test_a_bad_section_on_the_line_is_refused(import_file: Any) -> None:
    with pytest.raises(CommandError, match="no section “sport”; there are: entertainment, technology"):
        import_file(MARKDOWN, "--section", "sport")


@pytest.mark.parametrize("name", ["missing.md", "."])
def test_what_cannot_be_read_is_named(newsroom: Any, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    with pytest.raises(CommandError) as caught:
        call_command("import_briefing", str(path))
    assert str(caught.value).startswith(f"{path}: ")
    assert len(str(caught.value).splitlines()) == 1
