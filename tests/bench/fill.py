"""Fill one database: run once, inside the site, as the application; what is copied, as a superuser."""

import os
import sys

import django
import psycopg

from .sizes import SIZES, Size


def main() -> None:
    size = SIZES[sys.argv[1]]
    django.setup()
    from django.core.management import call_command

    if not size.grown_from:
        from .newsroom import open_newsroom

        call_command("migrate", interactive=False, verbosity=0)
        open_newsroom()
        return
    with psycopg.connect(os.environ["SUPERUSER_URL"], autocommit=True) as server:
        grow(server, size)
    call_command("check_ledger")


def grow(server: psycopg.Connection, size: Size) -> None:
    from .copies import copy_briefings
    from .history import post_history
    from .readership import gather

    server.execute("SET synchronous_commit = off")
    copy_briefings(server, size.briefings, long_reads=size.long_reads)
    gather(server, size.readers)
    post_history(server, size.readers, size.deeds)
    server.execute("VACUUM ANALYZE")


if __name__ == "__main__":
    main()
