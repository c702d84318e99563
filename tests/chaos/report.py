"""The figures of a run."""

from collections import Counter

from .tally import Tally


def report(tally: Tally, *, seconds: float, began: float, ended: float) -> None:
    calm = tally.windows.calm_within(began, ended)
    print(f"\n{tally.requests} requests in {seconds:.0f}s of load, {calm:.0f}s of it calm")
    print(
        f"{tally.done['acknowledged unlock']} acknowledged unlocks, {tally.done['registered']} registrations"
    )
    print(f"errors in calm weather: {in_words(tally.in_calm)}; excused by a fault: {in_words(tally.excused)}")
    print("\nfaults          number  recovery, longest")
    kinds = Counter(window.kind for window in tally.windows.all)
    for kind, number in sorted(kinds.items()):
        longest = max(window.recovery for window in tally.windows.all if window.kind == kind)
        print(f"{kind:<15} {number:>6}  {longest:>6.1f}s")
    print("\ndeeds: " + in_words(tally.done) + "\n", flush=True)


def in_words(counts: Counter[str]) -> str:
    return ", ".join(f"{number} {name}" for name, number in sorted(counts.items())) or "none"
