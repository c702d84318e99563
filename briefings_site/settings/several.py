"""What a site on more than one machine adds: a pooler before the database, and a replica beside it."""

from typing import Any

import environ

env = environ.Env()

# Seconds. What cannot be read from the replica is read from the primary, and the reader waits for both.
REPLICA_CONNECTS_WITHIN = 2
# Milliseconds after which a replica that takes nothing any more is gone.
REPLICA_SILENT_FOR = 3_000


def behind_a_pooler() -> dict[str, Any]:
    """A pooler that lends a connection for one transaction loses cursors between two of them."""
    return {"DISABLE_SERVER_SIDE_CURSORS": env.bool("DATABASE_TRANSACTION_POOLING", default=False)}


def replica(url: str) -> dict[str, Any]:
    """No pool, which would make those wait who need not: one kept connection a thread, which only reads."""
    config = dict(env.db_url_config(url))
    config["OPTIONS"] = config.get("OPTIONS", {}) | {
        "connect_timeout": REPLICA_CONNECTS_WITHIN,
        "tcp_user_timeout": REPLICA_SILENT_FOR,
        "keepalives_idle": REPLICA_CONNECTS_WITHIN,
        "options": "-c default_transaction_read_only=on",
    }
    return config | {"CONN_MAX_AGE": 60, "DISABLE_SERVER_SIDE_CURSORS": True}
