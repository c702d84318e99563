from io import BytesIO
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from articles.models import BriefingPage
from insights.files.use import ids_on
from insights.models import PrivateFile
from tests.newsroom import Newsroom, an_attachment, an_exhibit


@pytest.fixture
def exhibit(newsroom: Newsroom) -> PrivateFile:
    return an_exhibit(desk=newsroom.entertainment)


@pytest.fixture
def attachment(newsroom: Newsroom) -> PrivateFile:
    return an_attachment(desk=newsroom.entertainment, name="Model clause.csv", says="one,two,three")


@pytest.fixture
def shown(newsroom: Newsroom, exhibit: PrivateFile, attachment: PrivateFile) -> BriefingPage:
    """A locked briefing with an exhibit among its Key Insights and an attachment among its Take-aways."""
    page = newsroom.publish("Illustrated")
    page.key_insights.append(("exhibit", {"file": exhibit, "alt": "A rising line", "caption": "It rises."}))
    page.takeaways.append(("attachment", {"file": attachment, "title": "The clause"}))
    page.save_revision().publish()
    assert ids_on(page) == {exhibit.pk, attachment.pk}
    return BriefingPage.objects.get(pk=page.pk)


def address(page: BriefingPage, file: PrivateFile, variant: str = "") -> str:
    return f"/insights/{page.pk}/files/{file.pk}/{variant or next(iter(file.variants))}"


def body(answer: Any) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def signed_in(someone: User) -> Client:
    client = Client()
    client.force_login(someone)
    return client


def upload(content: bytes, name: str) -> BytesIO:
    file = BytesIO(content)
    file.name = name
    return file
