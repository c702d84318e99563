import pytest
from django.db import transaction
from django.db.models import ProtectedError
from django.test import Client
from django.urls import reverse

from articles.models import BriefingPage
from insights.unlocks import Intent, unlock
from tests.newsroom import Newsroom, reader


@pytest.fixture
def owned(newsroom: Newsroom) -> BriefingPage:
    page = newsroom.publish()
    unlock(reader=reader(credits=1), page=page, intent=Intent(price=1))
    return page


def test_what_readers_own_is_not_deleted(owned: BriefingPage) -> None:
    for page in (owned, owned.get_parent()):
        with pytest.raises(ProtectedError), transaction.atomic():
            page.delete()


def test_the_admin_says_why_and_keeps_it(owned: BriefingPage, client: Client) -> None:
    client.force_login(reader("admin@example.com", is_superuser=True))
    for page in (owned, owned.get_parent()):
        response = client.post(reverse("wagtailadmin_pages:delete", args=[page.pk]), follow=True)
        assert "unlocked it for good" in response.content.decode()
    assert BriefingPage.objects.filter(pk=owned.pk).exists()


def test_an_alias_of_it_may_go(owned: BriefingPage, newsroom: Newsroom) -> None:
    owned.create_alias(parent=newsroom.technology).delete()


def test_what_nobody_owns_may_go(newsroom: Newsroom) -> None:
    newsroom.publish().delete()
    assert not BriefingPage.objects.exists()
