"""A development certificate authority: who it signs for is who belongs to the shop."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from shopflow.certificates.pair import Pair, key_pem

COMMON_NAME = "ShopFlow development CA"
LASTS = timedelta(days=3650)
LEAF_LASTS = timedelta(days=90)
CLOCKS_DIFFER = timedelta(minutes=5)
OF_THIS_MACHINE = ("localhost", "127.0.0.1")


@dataclass(frozen=True, slots=True)
class Authority:
    pair: Pair

    @classmethod
    def create(cls, *, lasts: timedelta = LASTS) -> Authority:
        key = generate_private_key(SECP256R1())
        name = _name(COMMON_NAME)
        builder = (
            _builder(key, subject=name, issuer=name, since=datetime.now(UTC) - CLOCKS_DIFFER, lasts=lasts)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(signs_certificates=True), critical=True)
        )
        certificate = builder.sign(key, SHA256()).public_bytes(Encoding.PEM)
        return cls(Pair(certificate=certificate, key=key_pem(key)))

    def issue(
        self,
        name: str,
        *,
        hosts: Iterable[str] = (),
        since: datetime | None = None,
        lasts: timedelta = LEAF_LASTS,
    ) -> Pair:
        """For server and client, as `name`, on this machine and on `hosts` (DNS names, IP addresses).

        It ends with the authority at the latest.
        """
        key = generate_private_key(SECP256R1())
        signer, issuer = self._key(), self.pair.parsed
        since = since or datetime.now(UTC) - CLOCKS_DIFFER
        lasts = min(lasts, issuer.not_valid_after_utc - since)
        of_signer = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key())
        alternatives = x509.SubjectAlternativeName(
            [_general_name(host) for host in dict.fromkeys((name, *OF_THIS_MACHINE, *hosts))]
        )
        builder = (
            _builder(key, subject=_name(name), issuer=issuer.subject, since=since, lasts=lasts)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(signs_certificates=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage(BOTH_SIDES), critical=False)
            .add_extension(alternatives, critical=False)
            .add_extension(of_signer, critical=False)
        )
        certificate = builder.sign(signer, SHA256()).public_bytes(Encoding.PEM)
        return Pair(certificate=certificate, key=key_pem(key))

    def signed(self, pair: Pair) -> bool:
        return pair.is_vouched_for(self.pair.certificate)

    def _key(self) -> EllipticCurvePrivateKey:
        key = load_pem_private_key(self.pair.key, password=None)
        if not isinstance(key, EllipticCurvePrivateKey):
            raise TypeError("the development CA has an elliptic-curve key")
        return key


BOTH_SIDES = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]


def _builder(
    key: EllipticCurvePrivateKey, *, subject: x509.Name, issuer: x509.Name, since: datetime, lasts: timedelta
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(since)
        .not_valid_after(since + lasts)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)
