"""A payment provider that takes no money: to try, show and test the shop with. Its methods say what they do.

    pm_ok               is authorised, and captured
    pm_declined         is declined
    pm_requires_action  the customer is sent to a page of the provider first, and approves or declines there
    pm_timeout          the capture is carried out, but never answered; asked again with its key, it is
    pm_flaky            the first call with each key is turned away, without effect
    pm_slow             each call takes a second

All it knows is in its ledger (`SimulatedEntry`), as if it were elsewhere: whichever process asks is answered the same.
"""

from payments.provider.simulated.actions import Action, act, action
from payments.provider.simulated.provider import SimulatedProvider
from payments.provider.simulated.webhooks import news, sign

__all__ = ["Action", "SimulatedProvider", "act", "action", "news", "sign"]
