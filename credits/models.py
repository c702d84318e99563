from django.db import models


class LedgerAccount(models.Model):
    """A place credits are counted: a reader's or team's wallet, or one of the house's own accounts."""
