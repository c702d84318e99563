from django.db import models


class AccountKind(models.TextChoices):
    """A reader's wallet and what they owe; all others are the house's own."""

    WALLET = "wallet", "Wallet"
    DEBT = "debt", "Debt"
    PROMOTIONAL_ISSUE = "promotional_issue", "Promotional credits issued"
    PAID_ISSUE = "paid_issue", "Paid credits issued"
    SPENT = "spent", "Credits spent"
    EXPIRED = "expired", "Credits expired"


READERS_OWN = (AccountKind.WALLET, AccountKind.DEBT)


class LotKind(models.TextChoices):
    PROMOTIONAL = "promotional", "Promotional"
    PAID = "paid", "Paid"


class TransactionKind(models.TextChoices):
    GRANT = "grant", "Grant"
    SPEND = "spend", "Spend"
    EXPIRY = "expiry", "Expiry"
    REVERSAL = "reversal", "Reversal"
    REFUND = "refund", "Refund"
    REPAYMENT = "repayment", "Repayment"
    TRANSFER = "transfer", "Transfer"
    MERGE = "merge", "Merge"
