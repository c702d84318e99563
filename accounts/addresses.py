"""Email addresses: whose one is, and which different spellings are one mailbox."""

import unicodedata

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password

from .models import User

GOOGLE = {"googlemail.com", "gmail.com"}


def owner_of(email: str) -> User | None:
    """The reader who proved the address, else the one who is known by it.

    An address that someone else merely typed into their account never counts.
    """
    proven = EmailAddress.objects.filter(email=email.lower(), verified=True).select_related("user").first()
    return proven.user if proven else User.objects.filter(email=email.lower()).first()


def owner_or_new(email: str) -> User:
    user = owner_of(email)
    if user is None:
        new = {"password": make_password(None)}
        user, _ = User.objects.get_or_create(email=email.lower(), defaults=new)
    hold(user, email)
    return user


def hold(user: User, email: str) -> EmailAddress:
    """The row that allauth marks as verified; staff and commands make readers without one."""
    address, _ = EmailAddress.objects.get_or_create(user=user, email=email.lower())
    return address


def confirm(user: User) -> None:
    """Take the reader's address as proven. Only for people whom staff or the demo vouch for."""
    hold(user, user.email)
    EmailAddress.objects.filter(user=user, email=user.email).update(verified=True, primary=True)


def mailbox(email: str) -> str:
    """One spelling for all that reach one mailbox: width, case, dots, plus-tags, Google's two names."""
    local, _, domain = unicodedata.normalize("NFKC", email).strip().casefold().rpartition("@")
    local = local.split("+", 1)[0].replace(".", "")
    domain = ascii_domain(domain.rstrip("."))
    return f"{local}@{'gmail.com' if domain in GOOGLE else domain}"


def ascii_domain(domain: str) -> str:
    try:
        return domain.encode("idna").decode("ascii")
    except UnicodeError:
        return domain
