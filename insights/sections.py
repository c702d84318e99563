"""The three insight sections of a briefing: their names, their order, and how each can be set."""

from dataclasses import dataclass

from django.db import models


class Level(models.TextChoices):
    PUBLIC = "public", "Public: everyone"
    REGISTERED = "registered", "Registered: every signed-in reader"
    LOCKED = "locked", "Locked: one unlock, or the club"


@dataclass(frozen=True)
class Section:
    slug: str
    field: str
    title: str
    what: str

    @property
    def level_field(self) -> str:
        return f"{self.field}_access"

    @property
    def filled_field(self) -> str:
        """Where a page that was fetched without its text says whether there is any."""
        return f"{self.field}_filled"


KEY_INSIGHTS = Section("key-insights", "key_insights", "Key Insights", "what changed, with the evidence")
TAKEAWAYS = Section("takeaways", "takeaways", "Take-aways", "what it means")
EXECUTIVE_ACTIONS = Section(
    "executive-actions", "executive_actions", "Executive Actions", "owner, horizon and effort"
)
SECTIONS = (KEY_INSIGHTS, TAKEAWAYS, EXECUTIVE_ACTIONS)
