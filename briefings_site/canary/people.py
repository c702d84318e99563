"""A reader of every kind, and what each may see.

It is written down by hand and not asked of the gate, which is on trial.
"""

import datetime
from collections.abc import Iterator
from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import Group, Permission
from django.utils import timezone
from wagtail.models import GroupPagePermission

from accounts.closing import close_account
from accounts.models import Membership, Tier, User
from accounts.models.session import SessionStore
from articles.models import BriefingPage, SectionPage
from credits import ledger
from credits.models import LotKind
from insights.sections import KEY_INSIGHTS, SECTIONS, TAKEAWAYS
from insights.unlocks import Intent, give, unlock

from .manifest import Place, PlantedReader
from .newsroom import OTHER_DESK, STATES, Planter
from .words import Seed

HOST = "canaries.invalid"
AN_HOUR = datetime.timedelta(hours=1)
UNSEEN = ("withdrawn", "draft", "scheduled")


def whole(*names: str) -> list[Place]:
    return [Place(name, part.slug) for name in names for part in SECTIONS]


PUBLIC = [Place("part-public", KEY_INSIGHTS.slug)]
REGISTERED = [*PUBLIC, Place("part-registered", TAKEAWAYS.slug), *whole("free")]
UNLOCKED = [*REGISTERED, *whole("mine", "given")]
PUBLISHED = whole(*(state.name for state in STATES if state.name not in UNSEEN))
# The alias of "locked" stands at the other desk.
OF_THE_OTHER_DESK = whole("dear", "locked")


class Admitter:
    """Makes whoever is missing, and brings everyone back into the standing they are for."""

    def __init__(self, seed: Seed, planter: Planter, pages: dict[str, BriefingPage]) -> None:
        self.seed, self.desk, self.pages = seed, planter.desks[OTHER_DESK], pages

    def admit(self) -> dict[str, PlantedReader]:
        return dict(self._readers())

    def _readers(self) -> Iterator[tuple[str, PlantedReader]]:
        yield "visitor", PlantedReader(sees=PUBLIC)
        yield "reader", self.known(self.person("reader"), "reader", sees=REGISTERED)
        yield "unlocked", self.known(self.unlocked(), "unlocked", sees=UNLOCKED)
        yield "member", self.known(self.holder("member"), "member", sees=PUBLISHED)
        lapsed = self.holder("lapsed", ends_at=timezone.now() - AN_HOUR)
        yield "lapsed", self.known(lapsed, "lapsed", sees=REGISTERED)
        editor = self.editor()
        yield "editor", self.known(editor, "editor", sees=[*REGISTERED, *OF_THE_OTHER_DESK])
        leaver = self.holder("signed-out")
        yield "signed-out", self.known(leaver, "signed-out", sees=PUBLIC, leaves=True)
        yield "closed", self.closed()

    def known(self, user: User, kind: str, **what: Any) -> PlantedReader:
        return PlantedReader(email=user.email, password=self.seed.password(kind), **what)

    def person(self, kind: str) -> User:
        email = f"{kind}@{HOST}"
        user = User.objects.filter(email=email).first() or User(email=email)
        user.set_password(self.seed.password(kind))
        user.save()
        EmailAddress.objects.get_or_create(
            user=user, email=email, defaults={"verified": True, "primary": True}
        )
        return user

    def unlocked(self) -> User:
        """With as many credits as it costs, so that none is left for the sweep to spend."""
        user, page = self.person("unlocked"), self.pages["mine"]
        ledger.grant(
            wallet_id=user.wallet_id,
            amount=page.price,
            kind=LotKind.PROMOTIONAL,
            reason="For the canary sweep",
            key=f"canary:{user.pk}",
        )
        unlock(reader=user, page=page, intent=Intent(price=page.price))
        give(reader=user, page=self.pages["given"])
        return user

    def holder(self, kind: str, **hold: Any) -> User:
        user = self.person(kind)
        tier, _ = Tier.objects.get_or_create(
            slug="canaries", defaults={"name": "The canaries’ club", "visible": False}
        )
        began = timezone.now() - 2 * AN_HOUR
        Membership.objects.get_or_create(reader=user, tier=tier, defaults={"starts_at": began, **hold})
        return user

    def editor(self) -> User:
        user = self.person("editor")
        user.groups.set([editors_of(self.desk)])
        return user

    def closed(self) -> PlantedReader:
        """Left after unlocking, with a session still held in a browser somewhere."""
        user = self.holder(f"closed-{timezone.now():%Y%m%d%H%M%S%f}")
        email, session = user.email, signed_in(user)
        close_account(user)
        password = self.seed.password(email.partition("@")[0])
        return PlantedReader(sees=PUBLIC, email=email, password=password, session=session, refused=True)


def editors_of(desk: SectionPage) -> Group:
    group, _ = Group.objects.get_or_create(name="Canary editors")
    group.permissions.add(permission("wagtailadmin", "access_admin"))
    for codename in ("add_page", "change_page"):
        GroupPagePermission.objects.get_or_create(
            group=group, page=desk.page_ptr, permission=permission("wagtailcore", codename)
        )
    return group


def permission(app: str, codename: str) -> Permission:
    return Permission.objects.get(content_type__app_label=app, codename=codename)


def signed_in(user: User) -> str:
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return str(session.session_key)
