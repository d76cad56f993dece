from __future__ import annotations

from typing import Any

import pytest
from django.core.management import CommandError, call_command

from shopflow.settings.mail import A_LINE_EACH


def test_a_catalogue_open_to_anyone_is_no_deployment(settings: Any) -> None:
    settings.CATALOG_WRITES = "anyone"
    with pytest.raises(CommandError, match=r"shopflow\.E001.*lets strangers change prices"):
        call_command("check", deploy=True)


def test_local_settings_are_no_deployment(settings: Any) -> None:
    settings.CATALOG_WRITES = "staff"
    with pytest.raises(CommandError, match=r"shopflow\.E002"):
        call_command("check", deploy=True)


@pytest.mark.parametrize(("setting", "error"), [("GRPC_PLAINTEXT", "E003"), ("HTTP_PLAINTEXT", "E004")])
def test_plain_text_is_no_deployment(settings: Any, setting: str, error: str) -> None:
    settings.SECRET_KEY = "k9" * 40
    setattr(settings, setting, True)
    with pytest.raises(CommandError, match=rf"shopflow\.{error}.*SHOPFLOW_{setting}=1"):
        call_command("check", deploy=True)


def test_a_local_demo_may_have_both(settings: Any) -> None:
    settings.CATALOG_WRITES = "anyone"
    call_command("check")


def test_simulated_payments_are_no_deployment(settings: Any) -> None:
    settings.SECRET_KEY = "k9" * 40
    with pytest.raises(CommandError, match=r"shopflow\.E005.*takes no money"):
        call_command("check", deploy=True)


def test_who_takes_no_payments_does_not_mind_who_does(settings: Any) -> None:
    settings.SECRET_KEY = "k9" * 40
    settings.HOSTED = ("orders",)
    call_command("check", deploy=True)


def test_a_closed_catalogue_with_real_payments_and_a_secret_of_its_own_is_fine(settings: Any) -> None:
    settings.CATALOG_WRITES = "staff"
    settings.PAYMENT_PROVIDER = "stripe"
    settings.SECRET_KEY = "k9" * 40
    call_command("check", deploy=True)


def test_a_deployment_that_sends_no_e_mails_is_warned(settings: Any, capsys: pytest.CaptureFixture[str]) -> None:
    settings.SECRET_KEY, settings.CATALOG_WRITES, settings.PAYMENT_PROVIDER = "k9" * 40, "staff", "stripe"
    call_command("check", deploy=True)
    assert "shopflow.W001" not in capsys.readouterr().err
    settings.EMAIL_BACKEND = A_LINE_EACH
    call_command("check", deploy=True)
    assert "(shopflow.W001) SHOPFLOW_EMAIL_URL=console: sends customers nothing." in capsys.readouterr().err
