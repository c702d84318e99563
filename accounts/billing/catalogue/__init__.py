"""Bring Stripe's products, prices, portal and webhook endpoint to what our own data say.

First everything is read and compared; what cannot be mended is refused before anything is changed.
"""

from .comparing import plan, read
from .steps import Found, Plan, Refused, Wishes

__all__ = ["Found", "Plan", "Refused", "Wishes", "plan", "read"]
