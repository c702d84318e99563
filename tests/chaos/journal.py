"""What the site acknowledged and what was only asked of it, written down by those who asked."""

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO


@dataclass
class Journal:
    path: Path | None = None
    lines: list[dict[str, Any]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    file: TextIO | None = None

    def write(self, what: str, **facts: Any) -> None:
        """``what`` is asked-… before the attempt, and the same word without it once it is acknowledged."""
        line = {"at": round(time.time(), 3), "what": what, **facts}
        with self.lock:
            self.lines.append(line)
            if self.path is not None:
                self.file = self.file or self.path.open("a", buffering=1)
                self.file.write(json.dumps(line) + "\n")

    def of(self, what: str) -> Iterator[dict[str, Any]]:
        with self.lock:
            found = [line for line in self.lines if line["what"] == what]
        return iter(found)

    def opened(self) -> set[tuple[str, str]]:
        """Reader and address of every unlock that was acknowledged."""
        return {(line["email"], line["path"]) for line in self.of("opened")}

    def registered(self) -> set[str]:
        return {line["email"] for line in self.of("registered")}

    def close(self) -> None:
        if self.file is not None:
            self.file.close()
