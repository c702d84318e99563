"""The bell of one machine: all its processes hear at once that something has changed.

A few bytes of a file that each process has in its memory. Who changes something writes other bytes there;
who finds others than it knew trusts no longer what it knew. Listening costs a look at memory.
"""

import mmap
import os
import secrets
from functools import cache, cached_property
from pathlib import Path

from django.conf import settings

WORD = 8
NOTHING_OWED = bytes(WORD)
SIZE = 2 * WORD


class Bell:
    def __init__(self, file: Path) -> None:
        self.file = file

    def sound(self) -> bytes:
        """What it sounds like now; empty where there is no bell, and nothing can be trusted."""
        return self._heard[:WORD] if self._heard else b""

    def ring(self) -> None:
        """A word at random, so that two who ring at once need not agree on a number."""
        self._write(secrets.token_bytes(WORD), at=0)

    def owe(self) -> None:
        """Note that the shared cache was not told of a change. Whoever of us reaches it again tells it."""
        self._write(secrets.token_bytes(WORD), at=WORD)
        self.ring()

    def take_debt(self) -> bool:
        """True if something is owed, which is now the caller's to settle, or to owe again.

        Taken first and settled then: what is owed meanwhile stands, and is settled by the next.
        """
        if not self._heard or self._heard[WORD:SIZE] == NOTHING_OWED:
            return False
        return self._write(NOTHING_OWED, at=WORD)

    @cached_property
    def _heard(self) -> mmap.mmap | None:
        try:
            return self._opened()
        except (OSError, ValueError):
            return None

    def _opened(self) -> mmap.mmap:
        self.file.parent.mkdir(parents=True, exist_ok=True)
        if not self.file.exists() or self.file.stat().st_size < SIZE:
            self._write(b"", at=0)
        with self.file.open("rb") as file:
            return mmap.mmap(file.fileno(), SIZE, access=mmap.ACCESS_READ)

    def _write(self, word: bytes, *, at: int) -> bool:
        """False for a process that may not; the others hear of it when they trust no longer, soon."""
        try:
            file = os.open(self.file, os.O_RDWR | os.O_CREAT, 0o666)
        except OSError:
            return False
        try:
            if os.fstat(file).st_size < SIZE:
                os.ftruncate(file, SIZE)
            return os.pwrite(file, word, at) == len(word)
        finally:
            os.close(file)


@cache
def bell() -> Bell:
    return Bell(settings.DATA_DIR / "bell")
