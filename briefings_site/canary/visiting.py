"""One kind of reader goes through the whole site, and everything that comes back is listened to."""

from collections import Counter
from collections.abc import Iterable, Iterator

from .addresses import NOT_TO_PRESS, identity, links_in
from .asking import Answer, Asker, Request, Undecodable, Unreachable
from .hearing import Ear
from .manifest import Manifest, Place
from .report import Leak, Report
from .ways import Way

PLAINLY = "asked plainly"


class Visit:
    """``allowed`` are the places this reader may see; ``public`` those that anybody may."""

    def __init__(
        self, kind: str, asker: Asker, manifest: Manifest, *, ear: Ear, report: Report, origin: str
    ) -> None:
        self.kind, self.asker, self.manifest = kind, asker, manifest
        self.ear, self.report, self.origin = ear, report, origin
        self.allowed = manifest.readers[kind].allowed
        self.public = manifest.readers["visitor"].allowed
        self.heard: set[str] = set()

    def crawl(self, beginnings: Iterable[str], *, most: int) -> None:
        """Every address that can be reached from the beginnings, those first."""
        visited: set[str] = set()
        waiting = list(beginnings)[::-1]
        while waiting:
            target = waiting.pop()
            if identity(target) in visited or target.startswith(NOT_TO_PRESS):
                continue
            if len(visited) == most:
                self.report.troubles.append(
                    f"{self.kind}: more than {most} addresses, the rest was not asked for"
                )
                break
            visited.add(identity(target))
            waiting[:0] = self.links_of(target)
        self.report.addresses |= visited

    def links_of(self, target: str) -> list[str]:
        answer = self.ask(Request(target), way=PLAINLY)
        try:
            return list(links_in(target, answer, origin=self.origin)) if answer else []
        except Undecodable:
            return []

    def try_ways(self, targets: Iterable[str], ways: list[Way], *, share: int = 1, turn: int = 0) -> None:
        """Each way at each address; with a ``share`` of n, at every nth of them, each at another."""
        for place, target in enumerate(targets):
            for number, way in enumerate(ways):
                if (place + number + turn) % share == 0:
                    self.ask(way.of(target, self.asker.cookies), way=way.name)

    def ask(self, request: Request, *, way: str) -> Answer | None:
        try:
            answer = self.asker.ask(request)
        except Unreachable as error:
            self.report.troubles.append(f"{self.kind}, {way}: {error}")
            return None
        self.report.asked += 1
        self.listen(request.target, answer, way=way)
        return answer

    def listen(self, target: str, answer: Answer, *, way: str) -> None:
        for where, said in self.parts_of(target, answer, way=way):
            for word, how in self.ear.hear(said).items():
                self.heard.add(word)
                place = self.manifest.words[word]
                if place not in self.allowed:
                    self.note(target, way, place, where, how)
                elif place not in self.public and not is_private(answer):
                    self.note(target, way, place, where, "in an answer that a shared cache may keep")

    def parts_of(self, target: str, answer: Answer, *, way: str) -> Iterator[tuple[str, bytes]]:
        yield "headers", "\n".join(f"{name}: {value}" for name, value in answer.headers).encode("latin-1")
        yield "trailers", answer.trailers
        try:
            yield "body", answer.content
        except Undecodable as error:
            self.report.troubles.append(f"{self.kind}, {way}, {target}: {error}")

    def note(self, target: str, way: str, place: Place, where: str, written: str) -> None:
        self.report.leaks.add(Leak(self.kind, target, way, str(place), where, written))

    def miss(self) -> None:
        """Note what this reader has a right to and did not see: a site that shows nothing is not clean."""
        sees = self.manifest.readers[self.kind].sees
        unheard = Counter(
            str(self.manifest.words[word]) for word in self.manifest.words_of(sees) - self.heard
        )
        for place, number in sorted(unheard.items()):
            words = sum(str(other) == place for other in self.manifest.words.values())
            self.report.missing.append(
                f"{number} of {words} canaries of {place} were not shown to {self.kind}, who may see them"
            )


def is_private(answer: Answer) -> bool:
    return any(word in answer.get("Cache-Control").lower() for word in ("private", "no-store"))
