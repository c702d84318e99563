"""How long a page that waits for the card service waits before it looks again: ever longer, then no more."""

from django.http import HttpRequest

# In seconds; six minutes in all.
PAUSES = (1, 1, 2, 2, 3, 4, 6, 8, 12, 15, 20, 30, 40, 60, 75, 90)


def pause(request: HttpRequest) -> int | None:
    """Seconds until the next look, or None: it takes longer than anybody should wait for."""
    turn = turn_of(request)
    return PAUSES[turn] if turn < len(PAUSES) else None


def turn_of(request: HttpRequest) -> int:
    turn = request.GET.get("turn", "0")
    return int(turn) if turn.isdecimal() and len(turn) <= 3 else len(PAUSES)
