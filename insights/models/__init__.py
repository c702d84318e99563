from .private_file import PrivateFile
from .unlock import Opening, Unlock, UnlockQuerySet

__all__ = ["Opening", "PrivateFile", "Unlock", "UnlockQuerySet"]
