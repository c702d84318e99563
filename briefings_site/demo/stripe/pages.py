"""The hosted pages."""

from dataclasses import dataclass

from .world import World


@dataclass(frozen=True, kw_only=True)
class Page:
    html: str = ""
    status: int = 200
    location: str | None = None


def answer(world: World, method: str, path: str, query: str, body: bytes) -> Page:
    return Page(status=404, html="<title>Not here</title>")
