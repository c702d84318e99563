from .errors import BadFile
from .reading import Briefing, read
from .writing import Written, write

__all__ = ["BadFile", "Briefing", "Written", "read", "write"]
