"""What is rehearsed while the same server is the primary: sweeping, racing, restarting, losing a part."""

import signal
import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

from tests.chaos.browsing import Lost
from tests.chaos.marks import Briefing, UnlockForm
from tests.chaos.tally import Tally
from tests.chaos.windows import Windows
from tests.chaos.world import World

from .house import NODES
from .newsroom import email_of
from .people import Gate, SecureBrowser
from .stage import Finding, Stage, nothing_failed, went_well

HANDS = 40
RACERS_WALLET = 10
READS = "SELECT xact_commit FROM pg_stat_database WHERE datname = 'marquee'"
UNLOCKED = """
SELECT count(*), (SELECT balance FROM credits_ledgeraccount a WHERE a.id = u.wallet_id)
FROM accounts_user u LEFT JOIN insights_unlock n ON n.reader_id = u.id WHERE u.email = %s GROUP BY u.id"""
MOST_SEARCHES = 300
SEARCHES = 8
READ_WITHIN = 60.0
# So that a visitor's limit of searches is not met.
BETWEEN_SEARCHES = 5.0


def sweep(stage: Stage) -> Iterator[Finding]:
    house = stage.house
    options = ["--base-url", house.base_url, "--ca", str(house.ca), "--manifest", str(house.manifest)]
    options += ["--share", "40", "--mail-dir", str(house.folder / "shared" / "mail")]
    yield went_well(house.command("manage.py", "canary_sweep", *options), "nothing locked leaks")


def races(stage: Stage) -> Iterator[Finding]:
    """All at the same instant, over both nodes: different briefings on ten credits, and one briefing."""
    racer, twin = (Racer(stage, number) for number in (1, 2))
    racer.press([racer.form_of(briefing) for briefing in stage.briefings[:HANDS]])
    [(bought, left)] = stage.house.ask(UNLOCKED, [racer.email])
    seen = f"{bought} of {HANDS} bought, {left} credits left"
    yield Finding("ten credits buy ten briefings", seen, (bought, left) == (RACERS_WALLET, 0))
    twin.press([twin.form_of(stage.briefings[0])] * HANDS)
    [(bought, left)] = stage.house.ask(UNLOCKED, [twin.email])
    seen = f"{bought} unlock for {HANDS} forms, {left} credits left"
    yield Finding("one briefing is paid for once", seen, (bought, left) == (1, RACERS_WALLET - 1))
    yield stage.ledger()


class Racer:
    def __init__(self, stage: Stage, number: int) -> None:
        self.stage = stage
        self.email = email_of("races", number)
        gate = Gate(str(stage.house.ca), stage.house.sessions)
        stopping = threading.Event()
        tally = Tally(Windows())
        world = World(stage.house.ports["tls"], stage.briefings, stage.journal, tally, None, stopping)  # type: ignore[arg-type]
        self.browser = SecureBrowser(world, gate, address=f"127.3.0.{number}")
        self.browser.cookies["__Host-session"] = gate.sessions[self.email]

    def form_of(self, briefing: Briefing) -> UnlockForm:
        self.stage.journal.write("asked-open", email=self.email, path=briefing.path)
        form = self.browser.get(briefing.path).unlock_form
        assert form is not None, f"no form at {briefing.path}"
        return form

    def press(self, forms: Sequence[UnlockForm]) -> None:
        start = threading.Barrier(len(forms))

        def press(form: UnlockForm) -> None:
            start.wait(timeout=30)
            try:
                self.browser.post(form.action, {"price": form.price, "csrfmiddlewaretoken": form.token})
            except Lost:
                return

        with ThreadPoolExecutor(len(forms)) as hands:
            list(hands.map(press, forms))


def restart(stage: Stage) -> Iterator[Finding]:
    """As an operator does it: out of nginx, SIGTERM, up again, back into nginx."""
    with stage.load("restart") as load:
        time.sleep(stage.seconds / 4)
        for node in NODES:
            yield from restarted(stage, node)
            time.sleep(stage.seconds / 4)
    yield nothing_failed(load, "a planned restart of each node loses nothing")


