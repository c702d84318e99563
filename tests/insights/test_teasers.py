from django.contrib.auth.models import AnonymousUser

from insights.access import access_for
from insights.sections import EXECUTIVE_ACTIONS, KEY_INSIGHTS, TAKEAWAYS
from insights.teasers import teaser_of
from insights.templatetags.insights_tags import inside, titles
from tests.newsroom import Newsroom


def takeaways(newsroom: Newsroom, *audiences: str):
    return newsroom.file(
        takeaways=[("takeaway", {"text": "<p>Text.</p>", "audience": name}) for name in audiences]
    ).takeaways


def test_a_teaser_counts_blocks_and_minutes(newsroom: Newsroom) -> None:
    long = "<p>" + "word " * 500 + "</p>"
    page = newsroom.file(key_insights=[("key_insight", {"statement": long})] * 3)
    teaser = teaser_of(KEY_INSIGHTS, page.key_insights)
    assert (teaser.count, teaser.minutes, teaser.roles) == (3, 7, ())


def test_an_empty_section_takes_no_minute(newsroom: Newsroom) -> None:
    assert teaser_of(TAKEAWAYS, newsroom.file(takeaways=[]).takeaways).minutes == 0


def test_roles_are_named_once_in_their_order(newsroom: Newsroom) -> None:
    blocks = takeaways(newsroom, "Studios and platforms", "studios, agencies", "")
    assert list(teaser_of(TAKEAWAYS, blocks).roles) == ["Studios", "platforms", "agencies"]


def test_owners_are_the_roles_of_actions(newsroom: Newsroom) -> None:
    assert teaser_of(EXECUTIVE_ACTIONS, newsroom.file().executive_actions).roles == ("CTO",)


def test_a_teaser_says_nothing_of_the_text(newsroom: Newsroom) -> None:
    access = access_for(AnonymousUser(), newsroom.file())
    said = " ".join([*(inside(part) for part in access.locked), titles(access.locked), str(access)])
    assert newsroom.found_in(said) == set()


def test_the_sign_names_what_is_locked(newsroom: Newsroom) -> None:
    page = newsroom.file(key_insights_access="public")
    assert titles(access_for(AnonymousUser(), page).locked) == "Take-aways and Executive Actions"
