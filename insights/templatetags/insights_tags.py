from collections.abc import Sequence

from django import template
from django.conf import settings
from django.template import Context
from django.template.defaultfilters import pluralize
from django.urls import reverse
from wagtail.rich_text import RichText

from insights.access import Reason, SectionAccess
from insights.models import PrivateFile
from insights.sections import EXECUTIVE_ACTIONS
from insights.sentences import credits_text
from insights.teasers import Teaser

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


@register.simple_tag
def support_email() -> str:
    return settings.SUPPORT_EMAIL


@register.simple_tag(takes_context=True)
def file_url(context: Context, file: PrivateFile, variant: str) -> str:
    """The checked address. A draft has none yet, so a preview asks the newsroom's."""
    if getattr(context.get("request"), "is_preview", False):
        return reverse("look_at_private_file", args=[file.pk, variant])
    return reverse("private_file", args=[context["page"].pk, file.pk, variant])


@register.simple_tag(takes_context=True)
def file_srcset(context: Context, file: PrivateFile) -> str:
    urls = ((file_url(context, file, f"{width}.webp"), width) for width in file.widths)
    return ", ".join(f"{url} {width}w" for url, width in urls)


@register.filter
def why(reason: Reason) -> str:
    return WHY[reason]


@register.filter
def inside(part: SectionAccess) -> str:
    """What a locked part holds, from its structure: whom it addresses, what is set down, how many files."""
    roles = ", ".join(lower_first(role) for role in part.teaser.roles)
    if part.section == EXECUTIVE_ACTIONS or not roles:
        said = f"{part.section.what}{f' for {roles}' if roles else ''}"
    else:
        said = f"for {roles}"
    return "; ".join(filter(None, [said, files_inside(part.teaser)]))


def files_inside(teaser: Teaser) -> str:
    named = (("exhibit", teaser.exhibits), ("attachment", teaser.attachments))
    return " and ".join(f"{n} {name}{pluralize(n)}" for name, n in named if n)


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
