from .membership import Membership, MembershipQuerySet, Tier
from .merger import Merger
from .notice import ExpiryNotice
from .pack import Pack, PackPrice, PackQuerySet
from .posting import StaffPosting, StaffPostingQuerySet
from .session import ReaderSession
from .user import User, UserManager

__all__ = [
    "ExpiryNotice",
    "Membership",
    "MembershipQuerySet",
    "Merger",
    "Pack",
    "PackPrice",
    "PackQuerySet",
    "ReaderSession",
    "StaffPosting",
    "StaffPostingQuerySet",
    "Tier",
    "User",
    "UserManager",
]
