"""Many briefings out of few: rows copied by PostgreSQL, with all columns that there are or will be."""

import datetime
from collections.abc import Iterator, Sequence
from typing import Any

import psycopg
from psycopg.sql import SQL, Identifier
from wagtail.models import Page

from .newsroom import NEWEST, is_long
from .sizes import WRITTEN
from .words import Writer

DEPTH = 4
LATER_CHILDREN = 1_000
LONGEST_AGO = 3_650
A_REST = 40
# What hangs on a briefing by this column, and is the same on its copy.
PARTS = {
    "articles_byline": "page_id",
    "articles_briefingsource": "page_id",
    "articles_briefingtag": "content_object_id",
    "articles_correction": "page_id",
}


def copy_briefings(server: psycopg.Connection, wanted: int, *, long_reads: bool = True) -> None:
    """Until there are ``wanted``. As a superuser."""
    [(there,)] = server.execute("SELECT count(*) FROM articles_briefingpage").fetchall()
    originals = [
        row
        for row in server.execute(ORIGINALS, [WRITTEN]).fetchall()
        if long_reads or not is_long(number_of(row[2]))
    ]
    if wanted <= there:
        return
    with server.transaction():
        server.execute(PLAN)
        last = last_of(server, "wagtailcore_page"), last_of(server, "wagtailcore_revision")
        with server.cursor().copy("COPY copies FROM STDIN") as rows:
            for row in planned(originals, range(there, wanted), last):
                rows.write_row(row)
        server.execute("ANALYZE copies")
        copy_rows(server)
        server.execute("DROP TABLE copies")


def number_of(slug: str) -> int:
    return int(slug.rpartition("-")[2])


def planned(
    originals: Sequence[tuple[Any, ...]], numbers: range, last: tuple[int, int]
) -> Iterator[tuple[Any, ...]]:
    last_page, last_revision = last
    days = min(LONGEST_AGO, numbers.stop // 2)
    for made, number in enumerate(numbers, start=1):
        source, source_revision, _, desk, address = originals[number % len(originals)]
        slug = f"briefing-{number}"
        yield (
            number,
            source,
            source_revision,
            last_page + made,
            last_revision + made,
            Page._get_path(desk, DEPTH, LATER_CHILDREN + number),
            slug,
            f"{address}{slug}/",
            Writer(number).headline(),
            NEWEST - datetime.timedelta(days=A_REST + number * days // numbers.stop),
        )


def last_of(server: psycopg.Connection, table: str) -> int:
    [(last,)] = server.execute(SQL("SELECT max(id) FROM {}").format(Identifier(table))).fetchall()
    return int(last or 1)


def copy_rows(server: psycopg.Connection) -> None:
    copy(server, "wagtailcore_revision", "t.id = c.source_revision", AS_REVISION)
    copy(server, "wagtailcore_page", "t.id = c.source", AS_PAGE)
    copy(
        server,
        "articles_briefingpage",
        "t.page_ptr_id = c.source",
        {"page_ptr_id": "c.page", "date": "c.date"},
    )
    for table, column in PARTS.items():
        copy(server, table, f"t.{column} = c.source", {column: "c.page"})
    copy(server, "articles_publictext", "t.page_id = c.source", AS_TEXT)
    server.execute(COUNTED)


def copy(server: psycopg.Connection, table: str, join: str, given: dict[str, str]) -> None:
    """The rows of ``table`` that ``join`` their briefing, once for each copy of it. Ids are new."""
    names = [name for (name,) in server.execute(COLUMNS, [table]).fetchall() if name != "id" or "id" in given]
    values = SQL(", ").join(SQL(given.get(name, f't."{name}"')) for name in names)  # type: ignore[arg-type]
    server.execute(
        SQL("INSERT INTO {table} ({names}) SELECT {values} FROM {table} t JOIN copies c ON {join}").format(
            table=Identifier(table),
            names=SQL(", ").join(map(Identifier, names)),
            values=values,
            join=SQL(join),  # type: ignore[arg-type]
        )
    )
    settle_ids(server, table)


def settle_ids(server: psycopg.Connection, table: str) -> None:
    """The next row that the site writes must not meet one of ours."""
    if any(name == "id" for (name,) in server.execute(COLUMNS, [table]).fetchall()):
        server.execute("SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", [table, last_of(server, table)])


WRITTEN_AT = "(c.date + time '12:00') AT TIME ZONE 'UTC'"
AS_REVISION = {
    "id": "c.revision",
    "object_id": "c.page::text",
    "created_at": WRITTEN_AT,
    "content": "t.content || jsonb_build_object('pk', c.page, 'title', c.title, 'draft_title', c.title, "
    "'slug', c.slug, 'path', c.path, 'url_path', c.url_path, 'date', c.date)",
}
AS_PAGE = {
    "id": "c.page",
    "path": "c.path",
    "slug": "c.slug",
    "title": "c.title",
    "draft_title": "c.title",
    "url_path": "c.url_path",
    "translation_key": "gen_random_uuid()",
    "latest_revision_id": "c.revision",
    "live_revision_id": "c.revision",
    "first_published_at": WRITTEN_AT,
    "last_published_at": WRITTEN_AT,
    "latest_revision_created_at": WRITTEN_AT,
}
AS_TEXT = {
    "page_id": "c.page",
    "document": "setweight(to_tsvector('english', c.title), 'A') || ts_filter(t.document, '{b,c}')",
    "words": "setweight(to_tsvector('simple', c.title), 'A') || ts_filter(t.words, '{b,c}')",
}
ORIGINALS = """
SELECT p.id, p.live_revision_id, p.slug, d.path, d.url_path
FROM articles_briefingpage b JOIN wagtailcore_page p ON p.id = b.page_ptr_id
JOIN wagtailcore_page d ON d.path = left(p.path, -4) AND d.depth = p.depth - 1
WHERE p.live ORDER BY p.id LIMIT %s
"""
PLAN = """
CREATE TEMPORARY TABLE copies (
    number bigint PRIMARY KEY, source bigint, source_revision bigint, page bigint, revision bigint,
    path text, slug text, url_path text, title text, date date
)
"""
COLUMNS = """
SELECT column_name FROM information_schema.columns
WHERE table_schema = 'public' AND table_name = %s AND is_generated = 'NEVER' ORDER BY ordinal_position
"""
COUNTED = """
UPDATE wagtailcore_page d SET numchild = (
    SELECT count(*) FROM wagtailcore_page p WHERE p.depth = d.depth + 1 AND p.path LIKE d.path || '%'
) WHERE d.id IN (SELECT page_ptr_id FROM articles_sectionpage)
"""
