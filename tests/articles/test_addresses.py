import pytest
from django.core.exceptions import ValidationError

from articles.models import PlainPage, SectionPage
from tests.newsroom import Newsroom

TAKEN = ["search", "feed", "club", "library", "credits", "account", "accounts", "admin", "static", "media"]


@pytest.mark.parametrize("slug", TAKEN)
@pytest.mark.parametrize("kind", [SectionPage, PlainPage])
def test_a_page_at_the_top_cannot_take_the_sites_own(newsroom: Newsroom, kind: type, slug: str) -> None:
    with pytest.raises(ValidationError, match="The site itself answers"):
        newsroom.home.add_child(instance=kind(title="Taken", slug=slug))


def test_other_addresses_are_free(newsroom: Newsroom) -> None:
    assert newsroom.home.add_child(instance=SectionPage(title="Gaming", slug="gaming")).pk
