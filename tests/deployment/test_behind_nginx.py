"""The real server behind nginx, with a cache that all readers share: no page crosses from one to another.

Everything is tried at two fronts: nginx as deployed, which keeps away from whoever brings a cookie, and one
without that rule, which like most caches has only the site's own headers to go by.
"""

import re
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import product

import pytest

from briefings_site.canary.asking import Answer, Person, Request
from briefings_site.canary.entering import leave
from briefings_site.canary.ways import Lures, Way, all_ways
from tests.briefings_site.conftest import ROOT

from .conftest import Deployment

# Has the tests' database made, for the deployment to be a copy of.
# One server and one nginx are enough for all of these.
pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("deployment")]

FRONTS = ("as deployed", "careless")
MINE, DEAR = "/canaries/mine/", "/canaries-elsewhere/dear/"
STATE = re.compile(rb'data-section="[a-z-]+" data-state="(open|locked)"')
KEPT = ("HIT", "REVALIDATED")
AT_ONCE = 8


@pytest.fixture(params=FRONTS)
def front(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def states(answer: Answer) -> set[bytes]:
    return set(STATE.findall(answer.content))


def get(person: Person, target: str) -> Answer:
    return person.ask(Request(target))


def test_the_sweep_finds_nothing(deployment: Deployment) -> None:
    options = ["--base-url", deployment.fronts["as deployed"], "--ca", str(deployment.ca), "--share", "40"]
    options += ["--manifest", str(deployment.manifest_file), "--mail-dir", str(deployment.folder / "mail")]
    options += [option for log in deployment.folder.glob("**/*.log") for option in ("--log", str(log))]
    done = subprocess.run(
        [sys.executable, "manage.py", "canary_sweep", *options],
        cwd=ROOT,
        env=deployment.environ,
        capture_output=True,
        text=True,
        timeout=1500,
    )
    print(done.stdout)
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-4000:]


def test_visitors_are_answered_from_the_cache(deployment: Deployment, front: str) -> None:
    visitor = deployment.come(front)
    for target in ("/", MINE, "/feed/"):
        get(visitor, target)
        again = get(visitor, target)
        assert (again.status, again.get("X-Cache")) == (200, "REVALIDATED"), target
        assert again.get("Set-Cookie") == ""


def test_who_has_the_page_gets_a_304(deployment: Deployment) -> None:
    visitor = deployment.come("as deployed")
    etag = get(visitor, MINE).get("ETag")
    answer = visitor.ask(Request(MINE, headers=(("If-None-Match", etag),)))
    assert (answer.status, answer.body, answer.get("X-Cache")) == (304, b"", "BYPASS")


def test_no_page_crosses_in_whatever_way_it_is_asked_for(deployment: Deployment, front: str) -> None:
    """Between any two odd requests, of either reader, both plain ones get what is theirs."""
    people = {"visitor": deployment.come(front), "unlocked": deployment.come(front, "unlocked")}
    for number, way in enumerate(every_way(deployment, front)):
        # Each way before a cold cache and a warm one: the address is fresh at every second way.
        target = f"{MINE}?page={number // 2 + 1}" if number % 2 else f"{MINE}?cold={number}"
        for who in ("unlocked", "visitor"):
            oddly(people[who], way, target, who)
        check(people, target, way.name)
    check(people, MINE, "in the end")


def every_way(deployment: Deployment, front: str) -> list[Way]:
    etags = {get(deployment.come(front, kind), MINE).get("ETag") for kind in ("visitor", "unlocked")}
    ways = all_ways(Lures(MINE, deployment.manifest.session_cookie, tuple(sorted(etags - {""}))))
    changing = ("POST", "DELETE", "PUT", "PATCH", "TRACE", "PROPFIND")
    asking = [way for way in ways if way.name not in changing]
    # What the careless one lets through, the other has a second rule against: every other way will do.
    return asking if front == "careless" else asking[::2]


