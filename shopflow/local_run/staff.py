"""The staff user of a local shop: as the environment says, or made up once and kept for the next start to print."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from contracts.errors import ContractError
from shopflow.local_run.errors import CannotStart
from users.errors import PasswordRefused
from users.services import ensure_staff

EMAIL = "admin@shopflow.local"
UNCHANGED = "(as it was set at an earlier start)"


@dataclass(frozen=True, slots=True)
class Staff:
    email: str
    password: str
    """For the eyes: the password itself where we made it up, else where it came from."""


def ready_staff() -> Staff:
    email = settings.ADMIN_EMAIL or EMAIL
    if settings.ADMIN_PASSWORD:
        created = _ensure(email, settings.ADMIN_PASSWORD)
        return Staff(email, "(from SHOPFLOW_ADMIN_PASSWORD)" if created else UNCHANGED)
    note = settings.STATE_DIR / "admin.txt"
    if kept := _read(note, email):
        _ensure(email, kept)
        return Staff(email, kept)
    made_up = secrets.token_urlsafe(12)
    _write(note, email, made_up)  # first: killed in between, the next start uses it
    if not _ensure(email, made_up):
        note.unlink()
        return Staff(email, UNCHANGED)
    return Staff(email, made_up)


def _ensure(email: str, password: str) -> bool:
    try:
        return ensure_staff(email=email, password=password)
    except PasswordRefused as error:
        raise CannotStart(f"SHOPFLOW_ADMIN_PASSWORD is refused: {' '.join(error.errors['password'])}") from error
    except ContractError as error:
        raise CannotStart(f"{email} cannot be the staff user: {error}") from error


def _read(note: Path, email: str) -> str:
    try:
        lines = note.read_text().splitlines()
    except FileNotFoundError:
        return ""
    return lines[1] if len(lines) == 2 and lines[0] == email else ""


def _write(note: Path, email: str, password: str) -> None:
    unfinished = note.with_suffix(".new")
    unfinished.unlink(missing_ok=True)
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(f"{email}\n{password}\n")
    unfinished.rename(note)
