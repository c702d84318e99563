"""What each of several briefings is to one reader: the words on its card."""

from collections.abc import Iterator, Sequence
from uuid import UUID

from accounts.models import User

from .facts import Facts, facts_about, in_sql
from .models import Unlock
from .standing import Reader

WORDS = {Unlock.Reason.UNLOCKED: "Unlocked", Unlock.Reason.GIFT: "Given to you"}
IN_THE_CLUB = "Open to you"
ALL_WORDS = ("", *WORDS.values(), IN_THE_CLUB)


def states_for(reader: Reader, keys: Sequence[UUID]) -> dict[UUID, str]:
    """One query for a signed-in reader, none for a visitor. What is nothing to them is left out."""
    if not isinstance(reader, User) or not keys:
        return {}
    facts = facts_about(reader.pk, briefings=in_sql(keys))
    return {key: word for key, word in zip(keys, words_by(facts), strict=True) if word} if facts else {}


def words_by(facts: Facts) -> Iterator[str]:
    """A word for each of the briefings that were asked for, or an empty one."""
    otherwise = IN_THE_CLUB if facts.membership else ""
    for reason in (facts.owned or "").split(","):
        yield WORDS[Unlock.Reason(reason)] if reason else otherwise
