"""Whether the database knows letters from quotes. With LC_CTYPE C both of them are a part of a “word”."""

from collections.abc import Sequence
from typing import Any

from django.core import checks
from django.db import DEFAULT_DB_ALIAS, connection

KNOWS = "SELECT to_tsvector('simple', '“word”') = to_tsvector('simple', 'word')"
HINT = "Make the database anew with an LC_CTYPE such as C.UTF-8 and load a dump: see docs/operations.md."


@checks.register(checks.Tags.database)
def searches_find_words_in_quotes(
    *, databases: Sequence[str] | None = None, **_: Any
) -> list[checks.CheckMessage]:
    if DEFAULT_DB_ALIAS not in (databases or ()):
        return []
    with connection.cursor() as cursor:
        cursor.execute(KNOWS)
        knows = cursor.fetchone()[0]
    said = "Searches find no word in typographic quotes."
    return [] if knows else [checks.Warning(said, hint=HINT, id="articles.W001")]
