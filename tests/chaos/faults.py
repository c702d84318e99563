"""How each fault is done to the house. A function returns once what it breaks for a while is whole again."""

import os
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from random import Random

from .house import House

FILLED_WITH = 5000
SUFFIX = ".djcache"
CLIENTS = "FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"


class Faults:
    def __init__(self, house: House, *, seed: int, stopping: threading.Event) -> None:
        self.house = house
        self.seed = seed
        self.struck = 0
        self.draw = Random()
        self.stopping = stopping
        self.cache = house.data_dir / "cache"

    def strike(self, kind: str, seconds: float) -> None:
        self.struck += 1
        self.draw = Random(f"{self.seed}:faults:{self.struck}")
        deed: Callable[[float], None] = getattr(self, kind.replace("-", "_"))
        deed(seconds)

    def wait(self, seconds: float) -> None:
        self.stopping.wait(seconds)

    # The database

    def postmaster(self, seconds: float) -> None:
        """Every process of the server at once, as when the machine runs out of memory."""
        self.house.kill_server()
        self.wait(seconds)
        self.house.start_server()

    def database(self, seconds: float) -> None:
        """An orderly fast shutdown, as an administrator's restart does it."""
        with suppress(FileNotFoundError, ProcessLookupError):
            os.kill(self.house.postmaster(), signal.SIGINT)
        self.wait(seconds)
        self.house.start_server()

    def backend(self, seconds: float) -> None:
        """One server process that serves a client: PostgreSQL then throws out all others and recovers."""
        serving = self.house.ask(f"SELECT pid {CLIENTS}")
        if serving:
            with suppress(ProcessLookupError):
                os.kill(self.draw.choice(serving)[0], signal.SIGKILL)

    def connections(self, seconds: float) -> None:
        self.house.ask(f"SELECT pg_terminate_backend(pid) {CLIENTS}")

    # The processes

    def web_worker(self, seconds: float) -> None:
        workers = self.house.parts["web"].workers()
        if workers:
            with suppress(ProcessLookupError):
                os.kill(self.draw.choice(workers), signal.SIGKILL)

    def web(self, seconds: float) -> None:
        self.house.parts["web"].kill()

    def worker(self, seconds: float) -> None:
        self.house.parts["worker"].kill()

    def clock(self, seconds: float) -> None:
        self.house.parts["clock"].kill()

    # The cache

    def cache_clear(self, seconds: float) -> None:
        for entry in self.entries():
            with suppress(FileNotFoundError):
                entry.unlink()

    def cache_fill(self, seconds: float) -> None:
        """So many entries of nobody's that the next thing kept throws out a third of all, whatever it is."""
        for number in range(FILLED_WITH):
            (self.cache / f"filler-{self.draw.getrandbits(64):x}-{number}{SUFFIX}").touch()

    def cache_spoil(self, seconds: float) -> None:
        """What a power cut leaves of files: cut short, or something else in them."""
        for entry in self.entries():
            with suppress(FileNotFoundError):
                if self.draw.random() < 0.5:
                    os.truncate(entry, entry.stat().st_size // 2)
                else:
                    entry.write_bytes(self.draw.randbytes(64))

    def cache_block(self, seconds: float) -> None:
        """A file where the folder was: nothing can be kept or read, not even by root."""
        aside = self.cache.with_name("cache-aside")
        self.cache.rename(aside)
        self.cache.touch()
        self.wait(seconds)
        self.cache.unlink()
        aside.rename(self.cache)

    def entries(self) -> list[Path]:
        return sorted(self.cache.glob(f"*{SUFFIX}"))

    # The mail

    def mail_slow(self, seconds: float) -> None:
        self.mail("slow", seconds, delay=self.draw.uniform(0.5, 2.5))

    def mail_refuse(self, seconds: float) -> None:
        self.mail("refuse", seconds)

    def mail_drop(self, seconds: float) -> None:
        self.mail("drop", seconds)

    def mail(self, mood: str, seconds: float, delay: float = 0.0) -> None:
        self.house.post.be(mood, delay)
        self.wait(seconds)
        self.house.post.be("kind")
        # A mail that is being held back still is.
        time.sleep(delay)
