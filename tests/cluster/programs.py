"""What the rehearsals need of Debian, and where it is."""

import os
import shutil

PACKAGES = {
    "nginx": "nginx-light",
    "pgbouncer": "pgbouncer",
    "redis-server": "redis-server",
    "openssl": "openssl",
    "setpriv": "util-linux",
    "pgrep": "procps",
}


class Missing(Exception):
    """Programs that are not there; the text names Debian's packages."""


def programs() -> dict[str, str]:
    search = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
    found = {name: shutil.which(name, path=search) for name in PACKAGES}
    if missing := [PACKAGES[name] for name, path in found.items() if path is None]:
        raise Missing(f"missing: apt-get install {' '.join(missing)}")
    return {name: path for name, path in found.items() if path}
