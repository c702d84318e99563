"""What the newsroom may see, choose, use and delete of private files."""

from typing import Any

import pytest
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.db.models import ProtectedError
from django.test import Client
from django.urls import reverse
from wagtail.models import GroupPagePermission

from articles.models import BriefingPage
from insights.models import PrivateFile
from insights.page_form import GatedPageForm
from tests.newsroom import Newsroom, an_exhibit, drawing, editor, reader

from .conftest import address, signed_in

CHOOSE = ["exhibit_chooser:choose", "exhibit_chooser:choose_results"]


@pytest.fixture
def stranger(newsroom: Newsroom) -> Client:
    """An editor of the other desk."""
    someone = editor("stranger@example.com")
    GroupPagePermission.objects.update(page=newsroom.technology)
    return signed_in(someone)


def upload_form(newsroom: Newsroom, **changes: Any) -> dict[str, Any]:
    file = SimpleUploadedFile("chart.png", drawing().getvalue())
    return {"title": "A new chart", "desk": newsroom.entertainment.pk, "upload": file, **changes}


def test_an_editor_uploads_an_exhibit_where_it_will_stand(newsroom: Newsroom) -> None:
    client = signed_in(editor())
    answer = client.post(reverse("exhibit_chooser:create"), upload_form(newsroom))
    file = PrivateFile.objects.get()
    assert answer.json()["result"]["id"] == str(file.pk)
    assert (file.kind, file.widths, file.desk.pk) == ("exhibit", [6], newsroom.entertainment.pk)
    assert file.uploaded_by.email == "editor@example.com"
    assert storages["private"].exists(file.variants["6.webp"].name)


def test_an_editor_uploads_an_attachment(newsroom: Newsroom) -> None:
    file = SimpleUploadedFile("Our Table.CSV", b"a,b")
    signed_in(editor()).post(reverse("attachment_chooser:create"), upload_form(newsroom, upload=file))
    kept = PrivateFile.objects.get()
    assert (kept.kind, kept.name, kept.size) == ("attachment", "our-table.csv", 3)


@pytest.mark.parametrize("content", [b"<script>", b"", b"%PDF-1.7"])
def test_what_is_no_picture_is_refused_with_the_form_kept(newsroom: Newsroom, content: bytes) -> None:
    form = upload_form(newsroom, upload=SimpleUploadedFile("chart.png", content))
    answer = signed_in(editor()).post(reverse("exhibit_chooser:create"), form)
    assert "A new chart" in answer.json()["htmlFragment"]
    assert not PrivateFile.objects.exists()


def test_a_file_can_only_be_filed_at_a_desk_of_ones_own(newsroom: Newsroom, stranger: Client) -> None:
    stranger.post(reverse("exhibit_chooser:create"), upload_form(newsroom))
    assert not PrivateFile.objects.exists()


def test_another_desks_file_is_neither_listed_nor_chosen_nor_named(
    newsroom: Newsroom, stranger: Client
) -> None:
    file = an_exhibit(desk=newsroom.entertainment, title="canary-title")
    paths = [
        *(reverse(name) for name in CHOOSE),
        f"{reverse('exhibit_chooser:choose_results')}?q=canary",
        reverse("exhibit_chooser:chosen", args=[file.pk]),
        f"{reverse('exhibit_chooser:chosen_multiple')}?id={file.pk}",
        *(reverse(f"private_files:{name}") for name in ("index", "index_results")),
        *(
            reverse(f"private_files:{name}", args=[file.pk])
            for name in ("edit", "delete", "usage", "history")
        ),
        f"/admin/insights/files/{file.pk}/6.webp",
    ]
    for path in paths:
        assert "canary-title" not in stranger.get(path).content.decode(), path
    assert stranger.post(reverse("private_files:delete", args=[file.pk])).status_code == 404
    assert PrivateFile.objects.exists()


