from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from payments.provider.interface import PaymentProvider
from payments.provider.stripe import StripeProvider
from payments.tests.stripe_server import StripeServer


@pytest.fixture
def stripe_server(settings: Any) -> Iterator[StripeServer]:
    server = StripeServer()
    settings.STRIPE_URL = f"{server.url}/"
    settings.STRIPE_KEY = "sk_test_of_the_tests"
    settings.STRIPE_WEBHOOK_SECRET = "whsec_of_the_tests"
    settings.PROVIDER_SECONDS = 1
    settings.PUBLIC_URL = "https://shop.example.com"
    yield server
    server.stop()


@pytest.fixture
def stripe(stripe_server: StripeServer) -> PaymentProvider:
    return StripeProvider()
