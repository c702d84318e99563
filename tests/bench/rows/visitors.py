"""A visitor's page, warm: asked for again and again, whole, zipped, and only if it changed."""

from collections.abc import Callable, Sequence
from typing import Any

from tests.bench.bench import Bench, Site
from tests.bench.load import Figures, LoadError, in_turns, written
from tests.bench.pages import path_of, shows
from tests.bench.queries import logged
from tests.bench.running import asked

ROW = "visitor"
AT_LEAST, HOPE = 0.8, 2.0
HOT = 0
MANY = 400


def paths() -> dict[str, str]:
    return {"briefing": path_of(HOT), "home": "/", "section": "/technology/", "feed": "/feed/"}


def measure(bench: Bench) -> None:
    site = bench.site("right")
    for name, path in paths().items():
        page(bench, site, name, path)
    zipped(bench, site)
    many(bench, site)
    without_a_query(bench, site)


def page(bench: Bench, site: Site, name: str, path: str) -> None:
    (bench.pages / name).write_bytes(shows(site.running, path))
    known = {"If-None-Match": etag_of(site, path)}
    load = bench.load()
    turns = in_turns(
        bench.pace.rounds,
        {
            "site": lambda: load.on(site.port, [written(path)]),
            "304": lambda: load.on(site.port, [written(path, headers=known)]),
            "bare": lambda: load.on(bench.bare.port, [written(f"/bytes/{name}")]),
            "usual": lambda: load.on(bench.usual.port, [written(f"/bytes/{name}")]),
        },
    )
    weight = (bench.pages / name).stat().st_size / 1024
    found(bench, name, turns["site"], turns["bare"], note=f"{weight:.0f} KB")
    found(bench, f"{name}, 304", turns["304"], turns["bare"])
    bench.beside(
        row=ROW,
        name=f"{name}, beside seven middlewares",
        ours=turns["site"],
        limits=turns["usual"],
        of="seven",
    )


def etag_of(site: Site, path: str) -> str:
    """Raises LoadError where the page does not know it again."""
    _, headers, _ = asked(site.port, path)
    status, _, body = asked(site.port, path, headers={"If-None-Match": headers["etag"]})
    if status != 304 or body:
        raise LoadError(f"{path} answers {status} to its own ETag")
    return headers["etag"]


def found(
    bench: Bench, name: str, ours: Sequence[Figures], limits: Sequence[Figures], *, note: str = ""
) -> None:
    promise: dict[str, Any] = {"of": "bare view", "at_least": AT_LEAST, "hope": HOPE, "note": note}
    bench.beside(row=ROW, name=name, ours=ours, limits=limits, **promise)


def zipped(bench: Bench, site: Site) -> None:
    """As browsers ask for it."""
    gzip = {"Accept-Encoding": "gzip"}
    _, headers, body = asked(site.port, path_of(HOT), headers=gzip)
    if headers.get("content-encoding") != "gzip":
        raise LoadError("the page is not zipped for those who ask for it")
    (bench.pages / "zipped").write_bytes(body)
    load = bench.load()
    turns = in_turns(
        bench.pace.rounds,
        {
            "site": lambda: load.on(site.port, [written(path_of(HOT), headers=gzip)]),
            "bare": lambda: load.on(bench.bare.port, [written("/bytes/zipped")]),
            "nginx": lambda: load.on(bench.nginx.port, [written("/zipped")]),
        },
    )
    found(bench, "briefing, zipped", turns["site"], turns["bare"], note=f"{len(body) / 1024:.0f} KB")
    bench.beside(
        row=ROW, name="briefing, zipped, beside nginx", ours=turns["site"], limits=turns["nginx"], of="nginx"
    )


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
    bench.beside(
        row=ROW,
        name=f"{len(wanted)} briefings by turns",
        ours=turns["site"],
        limits=turns["bare"],
        of="bare view",
    )


def without_a_query(bench: Bench, site: Site) -> None:
    count = queries_of(bench, [lambda path=path: shows(site.running, path) for path in paths().values()])
    bench.found(row=ROW, name="queries of all four", figure=count, unit="queries", at_most=0)


def queries_of(bench: Bench, requests: list[Callable[[], object]]) -> int:
    with logged(bench.store) as so_far:
        for request in requests:
            request()
        return len(so_far())
