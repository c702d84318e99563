"""What each of several briefings is to one reader: the words on its card."""

from collections.abc import Collection
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef
from django.db.models.functions import JSONObject

from accounts.models import Membership, User

from .models import Unlock
from .standing import Reader

WORDS = {Unlock.Reason.UNLOCKED: "Unlocked", Unlock.Reason.GIFT: "Given to you"}
IN_THE_CLUB = "Open to you"


def states_for(reader: Reader, keys: Collection[UUID]) -> dict[UUID, str]:
    """One query for a signed-in reader, none for a visitor."""
    if not isinstance(reader, User) or not keys:
        return {}
    held = Membership.objects.live().opening_everything().filter(reader=OuterRef("pk"))
    unlocks = Unlock.objects.standing().filter(reader=OuterRef("pk"), briefing_key__in=keys).order_by()
    facts = User.objects.filter(pk=reader.pk).values_list(
        Exists(held), ArraySubquery(unlocks.values(row=JSONObject(key="briefing_key", reason="reason")))
    )
    member, rows = facts.first() or (False, [])
    states = dict.fromkeys(keys, IN_THE_CLUB) if member else {}
    return states | {UUID(row["key"]): WORDS[row["reason"]] for row in rows}
