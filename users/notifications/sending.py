"""The job that sends what waits: each e-mail once, unless a sender dies between the mail server's word and ours."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Iterable, Sequence
from contextlib import suppress
from smtplib import SMTPDataError, SMTPRecipientsRefused, SMTPResponseException, SMTPSenderRefused
from time import monotonic
from typing import Any, Final

from django.core.mail import EmailMessage, get_connection

from contracts.errors import ContractError
from contracts.orders import GetOrders, OrderSummary
from contracts.ports import ports
from users import selectors
from users.models import User
from users.notifications import queue
from users.notifications.queue import Claimed
from users.notifications.rendering import compose

logger = logging.getLogger(__name__)

START_WITHIN: Final = 30.0
"""Seconds of the lease in which an e-mail may be begun: the rest of it is for one that a slow server takes."""
ITS_OWN: Final = (SMTPRecipientsRefused, SMTPSenderRefused, SMTPDataError)
"""What a mail server has against one e-mail. Any other OSError is about the server, and stops them all."""
Letter = tuple[Claimed, EmailMessage]


def send_notifications() -> int:
    """Send some of what is due; returns how many were sent. What fails is tried again later, for a day."""
    start_before = monotonic() + START_WITHIN
    claimed = queue.claim()
    if not claimed:
        return 0
    try:
        orders = _orders(claimed)
    except ContractError as error:
        _put_off(claimed, error)
        return 0
    users = selectors.users_by_id(notification.user_id for notification in claimed)
    made = ((one, _letter(one, orders.get(one.order_id), users.get(one.user_id))) for one in claimed)
    return _send_all([(one, letter) for one, letter in made if letter], start_before)


def _orders(claimed: Sequence[Claimed]) -> dict[int, OrderSummary]:
    wanted = tuple(sorted({notification.order_id for notification in claimed}))
    return {order.order_id: order for order in ports().orders.get_orders(GetOrders(order_ids=wanted)).orders}


def _letter(notification: Claimed, order: OrderSummary | None, customer: User | None) -> EmailMessage | None:
    """None, where there is nobody to send it to, or it cannot be made."""
    if customer is None or not customer.email:
        _give_up(notification, "no such account" if customer is None else "the account has no address")
    elif order is None:
        _failed(notification, "no such order")
    else:
        try:
            return compose(notification, order=order, customer=customer.username, address=customer.email)
        except Exception as error:
            logger.exception("notification %s cannot be made", notification.id)
            _failed(notification, reason_of(error))
    return None


def _send_all(letters: Iterable[Letter], start_before: float) -> int:
    """Over one connection. What is not begun in time is due again when the lease ends."""
    left = deque(letters)
    sent = 0
    connection: Any = get_connection()
    try:
        if left:
            connection.open()
        while left and monotonic() < start_before:
            sent += _sent(connection, *left[0])
            left.popleft()
    except OSError as away:
        _put_off([notification for notification, _ in left], away)
    finally:
        with suppress(OSError):
            connection.close()
    return sent


def _sent(connection: Any, notification: Claimed, message: EmailMessage) -> bool:
    try:
        connection.send_messages([message])
    except ITS_OWN as refused:
        _failed(notification, reason_of(refused))
        return False
    except OSError:
        raise
    except Exception as error:
        logger.exception("notification %s cannot be sent", notification.id)
        _failed(notification, reason_of(error))
        return False
    queue.mark_sent(notification)
    return True


def reason_of(error: BaseException) -> str:
    """Its kind and the server's code, no more: what servers say has addresses in it."""
    if isinstance(error, SMTPRecipientsRefused):
        return " ".join([type(error).__name__, *(str(code) for code, _ in error.recipients.values())])
    code = f" {error.smtp_code}" if isinstance(error, SMTPResponseException) else ""
    return f"{type(error).__name__}{code}"


def _put_off(claimed: Sequence[Claimed], error: Exception) -> None:
    logger.warning("%s e-mails are not sent now: %s", len(claimed), reason_of(error))
    for notification in claimed:
        _failed(notification, reason_of(error), quietly=True)


def _failed(notification: Claimed, reason: str, *, quietly: bool = False) -> None:
    if notification.last:
        _give_up(notification, reason)
        return
    queue.mark_failed(notification, reason)
    if not quietly:
        what = (notification.id, notification.kind, notification.order_id, reason)
        logger.warning("notification %s (%s of order %s) failed, again later: %s", *what)


def _give_up(notification: Claimed, reason: str) -> None:
    queue.give_up(notification, reason)
    what = (notification.id, notification.kind, notification.order_id, reason)
    logger.error("notification %s (%s of order %s) is given up: %s", *what)
