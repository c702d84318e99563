"""Where our rows and Stripe may differ: each found by looking at lists, without writing anything.

A doubt knows how to look again, so that what the worker did meanwhile is no finding, and whether a repair
helped. What repairs is always one of the two functions that every event ends in.
"""

from .doubt import Doubt, Scope
from .looks import doubts

__all__ = ["Doubt", "Scope", "doubts"]
