from collections.abc import Callable
from io import BytesIO, StringIO
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.test import Client
from PIL import Image

from articles.models import BriefingPage, Picture
from tests.newsroom import Newsroom

Import = Callable[..., str]


@pytest.fixture
def import_file(newsroom: Newsroom, tmp_path: Path) -> Import:
    """Import a text as a file. Returns what the command printed."""

    def run(text: str | bytes, *options: str, name: str = "briefing.md") -> str:
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        out = StringIO()
        call_command("import_briefing", str(path), *options, stdout=out)
        return out.getvalue()

    return run


@pytest.fixture
def imported(import_file: Import) -> Callable[..., BriefingPage]:
    """Import and publish a text, and return its page."""

    def run(text: str | bytes, *options: str, name: str = "briefing.md") -> BriefingPage:
        address = import_file(text, "--publish", *options, name=name).strip()
        return BriefingPage.objects.get(slug=address.rstrip("/").rsplit("/", 1)[-1], alias_of=None)

    return run


@pytest.fixture
def picture(db: None) -> Picture:
    """A drawn picture with a description and a credit."""
    drawn = BytesIO()
    Image.new("RGB", (1600, 1000), "teal").save(drawn, "PNG")
    return Picture.objects.create(
        title="A stage",
        file=ContentFile(drawn.getvalue(), "stage.png"),
        description="A lit stage",
        credit="Photo: Ada",
    )


@pytest.fixture
def get(client: Client) -> Callable[..., str]:
    """The text of a page, which must be there."""

    def fetch(path: str, **headers: str) -> str:
        response = client.get(path, headers=headers)
        assert response.status_code == 200
        return response.content.decode()

    return fetch