def oddly(person: Person, way: Way, target: str, who: str) -> None:
    """An odd request may fail, and the reader may be taken for a visitor; a visitor never for the reader."""
    answer = person.ask(way.of(target, person.cookies))
    if who == "visitor":
        assert b"open" not in states(answer), way.name
    elif b"open" in states(answer):
        assert "no-store" in answer.get("Cache-Control"), way.name


def check(people: dict[str, Person], target: str, after: str) -> None:
    locked, opened = get(people["visitor"], target), get(people["unlocked"], target)
    assert (locked.status, states(locked)) == (200, {b"locked"}), f"a visitor, after {after}: {target}"
    assert (opened.status, states(opened)) == (200, {b"open"}), f"the reader, after {after}: {target}"
    assert opened.get("X-Cache") not in KEPT, after
    assert "no-store" in opened.get("Cache-Control"), after


COOKIES = ("", "{own}", "theme=dark", "theme=dark; {own}", "{own}; theme=dark", "{session}=; {own}")
HEADERS = (
    (),
    (("Accept-Encoding", "gzip"),),
    (("HX-Request", "true"),),
    (("X-Forwarded-Host", "x.example"),),
)
QUERIES = ("", "?", "?page=1", "?utm_source=1")


def test_nothing_crosses_in_any_combination(deployment: Deployment, front: str) -> None:
    """Cookies, headers and queries in all combinations, each first by one reader and then by the other."""
    people = {"visitor": deployment.come(front), "unlocked": deployment.come(front, "unlocked")}
    session = deployment.manifest.session_cookie
    own = f"{session}={people['unlocked'].cookies[session]}"
    seen = {"HIT": 0, "REVALIDATED": 0}
    for number, (cookie, headers, query) in enumerate(product(COOKIES, HEADERS, QUERIES)):
        cookie = cookie.format(own=own, session=session)
        for entitled in (number % 2 == 0, number % 2 == 1):
            line = cookie if entitled else cookie.replace(own, "")
            answer = people["visitor"].ask(Request(MINE + query, headers=(*headers, ("Cookie", line))))
            expected = {b"open"} if own in line else {b"locked"}
            assert states(answer) == expected, (line, headers, query)
            seen[answer.get("X-Cache")] = seen.get(answer.get("X-Cache"), 0) + 1
    assert seen["REVALIDATED"] > 10, seen


def test_nothing_crosses_when_all_ask_at_once(deployment: Deployment, front: str) -> None:
    """Some with the right and some without, over one address that nobody asked for before and one known."""

    def look(turn: int) -> tuple[str, set[bytes], str]:
        kind = ("visitor", "unlocked", "reader")[turn % 3]
        answer = get(people[kind, turn % AT_ONCE], f"{MINE}?page={turn % 2 + 40}")
        return kind, states(answer), answer.get("X-Cache")

    people = {
        (kind, number): deployment.come(front, kind)
        for kind in ("visitor", "unlocked", "reader")
        for number in range(AT_ONCE if kind == "visitor" else 1)
    }
    for kind, number in product(("unlocked", "reader"), range(1, AT_ONCE)):
        people[kind, number] = again(people[kind, 0])
    with ThreadPoolExecutor(AT_ONCE) as pool:
        looks = list(pool.map(look, range(240)))
    for kind, found, _ in looks:
        assert found == ({b"open"} if kind == "unlocked" else {b"locked"}), kind
    caches = {cache for kind, _, cache in looks if kind == "visitor"}
    assert caches & set(KEPT)
    assert not {cache for kind, _, cache in looks if kind == "unlocked"} & set(KEPT)


def again(person: Person) -> Person:
    """The same reader in another window."""
    other = Person(person.line)
    other.cookies = dict(person.cookies)
    return other


