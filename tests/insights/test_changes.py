"""Every change of a right, a page or a price is obeyed by the next request, on every surface.

``CHANGES`` each take away what a reader had, or give what was not there. After each, ``SURFACES`` are asked
once more with the same browser, in which everything was open and warm a moment before.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from wagtail.models import GroupPagePermission, Page, PageViewRestriction

from accounts.closing import close_account
from accounts.models import Membership, Tier, User
from articles.models import BriefingPage
from credits import ledger
from insights.files.use import ids_in
from insights.models import Unlock
from insights.unlocks import Intent, give, unlock
from tests.newsroom import Newsroom, editor, member, open_newsroom, reader

# Real commits: what is kept is renewed only then.
pytestmark = pytest.mark.django_db(transaction=True)


@dataclass
class Scene:
    newsroom: Newsroom
    page: BriefingPage
    reader: User
    client: Client
    path: str = ""

    def words(self, answer: Any) -> bool:
        """True where anything gated of the page stands in the answer."""
        text = b"".join(answer.streaming_content) if answer.streaming else answer.content
        return any(pk == self.page.pk for pk, _ in self.newsroom.found_in(text.decode("utf-8", "replace")))

    def publish(self, **fields: Any) -> None:
        page = BriefingPage.objects.get(pk=self.page.pk)
        for name, value in fields.items():
            setattr(page, name, value)
        page.save_revision().publish()


Change = Callable[[Scene], object]


def lapse(scene: Scene) -> None:
    Membership.objects.update(ends_at=timezone.now())


def take_back(scene: Scene) -> None:
    spent = Unlock.objects.get().transaction_id
    assert spent
    ledger.reverse(transaction_id=spent, key="test:back", reason="Refunded")


def restrict(scene: Scene) -> None:
    restriction = PageViewRestriction.objects.create(page=scene.page, restriction_type="groups")
    assert not restriction.groups.exists()


def expire(scene: Scene) -> None:
    scene.publish(expire_at=timezone.now() + timedelta(seconds=1))
    Page.objects.filter(pk=scene.page.pk).update(expire_at=timezone.now() - timedelta(seconds=1))
    call_command("publish_scheduled", verbosity=0)


def raise_the_level(scene: Scene) -> None:
    scene.publish(
        key_insights_access="locked", takeaways_access="locked", executive_actions_access="locked", price=1
    )


def as_member(page: BriefingPage) -> User:
    return member()


def as_owner(page: BriefingPage) -> User:
    someone = reader("owner@example.com", credits=3)
    unlock(reader=someone, page=page, intent=Intent(price=1))
    return someone


def as_given(page: BriefingPage) -> User:
    someone = reader("given@example.com")
    give(reader=someone, page=page)
    return someone


def as_editor(page: BriefingPage) -> User:
    return editor()


def as_registered(page: BriefingPage) -> User:
    page.key_insights_access = page.takeaways_access = page.executive_actions_access = "registered"
    page.save_revision().publish()
    return reader("plain@example.com")


CLOSED: dict[str, tuple[Callable[[BriefingPage], User], Change]] = {
    "membership ended": (as_member, lapse),
    "membership deleted": (as_member, lambda scene: Membership.objects.all().delete()),
    "tier opens nothing": (as_member, lambda scene: Tier.objects.update(opens_everything=False)),
    "reader deactivated": (as_owner, lambda scene: User.objects.update(is_active=False)),
    "account closed": (as_owner, lambda scene: close_account(scene.reader)),
    "unlock reversed": (as_owner, take_back),
    "gift removed": (as_given, lambda scene: Unlock.objects.all().delete()),
    "page unpublished": (as_owner, lambda scene: scene.page.unpublish()),
    "page restricted": (as_owner, restrict),
    "page expired": (as_owner, expire),
    "page deleted": (as_member, lambda scene: scene.page.delete()),
    "level raised": (as_registered, raise_the_level),
    "left the group": (as_editor, lambda scene: scene.reader.groups.clear()),
    "desk taken away": (
        as_editor,
        lambda scene: GroupPagePermission.objects.update(page=scene.newsroom.technology),
    ),
}


def scene_of(who: Callable[[BriefingPage], User]) -> Scene:
    newsroom = open_newsroom()
    page = newsroom.publish("Changing", illustrated=True)
    someone = who(page)
    client = Client()
    client.force_login(someone)
    return Scene(newsroom, BriefingPage.objects.get(pk=page.pk), someone, client, page.url)


def surfaces(scene: Scene) -> dict[str, Callable[[], Any]]:
    """What shows gated text, or an own state, of this page. Each is asked anew at every call."""
    ids = [number for section in ("key_insights", "takeaways") for number in ids_in(raw(scene, section))]
    files = [f"/insights/{scene.page.pk}/files/{number}/{name}" for number in ids for name in VARIANTS]
    post = {"price": 0}
    asked = {
        "page": lambda: scene.client.get(scene.path),
        "page of htmx": lambda: scene.client.get(scene.path, headers={"HX-Request": "true"}),
        "unlock fragment": lambda: scene.client.post(
            reverse("unlock", args=[scene.page.pk]), post, headers={"HX-Request": "true"}
        ),
        "feed": lambda: scene.client.get("/feed/"),
        "search": lambda: scene.client.get("/search/?q=changing"),
        "edit": lambda: scene.client.get(f"/admin/pages/{scene.page.pk}/edit/"),
        "preview": lambda: scene.client.get(f"/admin/pages/{scene.page.pk}/view_draft/?mode=member"),
    }
    return asked | {path: lambda path=path: scene.client.get(path) for path in files}


VARIANTS = ("6.webp", "document")


def raw(scene: Scene, section: str) -> Any:
    return getattr(scene.page, section).raw_data


@pytest.mark.parametrize("change", CLOSED)
def test_the_next_request_obeys_what_was_taken_away(change: str) -> None:
    who, happen = CLOSED[change]
    scene = scene_of(who)
    asked = surfaces(scene)
    before = {name: ask() for name, ask in asked.items()}
    assert scene.words(before["page"])
    assert any(name.endswith("document") and scene.words(one) for name, one in before.items())
    happen(scene)
    for name, ask in asked.items():
        answer = ask()
        assert not scene.words(answer), name
        if "/files/" in name:
            assert answer.status_code == 404, name
        assert "public" not in answer.headers.get("Cache-Control", ""), name


@pytest.mark.parametrize("change", ["unlock reversed", "gift removed", "membership ended"])
def test_cards_and_library_forget_what_was_taken_away(change: str) -> None:
    who, happen = CLOSED[change]
    scene = scene_of(who)
    pages = ("/", "/entertainment/", "/search/?q=changing", "/library/")
    said = ("Unlocked", "Given to you", "Open to you")
    own = lambda: [sum(scene.client.get(path).content.decode().count(w) for w in said) for path in pages[:3]]  # noqa: E731
    warm, listed = own(), scene.client.get("/library/").content.decode()
    happen(scene)
    assert all(after < before for after, before in zip(own(), warm, strict=True))
    if change != "membership ended":
        assert "Changing" in listed
        assert "Changing" not in scene.client.get("/library/").content.decode()


GONE: dict[str, Change] = {
    "page unpublished": lambda scene: scene.page.unpublish(),
    "page restricted": restrict,
    "page expired": expire,
    "page moved": lambda scene: scene.page.move(scene.newsroom.technology, pos="last-child"),
    "page deleted": lambda scene: scene.page.delete(),
}


@pytest.mark.parametrize("change", GONE)
def test_a_visitors_warm_page_is_gone_with_the_page(change: str) -> None:
    scene = scene_of(lambda page: reader())
    visitor = Client()
    assert visitor.get(scene.path)["Cache-Control"].startswith("public")
    assert "Changing" in visitor.get("/").content.decode()
    GONE[change](scene)
    answer = visitor.get(scene.path)
    assert answer.status_code in (301, 302, 404)
    shown = "Changing" in visitor.get("/entertainment/").content.decode()
    assert not shown


def test_a_visitors_warm_page_follows_levels_and_price() -> None:
    scene = scene_of(lambda page: reader())
    visitor = Client()
    assert "<b>1 credit</b>" in visitor.get(scene.path).content.decode()
    scene.publish(price=7)
    assert "<b>7 credits</b>" in visitor.get(scene.path).content.decode()
    scene.publish(key_insights_access="public")
    assert scene.words(visitor.get(scene.path))
    raise_the_level(scene)
    assert not scene.words(visitor.get(scene.path))


def test_a_reader_is_asked_the_price_of_now_and_never_more_than_was_shown() -> None:
    scene = scene_of(lambda page: reader(credits=9))
    press = lambda price: scene.client.post(reverse("unlock", args=[scene.page.pk]), {"price": price})  # noqa: E731
    scene.publish(price=5)
    press(1)
    assert not Unlock.objects.exists()
    scene.publish(price=2)
    press(5)
    assert Unlock.objects.get().price == 2


def test_an_alias_closes_when_it_is_deleted_and_its_source_stays_open() -> None:
    scene = scene_of(as_owner)
    alias = scene.page.create_alias(parent=scene.newsroom.technology)
    path = alias.url
    assert scene.words(scene.client.get(path))
    alias.delete()
    assert scene.client.get(path).status_code == 404
    assert scene.words(scene.client.get(scene.path))


def test_what_was_owned_opens_again_where_it_was_moved_to() -> None:
    scene = scene_of(as_owner)
    scene.page.move(scene.newsroom.technology, pos="last-child")
    moved = BriefingPage.objects.get(pk=scene.page.pk)
    assert scene.words(scene.client.get(moved.url))
    assert not scene.words(Client().get(moved.url))
