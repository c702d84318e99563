from dataclasses import dataclass


@dataclass(frozen=True)
class Column:
    """Of a table on paper; ``width`` in millimetres."""

    name: str
    width: float
    figures: bool = False

    @property
    def align(self) -> str:
        return "R" if self.figures else "L"
