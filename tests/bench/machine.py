"""What a run was measured on."""

import platform
from collections.abc import Mapping
from pathlib import Path

from . import cores
from .store import Store

SAID = ("server_version", "shared_buffers", "fsync", "synchronous_commit")


def told(store: Store) -> Mapping[str, str]:
    ours = {"cores": cores.in_words(), "processor": processor(), "python": platform.python_version()}
    return ours | {name: str(store.ask(f"SHOW {name}")[0][0]) for name in SAID}


def processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    return next(
        (line.partition(": ")[2] for line in lines if line.startswith("model name")), platform.machine()
    )
