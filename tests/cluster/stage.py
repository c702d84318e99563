"""What a rehearsal is given, and what it finds."""

import os
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

from briefings_site.cluster import _programs
from tests.briefings_site.conftest import ROOT
from tests.chaos.journal import Journal
from tests.chaos.marks import Briefing

from .house import House
from .load import Load, under_load


@dataclass(frozen=True)
class Finding:
    promised: str
    seen: str
    kept: bool

    def __str__(self) -> str:
        return f"  {'kept  ' if self.kept else 'BROKEN'}  {self.promised}: {self.seen}"


@dataclass(frozen=True)
class Stage:
    house: House
    journal: Journal
    briefings: Sequence[Briefing]
    seconds: float

    def load(self, group: str) -> AbstractContextManager[Load]:
        """The last briefing is left for what is done to one."""
        return under_load(self.house, self.journal, group, self.briefings[:-1])

    def script(
        self, path: str, *arguments: str, user: str | None = None, **environ: str
    ) -> "subprocess.CompletedProcess[str]":
        """One of deploy/, as an operator runs it, with PostgreSQL's programs at hand."""
        search = f"{_programs()}:{os.environ['PATH']}:/usr/sbin:/sbin"
        command = ["sh", str(ROOT / "deploy" / path), *arguments]
        return subprocess.run(
            command,
            cwd="/",
            env={**os.environ, "PATH": search, "PGPASSFILE": str(self.house.passwords), **environ},
            capture_output=True,
            text=True,
            user=user,
        )

    def ledger(self) -> Finding:
        checked = self.house.command("manage.py", "check_ledger")
        said = (checked.stdout + checked.stderr).strip().splitlines()
        return Finding("check_ledger agrees", said[-1] if said else "silence", checked.returncode == 0)


Rehearsal = Callable[[Stage], Iterator[Finding]]


def nothing_failed(load: Load, promised: str = "no failed request but those in flight") -> Finding:
    broken = load.tally.broken
    seen = load.says() + (f"; first: {broken[0]}" if broken else "")
    return Finding(promised, seen, not broken)


def went_well(done: "subprocess.CompletedProcess[str]", promised: str) -> Finding:
    said = (done.stdout + done.stderr).strip().splitlines()
    return Finding(promised, said[-1][-300:] if said else "done", done.returncode == 0)
