"""The newsrooms that are measured, by name."""

from dataclasses import dataclass

# Written one by one, through the site's own models; every other briefing is a copy of one of them.
WRITTEN = 80


@dataclass(frozen=True)
class Size:
    """``entries`` are the ledger's, two to a transaction. ``long_reads`` weigh 60 KB as a page."""

    name: str
    briefings: int
    readers: int
    entries: int
    grown_from: str
    long_reads: bool = True

    @property
    def deeds(self) -> int:
        """Ledger transactions a reader."""
        return self.entries // (2 * self.readers) if self.readers else 0


SIZES = {
    size.name: size
    for size in (
        Size("base", briefings=WRITTEN, readers=0, entries=0, grown_from=""),
        Size("small", briefings=200, readers=100, entries=1_000, grown_from="base"),
        Size("right", briefings=2_000, readers=20_000, entries=1_000_000, grown_from="base"),
        Size("large", briefings=20_000, readers=20_000, entries=1_000_000, grown_from="base"),
        Size("archive", briefings=100_000, readers=0, entries=0, grown_from="base", long_reads=False),
    )
}
