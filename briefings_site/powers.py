"""What the role that the site logs in as could do to the ledger. It should be nothing."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core import checks
from django.db import DEFAULT_DB_ALIAS, connection

from .owner import at_work
from .privileges import POSTINGS, WRITES, closed_tables

HINT = "DATABASE_URL names the application's role, DATABASE_OWNER_URL the owner's: see docs/operations.md."


def powers() -> list[str]:
    """Of the role that logged in, since RESET ROLE leads back to it. Empty when all is well."""
    known = {
        "closed": sorted(closed_tables()),
        "written": sorted(WRITES),
        "postings": [f"ledger_{name}" for name in POSTINGS],
    }
    with connection.cursor() as cursor:
        cursor.execute(SQL, known)
        return [power for (power,) in cursor.fetchall()]


@checks.register(checks.Tags.database)
def the_application_cannot_rewrite_the_ledger(
    *, databases: Sequence[str] | None = None, **_: Any
) -> list[checks.CheckMessage]:
    if DEFAULT_DB_ALIAS not in (databases or ()) or at_work.get():
        return []
    level = checks.ERROR if settings.DATABASE_OWNER_REQUIRED else checks.WARNING
    return [
        checks.CheckMessage(level, f"The site's own role {power}.", hint=HINT, id="ledger.E001")
        for power in powers()
    ]


SQL = """
WITH me AS (SELECT oid, rolsuper, rolcreaterole FROM pg_roles WHERE rolname = session_user),
ledger AS (
    SELECT c.oid, c.relname AS name, c.relowner AS owner FROM pg_class c
    WHERE c.relnamespace = 'public'::regnamespace AND c.relname = ANY (%(closed)s)
),
owners AS (
    SELECT DISTINCT owner FROM ledger, me WHERE NOT me.rolsuper AND pg_has_role(me.oid, owner, 'MEMBER')
),
-- Who is the owner or above everybody has every right there is: that is said once.
common AS (SELECT me.* FROM me WHERE NOT me.rolsuper AND NOT EXISTS (SELECT FROM owners))

SELECT 'is a superuser' FROM me WHERE rolsuper
UNION ALL SELECT 'may make and change roles' FROM common WHERE rolcreaterole
UNION ALL SELECT 'is, or may become, ' || owner::regrole || ', who owns the ledger' FROM owners
UNION ALL
SELECT 'may ' || power || ' ' || name
FROM common, ledger, unnest(ARRAY['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'TRIGGER']) AS power
WHERE NOT (name = ANY (%(written)s) AND power IN ('INSERT', 'UPDATE'))
    AND CASE WHEN power IN ('INSERT', 'UPDATE') THEN has_any_column_privilege(common.oid, ledger.oid, power)
        ELSE has_table_privilege(common.oid, ledger.oid, power) END
UNION ALL
SELECT 'may make things in the schema public, where the ledger''s functions look'
FROM common WHERE has_schema_privilege(oid, 'public', 'CREATE')
UNION ALL
SELECT 'may switch triggers off with session_replication_role'
FROM common WHERE has_parameter_privilege(oid, 'session_replication_role', 'SET')
UNION ALL
SELECT 'may call ' || p.oid::regprocedure || ', which is the ledger''s own'
FROM common, pg_proc p
WHERE p.pronamespace = 'public'::regnamespace AND p.prosecdef AND p.prorettype <> 'trigger'::regtype
    AND p.proname <> ALL (%(postings)s) AND has_function_privilege(common.oid, p.oid, 'EXECUTE')
"""
