from collections.abc import Sequence

from django import template
from wagtail.rich_text import RichText

from insights.access import Reason, SectionAccess
from insights.sections import EXECUTIVE_ACTIONS
from insights.sentences import credits_text

register = template.Library()
register.filter("credits", credits_text)

WHY = {
    Reason.PUBLIC: "Open to everyone.",
    Reason.REGISTERED: "Open to every signed-in reader.",
    Reason.UNLOCKED: "Unlocked. Yours for good.",
    Reason.CLUB: "Open to you as an Executives Club member.",
    Reason.TEAM: "Open to you through your team.",
    Reason.GIFT: "Given to you. Yours for good.",
    Reason.EDITOR: "Open to you as an editor. Readers find it locked.",
}


@register.filter
def why(reason: Reason) -> str:
    return WHY[reason]


@register.filter
def inside(part: SectionAccess) -> str:
    """What a locked part holds, from its structure: whom it addresses, or what is set down for each block."""
    roles = ", ".join(lower_first(role) for role in part.teaser.roles)
    if part.section == EXECUTIVE_ACTIONS or not roles:
        return f"{part.section.what}{f' for {roles}' if roles else ''}"
    return f"for {roles}"


@register.filter
def titles(parts: Sequence[SectionAccess]) -> str:
    *others, last = (part.section.title for part in parts)
    return f"{', '.join(others)} and {last}" if others else last


@register.filter
def has_text(value: RichText | None) -> bool:
    return bool(value and value.source.strip())


@register.filter
def lower_first(text: str) -> str:
    """ "Studios" in the middle of a sentence; "CFOs" stays."""
    return text[:1].lower() + text[1:] if text[1:2].islower() else text
