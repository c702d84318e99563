"""Search over the public text of what is published. No answer depends on a locked word: it has no entry."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from django.contrib.postgres.search import SearchVector
from django.db import connections, router
from django.db.models import TextField, Value
from rapidfuzz import process
from rapidfuzz.distance import OSA

from .hits import VEIL, Hits, everyones, hits, known_of
from .models import BriefingPage, Gist, PublicText
from .once import makers
from .shelf import answers_at_hand
from .versions import kept, known_version

LONGEST = 120
# So many letters may be wrong, missing, too many or in each other's place: Lucene's "AUTO" fuzziness.
SHORT, IN_SHORT, IN_LONG = 5, 1, 2
# So many stories, the newest, know how words are spelt.
SPELT_BY = 2000
LONG_ENOUGH = re.compile(r"\w{3,}")
NONE = Hits()


def index_briefing(page: BriefingPage) -> None:
    """Write the words of what is published now; forget those of what is not, and of an alias."""
    if not page.live or page.alias_of_id is not None:
        PublicText.objects.filter(page=page).delete()
        return
    published = BriefingPage.objects.get(pk=page.pk)
    tags = " ".join(tag.name for tag in published.tags.all())
    text = published.story_text
    PublicText.objects.update_or_create(
        page=published,
        defaults={
            "story": f"{published.standfirst} {text}".translate(VEIL),
            "document": weighted(published, text, tags, config="english"),
            "words": weighted(published, text, tags, config="simple"),
        },
    )


def weighted(page: BriefingPage, text: str, tags: str, *, config: str) -> SearchVector:
    parts = [(page.title, "A"), (page.standfirst, "B"), (tags, "B"), (text, "C")]
    first, *rest = (
        SearchVector(Value(words.translate(VEIL), output_field=TextField()), weight=weight, config=config)
        for words, weight in parts
    )
    return sum(rest, start=first)


@dataclass(frozen=True)
class Answer:
    """The same for everyone. ``corrected`` is what was searched for instead, where nothing was found for the
    words as typed; ``version``, what was published when it was; empty where nobody knew."""

    query: str
    hits: Hits = NONE
    corrected: str = ""
    version: str = ""


def search(typed: str, number: int = 1) -> Answer:
    words = " ".join(typed.replace("\x00", " ").split())[:LONGEST]
    return answer_at_hand(words, number) if words else Answer(query="")


def answer_at_hand(words: str, number: int) -> Answer:
    """What was asked a moment ago is at hand in this process; all share no memory of every question."""
    word = known_version()
    place = (word, words, number)
    known: Answer | None = answers_at_hand.get(place) if word else None
    if known is None:
        known = replace(answer(words, number), version=word or "")
        if word:
            answers_at_hand.put(place, known, size=size_of(known))
    return known


def size_of(known: Answer) -> int:
    """In bytes, about."""
    return sum(600 + 2 * len(hit.snippet) for hit in known.hits.found)


def answer(words: str, number: int) -> Answer:
    found = hits(words, number)
    if found.total:
        return Answer(query=words, hits=found)
    mended = mend(words)
    if mended == words:
        return Answer(query=words)
    instead = hits(mended, number)
    return Answer(query=words, hits=instead, corrected=mended) if instead.total else Answer(query=words)


def mend(words: str) -> str:
    """Each word that no published story has, replaced by the closest of those that stories are about."""
    asked = LONG_ENOUGH.findall(words)
    unknown = set(asked) - known_of(asked)
    if not unknown:
        return words
    known = known_words()
    return LONG_ENOUGH.sub(lambda found: closest(found[0], known) if found[0] in unknown else found[0], words)


def closest(word: str, known: Iterable[str]) -> str:
    lower = word.lower()
    wrong = IN_SHORT if len(lower) <= SHORT else IN_LONG
    near = process.extractOne(lower, known, scorer=OSA.distance, score_cutoff=wrong)
    return near[0] if near else word


def known_words() -> list[str]:
    with makers.alone(("vocabulary", known_version())):
        return kept("vocabulary", vocabulary, shared=True)


def vocabulary() -> list[str]:
    """What the newest published stories are about, in words of three letters or more."""
    gists = Gist.objects.filter(text__page__in=everyones().newest(SPELT_BY).values("page"))
    words = gists.values("spelt").query
    connection = connections[router.db_for_read(Gist)]
    with connection.cursor() as cursor:
        sql = connection.ops.compose_sql(  # type: ignore[attr-defined]
            *words.sql_with_params()
        )
        cursor.execute("SELECT word FROM ts_stat(%s) ORDER BY ndoc DESC, word", [sql])
        return [row[0] for row in cursor.fetchall()]
