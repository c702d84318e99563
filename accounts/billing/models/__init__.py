from .alert import BillingAlert
from .catalogue import PortalConfiguration, Reconciliation, StripePrice
from .customer import StripeCustomer
from .dispute import Dispute
from .event import StripeEvent, StripeEventQuerySet
from .gift import Gift
from .notice import BillingNotice
from .order import Interval, Order, OrderQuerySet
from .receipt import Receipt, ReceiptCounter
from .subscription import Allowance, Subscription, SubscriptionQuerySet
from .withdrawal import DeliveryConsent, Withdrawal

__all__ = [
    "Allowance",
    "BillingAlert",
    "BillingNotice",
    "DeliveryConsent",
    "Dispute",
    "Gift",
    "Interval",
    "Order",
    "OrderQuerySet",
    "PortalConfiguration",
    "Receipt",
    "ReceiptCounter",
    "Reconciliation",
    "StripeCustomer",
    "StripeEvent",
    "StripeEventQuerySet",
    "StripePrice",
    "Subscription",
    "SubscriptionQuerySet",
    "Withdrawal",
]
