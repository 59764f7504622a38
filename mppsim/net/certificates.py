"""Make certificates for tests: an authority of one's own, servers', and phones' as they have them.

Keys are elliptic (P-256), made in a fraction of the time that RSA takes. What an authority issues
ends with it. Source: the guide's chapter on HTTPS; RFC 5280 for what stands in a certificate.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from mppsim.core.certificate_subject import build_subject, find_mac
from mppsim.core.custom_ca_events import CustomCa
from mppsim.core.identity import PhoneIdentity
from mppsim.errors import StartError
from mppsim.net.tls import check_certificate

__all__ = [
    "Authority",
    "Issued",
    "is_certificate_of",
    "make_authority",
    "read_authority",
    "read_certificate_mac",
    "read_custom_ca",
]

_YEARS = timedelta(days=3653)
_SKEW = timedelta(days=1)
"""Valid since yesterday: clocks of test machines differ."""

_LONGEST_NAME = 64
"""Of a common name, as RFC 5280 has it."""

_OIDS = {
    "commonName": NameOID.COMMON_NAME,
    "localityName": NameOID.LOCALITY_NAME,
    "organizationalUnitName": NameOID.ORGANIZATIONAL_UNIT_NAME,
    "stateOrProvinceName": NameOID.STATE_OR_PROVINCE_NAME,
    "surname": NameOID.SURNAME,
}
_NAMES = {oid: name for name, oid in _OIDS.items()}

# As phones have them: what a phone listens with is signed by the same authority.
_PHONE_USES = (ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH)


@dataclass(frozen=True, slots=True)
class Issued:
    """A certificate and its private key, both PEM, the key without a password."""

    certificate: bytes
    key: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Authority:
    """Signs certificates."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey = field(repr=False)

    @property
    def name(self) -> str:
        """Its common name; empty if it has none."""
        names = self.certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        return str(names[0].value) if names else ""

    @property
    def issued(self) -> Issued:
        """Its own certificate and key, to be kept."""
        return _write(self.certificate, self.key)

    def issue_phone(self, identity: PhoneIdentity, *, now: datetime) -> Issued:
        """Make a phone's certificate, with its product name, serial number and MAC address."""
        return self._issue(build_subject(identity), _PHONE_USES, now=now)

    def issue_server(self, hosts: tuple[str, ...], *, now: datetime) -> Issued:
        """Make the certificate of a server that has these names and addresses."""
        names = x509.SubjectAlternativeName([_read_host(host) for host in hosts])
        uses = (ExtendedKeyUsageOID.SERVER_AUTH,)
        subject = [("commonName", hosts[0][:_LONGEST_NAME])]  # who looks, looks at `names`
        return self._issue(subject, uses, names, now=now)

    def has_issued(self, certificate: bytes) -> bool:
        """Tell whether a PEM certificate is one of its own, unaltered."""
        try:
            x509.load_pem_x509_certificate(certificate).verify_directly_issued_by(self.certificate)
        except (ValueError, TypeError, InvalidSignature):
            return False
        return True

    def _issue(
        self,
        subject: Iterable[tuple[str, str]],
        uses: tuple[x509.ObjectIdentifier, ...],
        names: x509.SubjectAlternativeName | None = None,
        *,
        now: datetime,
    ) -> Issued:
        key = ec.generate_private_key(ec.SECP256R1())
        until = min(now + _YEARS, self.certificate.not_valid_after_utc)
        mine = x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key())
        builder = (
            _begin(_make_name(subject), self.certificate.subject, key, now)
            .not_valid_after(until)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_allow("digital_signature"), critical=True)
            .add_extension(x509.ExtendedKeyUsage(uses), critical=False)
            .add_extension(mine, critical=False)
        )
        if names is not None:
            builder = builder.add_extension(names, critical=False)
        return _write(builder.sign(self.key, hashes.SHA256()), key)


def make_authority(name: str, *, now: datetime) -> Authority:
    """Make an authority that is good for ten years."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = _make_name([("commonName", name)])
    certificate = (
        _begin(subject, subject, key, now)
        .not_valid_after(now + _YEARS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_allow("key_cert_sign", "crl_sign"), critical=True)
        .sign(key, hashes.SHA256())
    )
    return Authority(certificate, key)


def read_authority(kept: Issued) -> Authority:
    """Read an authority again; raises `ValueError` for what is none, or one with another's key."""
    certificate = x509.load_pem_x509_certificate(kept.certificate)
    try:
        key = serialization.load_pem_private_key(kept.key, password=None)
    except TypeError as error:
        raise ValueError("the key has a password") from error
    if not isinstance(key, (ec.EllipticCurvePrivateKey, rsa.RSAPrivateKey)):
        raise ValueError("the key is neither elliptic nor RSA")
    if key.public_key() != certificate.public_key():
        raise ValueError("the key is another certificate's")
    return Authority(certificate, key)


def is_certificate_of(identity: PhoneIdentity, certificate: bytes) -> bool:
    """Tell whether a PEM certificate has the subject of just this phone."""
    subject = x509.load_pem_x509_certificate(certificate).subject
    return subject == _make_name(build_subject(identity))


def read_certificate_mac(file: Path) -> str:
    """Return the MAC address in a client certificate's subject; empty where there is none.

    Raises `StartError` unless the file holds a certificate and its private key, ready for use.
    """
    check_certificate(file)
    try:
        certificate = x509.load_pem_x509_certificate(file.read_bytes())
        return find_mac((_NAMES.get(at.oid, ""), str(at.value)) for at in certificate.subject)
    except ValueError as error:
        raise StartError(f"{file}: its certificate cannot be read") from error


def read_custom_ca(body: bytes, coding: str = "") -> CustomCa | None:
    """Read what a Custom_CA_Rule fetched, PEM or DER; None where there is no certificate in it.

    `coding` is its Content-Encoding, which nobody asked for.
    """
    if coding not in {"", "identity"}:
        return None
    try:
        if b"-----BEGIN" in body:
            certificates = x509.load_pem_x509_certificates(body)
        else:
            certificates = [x509.load_der_x509_certificate(body)]
        names = certificates[0].subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        name = str(names[0].value) if names else certificates[0].subject.rfc4514_string()
    except ValueError:
        return None
    pem = (each.public_bytes(serialization.Encoding.PEM).decode() for each in certificates)
    return CustomCa(name, "".join(pem))


def _begin(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, now: datetime
) -> x509.CertificateBuilder:
    number = x509.random_serial_number()
    own = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    return (
        x509.CertificateBuilder(issuer, subject, key.public_key(), number)
        .not_valid_before(now - _SKEW)
        .add_extension(own, critical=False)
    )


def _make_name(elements: Iterable[tuple[str, str]]) -> x509.Name:
    return x509.Name([x509.NameAttribute(_OIDS[name], value) for name, value in elements])


def _read_host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _allow(*uses: str) -> x509.KeyUsage:
    every = (
        *("digital_signature", "content_commitment", "key_encipherment", "data_encipherment"),
        *("key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only"),
    )
    return x509.KeyUsage(**{use: use in uses for use in every})


def _write(
    certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
) -> Issued:
    pem = serialization.Encoding.PEM
    plain = serialization.NoEncryption()
    return Issued(
        certificate.public_bytes(pem),
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain),
    )
