import pytest
from django.core.management import CommandError, call_command

from credits.statements import spendable
from insights.access import access_for
from insights.models import Unlock
from tests.newsroom import Newsroom, reader


def test_a_present_opens_a_briefing_and_moves_no_credit(newsroom: Newsroom) -> None:
    page, someone = newsroom.publish(slug="a-present"), reader(credits=1)
    for _ in range(2):
        call_command("give_unlock", "Reader@Example.com", "a-present")
    assert access_for(someone, page).owned == "gift"
    assert (Unlock.objects.count(), spendable(someone.wallet_id)) == (1, 1)


@pytest.mark.parametrize(
    ("email", "slug"), [("nobody@example.com", "a-present"), ("reader@example.com", "nothing")]
)
def test_nobody_and_nothing_are_refused(newsroom: Newsroom, email: str, slug: str) -> None:
    newsroom.publish(slug="a-present")
    reader()
    with pytest.raises(CommandError, match="there is no"):
        call_command("give_unlock", email, slug)
    assert not Unlock.objects.exists()
