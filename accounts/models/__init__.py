from .membership import Membership, MembershipQuerySet, Tier
from .notice import ExpiryNotice
from .posting import StaffPosting, StaffPostingQuerySet
from .user import User, UserManager

__all__ = [
    "ExpiryNotice",
    "Membership",
    "MembershipQuerySet",
    "StaffPosting",
    "StaffPostingQuerySet",
    "Tier",
    "User",
    "UserManager",
]
