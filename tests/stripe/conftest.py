import pytest
import stripe

from ..emulator import SECRET_KEY, Emulator
from .life import Life, lived


def client(address: str, *, retries: int = 0) -> stripe.StripeClient:
    return stripe.StripeClient(SECRET_KEY, base_addresses={"api": address}, max_network_retries=retries)


@pytest.fixture
def asking(emulator: Emulator) -> stripe.StripeClient:
    """The real library, which asks once and does not try again."""
    return client(emulator.address)


@pytest.fixture(scope="session")
def life(stripe_server: str) -> Life:
    """All that can happen, once."""
    one = Emulator(stripe_server)
    one.reset()
    return lived(one, client(stripe_server))
