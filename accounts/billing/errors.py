"""What can go wrong with Stripe, in our own words. None of these texts is for a reader's eyes."""


class PaymentError(Exception):
    """Stripe did not do what was asked. Of this class itself: asked wrongly, and asking again is no use."""


class Unavailable(PaymentError):
    """Away, slow or over its limit: nothing is known of what it did. Ask again, with the same key."""


class NoSuchObject(PaymentError):
    """Stripe does not know it, or knows it as deleted."""


class NotSetUp(PaymentError):
    """No key, no price at Stripe for what is to be sold: `manage.py stripe_sync` was not run."""


class BadEvent(Exception):
    """A webhook's body or signature that Stripe did not send, or did not send now."""


class Parked(Exception):
    """A person has to look before this goes on. The text says why, for staff."""


class Foreign(Exception):
    """Not about anything of ours: another site may share the Stripe account."""
