from collections.abc import Sequence
from pathlib import Path

from .local_stripe import CARDS

PASSWORD = "demo-marquee-2026"  # noqa: S105

PEOPLE = (
    ("reader@example.com", "a reader with 3 credits"),
    ("broke@example.com", "a reader with none"),
    ("member@example.com", "a member of the Executives Club"),
    ("editor@example.com", "an editor"),
    ("chief@example.com", "a moderator, who publishes"),
    ("admin@example.com", "the administrator"),
)


def banner(address: str, data_dir: Path, stripe: str = "") -> str:
    """``stripe``: the address of the local stand-in, when there is one."""
    addresses = [
        ("The site", f"{address}/"),
        ("Sign in", f"{address}/accounts/login/"),
        ("The newsroom", f"{address}/admin/"),
        ("Mail", f"{data_dir / 'mail'}"),
    ]
    cards: list[str] = []
    if stripe:
        addresses.append(("Stripe", f"{stripe}/, a stand-in on this machine that takes no money"))
        cards = ["", "  Cards to try, with any later date and any three digits:", *_table(CARDS)]
    lines = [*_table(addresses), "", *_table(PEOPLE), f"  Password of each: {PASSWORD}", *cards]
    return "\n".join(["", *lines, "", "  Ctrl-C stops all.", ""])


def _table(rows: Sequence[tuple[str, str]]) -> list[str]:
    width = max(len(left) for left, _ in rows)
    return [f"  {left:<{width}}   {right}" for left, right in rows]
