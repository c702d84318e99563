"""A visitor's page, warm: asked for again and again, whole, zipped, and only if it changed."""

from collections.abc import Callable

from tests.bench.bench import Bench, Site
from tests.bench.load import Figures, drift_of, in_turns, rate_of, ratio_of, written
from tests.bench.pages import path_of, shows
from tests.bench.queries import logged
from tests.bench.servers import asked

ROW = "visitor"
AT_LEAST, HOPE = 0.8, 2.0
HOT = 0
MANY = 400


def paths() -> dict[str, str]:
    return {"briefing": path_of(HOT), "home": "/", "section": "/technology/", "feed": "/feed/"}


def measure(bench: Bench) -> None:
    site = bench.site("right")
    for name, path in paths().items():
        body = shows(site.running, path)
        (bench.pages / name).write_bytes(body)
        shows(site.running, path)
        against_limits(bench, site, name, path)
        only_if_changed(bench, site, name, path)
    zipped(bench, site)
    many(bench, site)
    without_a_query(bench, site)


def against_limits(bench: Bench, site: Site, name: str, path: str) -> None:
    load = bench.load()
    turns = in_turns(
        bench.pace.rounds,
        {
            "site": lambda: load.on(site.port, [written(path)]),
            "bare": lambda: load.on(bench.bare.port, [written(f"/bytes/{name}")]),
            "usual": lambda: load.on(bench.usual.port, [written(f"/bytes/{name}")]),
            "nginx": lambda: load.on(bench.nginx.port, [written(f"/{name}")]),
        },
    )
    weight = (bench.pages / name).stat().st_size / 1024
    promised(bench, name, turns, note=f"{weight:.0f} KB")
    for other in ("usual", "nginx"):
        compared(bench, name, turns, other)


def promised(
    bench: Bench, name: str, turns: dict[str, list[Figures]], *, note: str = "", against: str = "bare"
) -> None:
    ours, limits = ([one.rate for one in turns[which]] for which in ("site", against))
    bench.found(
        row=ROW,
        name=name,
        figure=rate_of(turns["site"]),
        unit="/s",
        limit=rate_of(turns[against]),
        of="bare view",
        ratio=ratio_of(ours, limits),
        at_least=AT_LEAST,
        hope=HOPE,
        drift=drift_of(limits),
        note=note,
    )


def compared(bench: Bench, name: str, turns: dict[str, list[Figures]], other: str) -> None:
    ours, theirs = ([one.rate for one in turns[which]] for which in ("site", other))
    what = {"usual": "seven middlewares", "nginx": "nginx"}[other]
    bench.found(
        row=ROW,
        name=f"{name}, beside {what}",
        figure=rate_of(turns["site"]),
        unit="/s",
        limit=rate_of(turns[other]),
        of=what,
        ratio=ratio_of(ours, theirs),
        drift=drift_of(theirs),
    )


def only_if_changed(bench: Bench, site: Site, name: str, path: str) -> None:
    _, headers, _ = asked(site.port, path)
    known = {"If-None-Match": headers["etag"]}
    status, _, _ = asked(site.port, path, headers=known)
    assert status == 304, f"{path} answers {status} to its own ETag"
    load = bench.load()
    turns = in_turns(
        bench.pace.rounds,
        {
            "site": lambda: load.on(site.port, [written(path, headers=known)]),
            "bare": lambda: load.on(bench.bare.port, [written(f"/bytes/{name}")]),
        },
    )
    promised(bench, f"{name}, 304", turns)


def zipped(bench: Bench, site: Site) -> None:
    gzip = {"Accept-Encoding": "gzip"}
    _, headers, body = asked(site.port, path_of(HOT), headers=gzip)
    assert headers["content-encoding"] == "gzip"
    (bench.pages / "zipped").write_bytes(body)
    load = bench.load()
    turns = in_turns(
        bench.pace.rounds,
        {
            "site": lambda: load.on(site.port, [written(path_of(HOT), headers=gzip)]),
            "bare": lambda: load.on(bench.bare.port, [written("/bytes/zipped")]),
        },
    )
    promised(bench, "briefing, zipped", turns, note=f"{len(body) / 1024:.0f} KB")


def many(bench: Bench, site: Site) -> None:
    """Not one page that is always at hand, but hundreds."""
    wanted = [path_of(number) for number in range(0, site.size.briefings, site.size.briefings // MANY)]
    for path in wanted:
        shows(site.running, path)
    load = bench.load()
    turns = in_turns(
        bench.pace.rounds,
        {
            "site": lambda: load.on(site.port, [written(path) for path in wanted]),
            "bare": lambda: load.on(bench.bare.port, [written("/bytes/briefing")]),
        },
    )
    ours, limits = ([one.rate for one in turns[which]] for which in ("site", "bare"))
    bench.found(
        row=ROW,
        name=f"{len(wanted)} briefings by turns",
        figure=rate_of(turns["site"]),
        unit="/s",
        limit=rate_of(turns["bare"]),
        of="bare view",
        ratio=ratio_of(ours, limits),
    )


def without_a_query(bench: Bench, site: Site) -> None:
    count = queries_of(bench, [lambda path=path: shows(site.running, path) for path in paths().values()])
    bench.found(row=ROW, name="queries of all four", figure=count, unit="queries", at_most=0)


def queries_of(bench: Bench, requests: list[Callable[[], object]]) -> int:
    with logged(bench.store) as so_far:
        for request in requests:
            request()
        return len(so_far())
