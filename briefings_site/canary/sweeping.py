"""The whole sweep of a running site: as each kind of reader, over the wire."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass

from . import addresses
from .asking import Line, Person, Request, Undecodable, Unreachable
from .entering import NotLetIn, enter, leave
from .hearing import Ear
from .manifest import Manifest
from .report import Leak, Report
from .searching import told_apart
from .visiting import Visit
from .ways import Lures, all_ways

MOST_ADDRESSES = 1500
SEARCHED_FOR = 2
# One of so many private files is asked for in all ways: they differ in nothing but the page they stand on.
A_FILE_OF = 10
# Guesses are fewer than ways of asking. A view that does not ask who is there asks it for no page.
GUESSES_SHARED_BY = 4


@dataclass(frozen=True)
class Options:
    """``share`` of n asks each way of asking at every nth address only; ``jobs`` go on at the same time."""

    kinds: list[str]
    most: int = MOST_ADDRESSES
    share: int = 1
    jobs: int = 1


def sweep(manifest: Manifest, line: Line, options: Options) -> Report:
    report = Report()
    people = {kind: person for kind in options.kinds if (person := arrive(kind, manifest, line, report))}
    report.kinds = list(people)
    ear = Ear(manifest.words)
    lures = lures_of(manifest, people)
    tasks: list[Callable[[], None]] = [
        lambda kind=kind, person=person, turn=turn: go_through(  # type: ignore[misc]
            Visit(kind, person, manifest, ear=ear, report=report, origin=line.origin), lures, options, turn
        )
        for turn, (kind, person) in enumerate(people.items())
    ]
    with ThreadPoolExecutor(options.jobs) as pool:
        for done in [pool.submit(task) for task in tasks]:
            done.result()
    return report


def arrive(kind: str, manifest: Manifest, line: Line, report: Report) -> Person | None:
    """Somebody of this kind at the door, signed in or not; None where that did not work."""
    reader = manifest.readers[kind]
    person = Person(line)
    try:
        enter(person, reader, session_cookie=manifest.session_cookie)
        if reader.leaves:
            look_and_leave(person, manifest)
    except (NotLetIn, Unreachable, Undecodable) as error:
        if reader.refused and isinstance(error, NotLetIn):
            return person
        report.troubles.append(f"{kind}: {error}")
        return None
    if reader.refused:
        report.troubles.append(f"{kind}: was let in")
    return person


def look_and_leave(person: Person, manifest: Manifest) -> None:
    for page in manifest.pages.values():
        person.ask(Request(page.path))
    session = person.cookies[manifest.session_cookie]
    leave(person)
    person.cookies[manifest.session_cookie] = session


def lures_of(manifest: Manifest, people: dict[str, Person]) -> Lures:
    target = next(iter(manifest.pages.values())).path
    etags = {etag for person in people.values() if (etag := etag_of(target, person))}
    return Lures(target, manifest.session_cookie, tuple(sorted(etags)))


def etag_of(target: str, person: Person) -> str:
    with suppress(Unreachable):
        return person.ask(Request(target)).get("ETag")
    return ""


def go_through(visit: Visit, lures: Lures, options: Options, turn: int) -> None:
    manifest = visit.manifest
    beginnings = addresses.known(manifest, share=min(options.share, GUESSES_SHARED_BY), turn=turn)
    visit.crawl(beginnings, most=options.most)
    targets = [*(page.path for page in manifest.pages.values()), *manifest.files[::A_FILE_OF]]
    visit.try_ways(targets, all_ways(lures), share=options.share, turn=turn)
    visit.miss()
    visit.report.leaks.update(leaks_of_the_search(visit))


def leaks_of_the_search(visit: Visit) -> Iterator[Leak]:
    secret = [word for word, place in visit.manifest.words.items() if place not in visit.public]
    try:
        for word in told_apart(visit.asker, secret[:SEARCHED_FOR]):
            place = str(visit.manifest.words[word])
            yield Leak(visit.kind, "/search/", "asked for the word", place, "body", "told apart")
    except (Unreachable, Undecodable) as error:
        visit.report.troubles.append(f"{visit.kind}, searching: {error}")
