import re
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
import yaml

from briefings_site import demo

NEWSROOM = Path(demo.__file__).parent / "newsroom"
BRIEFINGS = sorted(NEWSROOM.glob("*.md"))
PAGES = sorted((NEWSROOM / "pages").glob("*.md"))
PARTS = ("Key Insights", "Take-aways", "Executive Actions")
LABELS = {
    "Key Insights": {"Evidence", "Source", "Confidence"},
    "Take-aways": {"For"},
    "Executive Actions": {"Owner", "Horizon", "Effort", "Measure"},
}
LINKED = re.compile(r"\[[^]]+\]\(https://[^)]+\)")
each_briefing = pytest.mark.parametrize("path", BRIEFINGS, ids=lambda path: path.stem)
each_file = pytest.mark.parametrize("path", BRIEFINGS + PAGES, ids=lambda path: path.stem)


def front_matter(path: Path) -> dict:
    return yaml.safe_load(path.read_text().split("---\n", 2)[1])


def body(path: Path) -> str:
    return path.read_text().split("---\n", 2)[2]


def parts(path: Path) -> dict[str, str]:
    """The text under each `##` heading, and the story under the empty heading."""
    story, *gated = re.split(r"^## (.+)$", body(path), flags=re.MULTILINE)
    return {"": story} | dict(zip(gated[::2], gated[1::2], strict=True))


def items(part: str) -> list[str]:
    return re.split(r"^- ", part, flags=re.MULTILINE)[1:]


def labels(item: str) -> dict[str, str]:
    return dict(re.findall(r"^  - (\w+): (.+)$", item, flags=re.MULTILINE))


def sentences(text: str) -> list[str]:
    return [found.strip() for found in re.split(r"(?<=[.!?])\s+", text) if found.strip()]


def locked_sentences(path: Path) -> list[str]:
    text = parts(path)
    found = []
    for name in PARTS:
        for item in items(text[name]):
            values = labels(item)
            lines = [item.splitlines()[0], *(values.get(key, "") for key in ("Evidence", "Measure"))]
            found += [sentence for line in lines for sentence in sentences(line)]
    return found


def test_there_are_at_least_fourteen_briefings_in_four_sections():
    filed = Counter(front_matter(path)["section"] for path in BRIEFINGS)
    assert filed.keys() == {"entertainment", "technology", "gaming", "policy"}
    assert filed.total() >= 14
    assert min(filed.values()) >= 3


@each_briefing
def test_front_matter_is_complete(path):
    given = front_matter(path)
    assert given["slug"] == path.stem
    assert given["date"] <= date(2026, 11, 20)
    assert given["tags"]
    assert 0 <= given["price"] <= 99
    assert all(given[name] for name in ("title", "standfirst", "byline"))
    assert LINKED.fullmatch(given["source"])


def test_headlines_and_addresses_are_unique():
    given = [front_matter(path) for path in BRIEFINGS]
    assert len({one["title"] for one in given}) == len({one["slug"] for one in given}) == len(BRIEFINGS)


def test_prices_show_every_kind_of_gate():
    prices = Counter(front_matter(path)["price"] for path in BRIEFINGS)
    assert prices.keys() == {0, 1, 2, 3}
    assert prices[1] > len(BRIEFINGS) / 2


def test_one_part_is_public_one_registered_and_the_rest_locked():
    opened = [
        (path.stem, name, level)
        for path in BRIEFINGS
        for name in PARTS
        for level in re.findall(r"^access: (\w+)$", parts(path)[name], flags=re.MULTILINE)
    ]
    assert opened == [
        ("accessibility-act-reaches-the-player", "Key Insights", "public"),
        ("av1-royalty-free-is-not-cost-free", "Take-aways", "registered"),
    ]


@each_briefing
def test_the_three_parts_follow_the_story_in_order(path):
    assert tuple(parts(path)) == ("", *PARTS)


@each_briefing
def test_the_story_is_of_a_length_an_executive_finishes(path):
    assert 350 <= len(parts(path)[""].split()) <= 620


@each_briefing
@pytest.mark.parametrize(
    ("name", "least", "most"), [("Key Insights", 3, 5), ("Take-aways", 2, 4), ("Executive Actions", 3, 5)]
)
def test_each_part_is_full_and_every_item_has_all_its_labels(path, name, least, most):
    found = items(parts(path)[name])
    assert least <= len(found) <= most
    assert all(labels(item).keys() == LABELS[name] for item in found)


@each_briefing
def test_graded_labels_use_the_three_grades_and_sources_have_a_link(path):
    text = parts(path)
    grades = {"low", "medium", "high"}
    assert all(labels(item)["Confidence"] in grades for item in items(text["Key Insights"]))
    assert all(labels(item)["Effort"] in grades for item in items(text["Executive Actions"]))
    assert all(LINKED.fullmatch(labels(item)["Source"]) for item in items(text["Key Insights"]))


@each_briefing
def test_no_locked_sentence_stands_in_the_story(path):
    told = front_matter(path)
    public = " ".join([told["title"], told["standfirst"], *parts(path)[""].split()])
    assert [sentence for sentence in locked_sentences(path) if sentence in public] == []


@each_file
def test_quotation_marks_are_curly(path):
    assert not re.search(r"[\"']", body(path))


def test_stories_between_them_use_every_kind_of_block():
    stories = "\n".join(parts(path)[""] for path in BRIEFINGS)
    for mark in (r"^### ", r"^> ", r"^- ", r"^1\. ", r"^\|---", r"\*\*"):
        assert re.search(mark, stories, flags=re.MULTILINE), mark


def test_the_newsroom_says_what_it_is_and_on_what_terms():
    assert [front_matter(path)["slug"] for path in PAGES] == ["about", "terms"]
    assert all(front_matter(path)["title"] for path in PAGES)