def test_who_signs_out_gets_nothing_of_what_was_theirs(deployment: Deployment, front: str) -> None:
    person = deployment.come(front, "member")
    assert states(get(person, DEAR)) == {b"open"}
    before = dict(person.cookies)
    person.line = deployment.line("as deployed")
    leave(person)
    person.line = deployment.line(front)
    assert states(get(person, DEAR)) == {b"locked"}
    person.cookies = before
    for target in (DEAR, "/account/", "/library/", "/credits/"):
        answer = get(person, target)
        assert answer.get("X-Cache") not in KEPT
        assert b"@canaries.invalid" not in answer.content
        assert b"open" not in states(answer)
    assert "no-store" in get(person, "/credits/").get("Cache-Control")


def test_what_the_desk_changes_is_seen_at_the_next_request(deployment: Deployment, front: str) -> None:
    visitor, member = deployment.come(front), deployment.come(front, "member")
    for what, expected in steps():
        warm = get(visitor, DEAR)
        deployment.tell(what)
        answer = get(visitor, DEAR)
        assert answer.status == (404 if what.startswith("unpublish") else 200), what
        assert re.search(expected, answer.content), what
        assert get(member, DEAR).status == answer.status
        assert warm.get("X-Cache") != "HIT"


def steps() -> Iterator[tuple[str, bytes]]:
    yield "price dear 7", b"7 credits"
    yield "level dear public", b'data-section="takeaways" data-state="open" data-reason="public"'
    yield "level dear locked", b'data-section="takeaways" data-state="locked"'
    yield "unpublish dear", b"</html>"
    yield "publish dear", b'data-gate="locked"'
    yield "price dear 99", b"99 credits"


def test_private_files_are_nobodys_but_the_readers(deployment: Deployment, front: str) -> None:
    page = deployment.manifest.pages["mine"]
    files = [file for file in deployment.manifest.files if file.startswith(f"/insights/{page.id}/")]
    visitor, reader = deployment.come(front), deployment.come(front, "unlocked")
    assert len(files) > 3
    for file in files:
        assert get(visitor, file).status == 404
        answer = get(reader, file)
        assert (answer.status, answer.get("ETag"), answer.get("Last-Modified")) == (200, "", "")
        assert answer.get("X-Cache") not in KEPT
        assert answer.get("Cache-Control") == "private, no-store"
        assert answer.get("Content-Security-Policy") == "sandbox; default-src 'none'"
        assert answer.get("X-Content-Type-Options") == "nosniff"
        assert reader.ask(Request(file, headers=(("Range", "bytes=0-3"),))).body == answer.body[:4]
        assert get(visitor, file).status == 404
        assert get(visitor, f"{file}?{file}").status == 404


def test_nginx_serves_what_is_public_and_no_other_file(deployment: Deployment) -> None:
    visitor = deployment.come("as deployed")
    style = get(visitor, "/static/house.css")
    assert (style.status, "immutable" in style.get("Cache-Control")) == (200, True)
    private = next(deployment.folder.glob("private/*/document")).relative_to(deployment.folder / "private")
    for target in (
        "/media/documents/secret.txt",
        "/media/images/../documents/secret.txt",
        "/media/images/..%2fdocuments/secret.txt",
        "/media/images../documents/secret.txt",
        "/static../manifest.json",
        "/static/..%2fmanifest.json",
        "/static/%2e%2e/manifest.json",
        f"/private-files/{private}",
        f"/media/images/..%2f..%2fprivate/{private}",
    ):
        answer = get(visitor, target)
        assert answer.status in (400, 404), target
        assert b"Only the site" not in answer.body


def test_what_a_client_says_of_itself_is_overwritten(deployment: Deployment) -> None:
    visitor = deployment.come("as deployed")
    lies = (
        ("X-Forwarded-Host", "elsewhere.example"),
        ("X-Forwarded-Proto", "http"),
        ("X-Original-URL", "/admin/"),
        ("X-Rewrite-URL", "/admin/"),
        ("Forwarded", "host=elsewhere.example"),
    )
    answer = visitor.ask(Request(f"{MINE}?page=77", headers=lies))
    assert answer.status == 200
    assert b"elsewhere.example" not in answer.content
    assert visitor.ask(Request("/", headers=(("Host", "elsewhere.example"),))).status == 421
