from __future__ import annotations

import json
import stat
from base64 import urlsafe_b64encode
from hashlib import sha256
from multiprocessing import get_context
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key as generate_ec_key
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_public_key
from django.core.exceptions import ImproperlyConfigured
from jwt.algorithms import RSAAlgorithm

from shopflow.settings.keys import local_signing_keys, signing_keys
from users.tokens import KeyedTokenBackend, OwnKeys

ALGORITHM = {"algorithm": "RS256", "issuer": "shopflow", "audience": "shopflow"}


def pem(key: object) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()  # type: ignore[attr-defined, no-any-return]


def backend(keys: dict[str, object]) -> KeyedTokenBackend:
    return KeyedTokenBackend(
        key_id=str(keys["KEY_ID"]),
        keys=OwnKeys(keys["VERIFYING_KEYS"]),  # type: ignore[arg-type]
        signing_key=keys["SIGNING_KEY"],
        **ALGORITHM,
    )


def test_makes_a_key_that_only_its_owner_can_read(tmp_path: Path) -> None:
    local_signing_keys(tmp_path / "keys")

    (path,) = (tmp_path / "keys").iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_finds_the_key_again(tmp_path: Path) -> None:
    assert local_signing_keys(tmp_path) == local_signing_keys(tmp_path)


def test_processes_that_start_at_once_agree_on_one_key(tmp_path: Path) -> None:
    with get_context("spawn").Pool(4) as pool:
        found = pool.map(local_signing_keys, [tmp_path] * 8, chunksize=1)

    assert len({keys["KEY_ID"] for keys in found}) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["jwt.pem"]


def test_the_key_id_is_the_thumbprint_of_rfc_7638(tmp_path: Path) -> None:
    keys = local_signing_keys(tmp_path)

    public = load_pem_public_key(keys["VERIFYING_KEY"].encode())
    assert isinstance(public, RSAPublicKey)
    jwk = RSAAlgorithm.to_jwk(public, as_dict=True)
    required = json.dumps({name: jwk[name] for name in ("e", "kty", "n")}, separators=(",", ":"))
    assert keys["KEY_ID"] == urlsafe_b64encode(sha256(required.encode()).digest()).decode().rstrip("=")


def test_takes_a_key_whose_line_ends_are_written_out(tmp_path: Path) -> None:
    keys = local_signing_keys(tmp_path)

    assert signing_keys(keys["SIGNING_KEY"].replace("\n", "\\n")) == keys


@pytest.mark.parametrize(
    "broken",
    [
        "",
        "secret nonsense",
        "-----BEGIN PRIVATE KEY-----\nc2VjcmV0IG5vbnNlbnNl\n-----END PRIVATE KEY-----",
        "sécret",
        pem(generate_private_key(public_exponent=65537, key_size=1024)),  # noqa: S505 - which is why it is refused
        pem(generate_ec_key(SECP256R1())),
    ],
)
def test_refuses_a_broken_key_in_one_line_that_does_not_show_it(broken: str) -> None:
    with pytest.raises(ImproperlyConfigured) as caught:
        signing_keys(broken)

    assert str(caught.value) == "SHOPFLOW_JWT_PRIVATE_KEY must hold an RSA private key of 2048 bits or more, as PEM"
    assert caught.value.__suppress_context__


def test_refuses_a_public_key_where_a_private_one_is_needed(tmp_path: Path) -> None:
    with pytest.raises(ImproperlyConfigured):
        signing_keys(local_signing_keys(tmp_path)["VERIFYING_KEY"])


def test_says_which_local_file_is_broken(tmp_path: Path) -> None:
    (tmp_path / "jwt.pem").write_text("")

    with pytest.raises(ImproperlyConfigured, match=r"jwt\.pem must hold an RSA private key"):
        local_signing_keys(tmp_path)


def test_tokens_of_a_retired_key_stay_good(tmp_path: Path) -> None:
    oldest, old, new = (local_signing_keys(tmp_path / name) for name in ("oldest", "old", "new"))

    rotated = signing_keys(new["SIGNING_KEY"], retired=oldest["VERIFYING_KEY"] + old["VERIFYING_KEY"])

    assert list(rotated["VERIFYING_KEYS"]) == [new["KEY_ID"], oldest["KEY_ID"], old["KEY_ID"]]
    for keys in (oldest, old, new):
        assert backend(rotated).decode(backend(keys).encode({"user_id": 7}))["user_id"] == 7  # type: ignore[arg-type]


@pytest.mark.parametrize("retired", ["nonsense", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----"])
def test_refuses_a_broken_retired_key(tmp_path: Path, retired: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="SHOPFLOW_JWT_RETIRED_KEYS"):
        signing_keys(local_signing_keys(tmp_path)["SIGNING_KEY"], retired=retired)
