"""``python -m tests.bench.data right``: make the data, print how to use it, and keep it up until Ctrl-C."""

import os
import signal
import sys
from pathlib import Path

from briefings_site.cluster import ROLES, SUPERUSER
from briefings_site.demo.children import ROOT

from .names import email_of, session_of
from .sizes import SIZES
from .store import Store, StoreError


def main() -> int:
    store = Store(folder())
    store.open()
    try:
        for name in sys.argv[1:] or ["right"]:
            tell(store, store.prepared(SIZES[name]))
        print("up until Ctrl-C", flush=True)
        signal.sigwait({signal.SIGINT, signal.SIGTERM})
    except StoreError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    finally:
        store.close()
    return 0


def folder() -> Path:
    """Where the data is kept: ``$DATA_DIR/bench``."""
    return Path(os.environ.get("DATA_DIR") or ROOT / "var").resolve() / "bench"


def tell(store: Store, database: str) -> None:
    environ = store.environ(database)
    print(f"DATA_DIR={store.folder} DATABASE_URL='{environ['DATABASE_URL']}'", end=" ")
    print(f"DATABASE_OWNER_URL='{environ['DATABASE_OWNER_URL']}'")
    print(f"superuser: {store.url(database, SUPERUSER)}; roles: {', '.join(ROLES)}")
    print(f"{email_of(7)}: session {session_of(7)}, SECRET_KEY={environ['SECRET_KEY']}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