def restarted(stage: Stage, node: str) -> Iterator[Finding]:
    house, part = stage.house, stage.house.parts[node]
    folder = house.folder / "nginx"
    nginx = f"{house.programs['nginx']} -p {folder} -c {folder / 'nginx.conf'}"
    environ = {"NODES": str(folder / "nodes.conf"), "NGINX": nginx, "PIDFILE": str(folder / "nginx.pid")}
    address = f"127.0.0.1:{house.ports[node]}"
    yield went_well(stage.script("nginx/node.sh", "down", address, **environ), f"{node} is taken out")
    assert part.child is not None
    former, asked = part.child, time.monotonic()
    former.process.send_signal(signal.SIGTERM)
    former.process.wait(timeout=60)
    ended = f"{former.how()} after {time.monotonic() - asked:.1f}s"
    yield Finding(f"{node} ends when it is asked to", ended, former.process.returncode == 0)
    while part.child is former:
        time.sleep(0.05)
    house.await_node(node)
    yield went_well(stage.script("nginx/node.sh", "up", address, **environ), f"{node} is put back")


def node(stage: Stage) -> Iterator[Finding]:
    with stage.load("node") as load:
        time.sleep(stage.seconds / 3)
        load.fault("web node killed", *stage.house.kill("web-1", hold=True))
        time.sleep(stage.seconds / 3)
        stage.house.parts["web-1"].held.clear()
        stage.house.await_node("web-1")
        time.sleep(stage.seconds / 3)
    yield nothing_failed(load)
    yield Finding("the node is back", "it is ready", stage.house.parts["web-1"].running)


def replica(stage: Stage) -> Iterator[Finding]:
    server = stage.house.replica
    with stage.load("replica") as load:
        yield is_read_from(stage, "visitors are read to from the replica")
        time.sleep(stage.seconds / 3)
        load.fault("replica killed", *stage.house.kill(server.name, hold=True))
        time.sleep(stage.seconds / 3)
        stage.house.parts[server.name].held.clear()
        server.await_answer()
        again = is_read_from(stage, "the replica is read from again")
        time.sleep(stage.seconds / 3)
    yield nothing_failed(load, "no failed request while the replica is away")
    yield again


def is_read_from(stage: Stage, promised: str) -> Finding:
    """Pages are kept, so searches that nobody made before make sure that there is something to be read.

    A process leaves a replica that was away alone for some seconds, and PostgreSQL counts what an idle line
    read ten seconds late: so we ask until it is seen.
    """
    visitor = Racer(stage, 4).browser
    visitor.cookies.clear()
    began = time.monotonic()
    before, read = reads(stage), 0
    while read < SEARCHES and time.monotonic() < began + READ_WITHIN:
        for word in range(SEARCHES):
            visitor.get(f"/search/?q=insightword{word}x+{uuid.uuid4().hex}")
        time.sleep(BETWEEN_SEARCHES)
        read = reads(stage) - before
    return Finding(promised, f"{read} reads seen after {time.monotonic() - began:.0f}s", read >= SEARCHES)


def reads(stage: Stage) -> int:
    """So far, of the site's database; we ask in another one."""
    [(number,)] = stage.house.replica.ask(READS)
    return int(number)


def redis(stage: Stage) -> Iterator[Finding]:
    withdrawn = stage.briefings[-1]
    visitor = Racer(stage, 3).browser
    visitor.cookies.clear()
    visitor.get(withdrawn.path)
    with stage.load("redis") as load:
        time.sleep(stage.seconds / 4)
        load.fault("Redis killed", *stage.house.kill("redis", hold=True))
        slug = withdrawn.path.strip("/").rpartition("/")[2]
        withdraw = f"from articles.models import BriefingPage as B; B.objects.get(slug='{slug}').unpublish()"
        stage.house.run("withdrawing", "manage.py", "shell", "-c", withdraw)
        away = visitor.get(withdrawn.path).status
        time.sleep(stage.seconds / 4)
        stage.house.parts["redis"].held.clear()
        time.sleep(stage.seconds / 4)
        back = {visitor.get(withdrawn.path).status for _ in range(8)}
    yield nothing_failed(load, "no failed request while Redis is away")
    yield Finding(
        "what is withdrawn meanwhile is gone", f"{away}, and then {sorted(back)}", {away} == back == {404}
    )
    searches = first_refused(visitor)
    yield Finding("limits count again", f"search {searches} refused", searches <= MOST_SEARCHES)


def first_refused(visitor: SecureBrowser) -> int:
    """A minute's limit may begin anew once while we ask."""
    for number in range(1, MOST_SEARCHES + 1):
        if visitor.ask("GET", "/search/?q=insight").status == 429:
            return number
    return MOST_SEARCHES + 1
