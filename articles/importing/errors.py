class BadFile(ValueError):
    """The file cannot be imported. ``line`` counts from 1 in the file as it was given."""

    def __init__(self, line: int, why: str) -> None:
        self.line = line
        self.why = why
        super().__init__(f"line {line}: {why}")
