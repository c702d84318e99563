class BadFile(ValueError):
    """The file cannot be imported. ``line`` counts from 1 in the file as given; ``why`` is one line."""

    def __init__(self, line: int, why: str) -> None:
        self.line = line
        self.why = " ".join(why.split())
        super().__init__(f"line {line}: {self.why}")
