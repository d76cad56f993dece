"""How orders are paid for, and when one that was left behind is taken up."""

from __future__ import annotations

from django.core.exceptions import ImproperlyConfigured

from shopflow.settings import environment

INVOICE = environment.choice("SHOPFLOW_INVOICE", "1", among=("0", "1")) == "1"
"""Whether an order without a payment method is confirmed, to be paid on invoice; else it is refused."""
RECOVERY_SECONDS = environment.number("SHOPFLOW_RECOVERY_SECONDS", 60, between=(1, 600))
"""A pending order, payment or refund that is older was left behind by a process that died: the recovery takes it up."""
PAYMENT_ACTION_SECONDS = environment.number("SHOPFLOW_PAYMENT_ACTION_SECONDS", 600, between=(1, 86_400))
"""How long a customer has for what the payment provider asks of them; then the order is cancelled."""

PAYMENT_PROVIDER = environment.choice("SHOPFLOW_PAYMENT_PROVIDER", "simulated", among=("simulated", "stripe"))
PROVIDER_SECONDS = environment.number("SHOPFLOW_PROVIDER_SECONDS", 4, between=(1, 8))
"""How long one call to the payment provider may take."""
SIMULATED_WEBHOOK_SECRET = environment.text("SHOPFLOW_SIMULATED_WEBHOOK_SECRET", "simulated")
STRIPE_KEY = environment.text("SHOPFLOW_STRIPE_KEY", "")
STRIPE_WEBHOOK_SECRET = environment.text("SHOPFLOW_STRIPE_WEBHOOK_SECRET", "")
STRIPE_URL = environment.text("SHOPFLOW_STRIPE_URL", "https://api.stripe.com")
PUBLIC_URL = environment.text("SHOPFLOW_PUBLIC_URL", f"http://127.0.0.1:{environment.number('PORT', 8000)}")
"""Where customers reach the shop: what a payment provider sends them back to."""
if PAYMENT_PROVIDER == "stripe" and not (STRIPE_KEY and STRIPE_WEBHOOK_SECRET):
    raise ImproperlyConfigured(
        "SHOPFLOW_PAYMENT_PROVIDER=stripe needs SHOPFLOW_STRIPE_KEY and SHOPFLOW_STRIPE_WEBHOOK_SECRET"
    )
