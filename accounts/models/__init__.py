from .membership import Membership, MembershipQuerySet, Tier
from .posting import StaffPosting, StaffPostingQuerySet
from .user import User, UserManager

__all__ = [
    "Membership",
    "MembershipQuerySet",
    "StaffPosting",
    "StaffPostingQuerySet",
    "Tier",
    "User",
    "UserManager",
]
