"""Programs that are kept by others: where they are, or what to install."""

import os
import shutil

# By the names of Debian's packages.
NEEDED = {"wrk": "wrk", "nginx": "nginx-light", "redis-server": "redis-server"}


class ToolMissing(Exception):
    """Its text is one line for the person at the terminal."""


def programs() -> dict[str, str]:
    """Raises ToolMissing, naming all that is missing at once."""
    search = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
    found = {name: shutil.which(name, path=search) for name in NEEDED}
    if missing := [name for name, path in found.items() if path is None]:
        packages = " ".join(NEEDED[name] for name in missing)
        raise ToolMissing(f"there is no {' and no '.join(missing)} here: apt-get install {packages}")
    return {name: path for name, path in found.items() if path}