def test_readers_reach_none_of_it(newsroom: Newsroom, exhibit: PrivateFile) -> None:
    for client in (Client(), signed_in(reader())):
        for name in (*CHOOSE, "private_files:index"):
            assert client.get(reverse(name)).status_code == 302
        assert client.get(f"/admin/insights/files/{exhibit.pk}/6.webp").status_code == 302


def test_the_newsroom_lists_its_files_and_shows_them(newsroom: Newsroom, exhibit: PrivateFile) -> None:
    client = signed_in(editor())
    for name in (*CHOOSE, "private_files:index"):
        assert "A chart" in client.get(reverse(name)).content.decode()
    answer = client.get(f"/admin/insights/files/{exhibit.pk}/6.webp")
    assert (answer.status_code, answer["Cache-Control"]) == (200, "private, no-store")


def test_a_guessed_number_in_a_form_is_refused(
    newsroom: Newsroom, rf: Any, shown: BriefingPage, exhibit: PrivateFile
) -> None:
    from django.core.exceptions import PermissionDenied

    someone = editor("stranger@example.com")
    GroupPagePermission.objects.update(page=newsroom.technology)
    own = newsroom.file("My own", section=newsroom.technology)
    form = bound(own, someone, exhibit)
    with pytest.raises(PermissionDenied):
        form.clean()
    assert bound(shown, someone, exhibit).clean()
    assert bound(own, editor("chief@example.com", group="Moderators"), None).clean() is not None


def bound(page: BriefingPage, someone: Any, file: PrivateFile | None) -> GatedPageForm:
    form_class = BriefingPage.get_edit_handler().get_form_class()
    form: GatedPageForm = form_class(instance=page, for_user=someone, data={})
    blocks = [("exhibit", {"file": file, "alt": "x", "caption": "x"})]
    block = BriefingPage._meta.get_field("key_insights").stream_block
    form.cleaned_data = {"key_insights": block.normalize(blocks), "takeaways": None}
    return form


def test_a_file_that_stands_on_a_page_is_not_deleted(
    newsroom: Newsroom, shown: BriefingPage, exhibit: PrivateFile
) -> None:
    client = signed_in(editor())
    client.post(reverse("private_files:delete", args=[exhibit.pk]))
    assert "stands in “Illustrated”" in client.get(reverse("private_files:index")).content.decode()
    with pytest.raises(ProtectedError):
        exhibit.delete()


def test_nor_one_that_a_draft_or_a_schedule_will_show(newsroom: Newsroom, exhibit: PrivateFile) -> None:
    page = newsroom.publish("To come")
    page.key_insights.append(("exhibit", {"file": exhibit, "alt": "x", "caption": "x"}))
    page.save_revision()
    with pytest.raises(ProtectedError), transaction.atomic():
        exhibit.delete()
    page.key_insights.pop()
    page.save_revision()
    exhibit.delete()


@pytest.mark.django_db(transaction=True)
def test_what_stands_nowhere_is_deleted_with_its_bytes() -> None:
    file = an_exhibit(desk=None)
    name = file.variants["6.webp"].name
    file.delete()
    assert not storages["private"].exists(name)


@pytest.mark.parametrize(
    ("mode", "is_shown"),
    [("visitor", False), ("registered", False), ("broke", False), ("unlocked", True), ("member", True)],
)
def test_a_preview_shows_an_exhibit_to_those_it_is_open_to(
    newsroom: Newsroom, shown: BriefingPage, exhibit: PrivateFile, mode: str, is_shown: bool
) -> None:
    client = signed_in(editor())
    path = reverse("wagtailadmin_pages:view_draft", args=[shown.pk])
    html = client.get(path, {"mode": mode}).content.decode()
    wanted = f"/admin/insights/files/{exhibit.pk}/6.webp"
    assert (wanted in html, "A rising line" in html) == (is_shown, is_shown)
    assert client.get(wanted).status_code == 200
    assert address(shown, exhibit) not in html
