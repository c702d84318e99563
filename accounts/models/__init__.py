from .membership import Membership, MembershipQuerySet, Tier
from .user import User, UserManager

__all__ = ["Membership", "MembershipQuerySet", "Tier", "User", "UserManager"]
