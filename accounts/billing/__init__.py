"""Money. Nothing outside of this package knows Stripe, and in it nothing but `gateway` speaks to it."""
