"""What the certificates say, and who accepts them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import NameOID
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from mppsim.core.catalogue import find_model
from mppsim.core.identity import PhoneIdentity
from mppsim.errors import StartError
from mppsim.net.certificates import (
    Authority,
    Issued,
    is_certificate_of,
    make_authority,
    read_authority,
    read_certificate_mac,
    read_custom_ca,
)

NOW = datetime(2024, 8, 13, 12, tzinfo=UTC)
PHONE = PhoneIdentity(model=find_model("8851"), mac="00562b0aff43", serial="FCH2243DVK1")


def policy(*authorities: Authority, at: datetime = NOW) -> PolicyBuilder:
    return PolicyBuilder().store(Store([a.certificate for a in authorities])).time(at)


def read(issued: Issued) -> x509.Certificate:
    return x509.load_pem_x509_certificate(issued.certificate)


@pytest.fixture(scope="module")
def authority() -> Authority:
    return make_authority("our CA", now=NOW)


def test_phones_subject_has_product_serial_and_mac(authority: Authority) -> None:
    subject = read(authority.issue_phone(PHONE, now=NOW)).subject

    assert [(at.oid, at.value) for at in subject] == [
        (NameOID.ORGANIZATIONAL_UNIT_NAME, "CP-8851-3PCC"),
        (NameOID.LOCALITY_NAME, "FCH2243DVK1"),
        (NameOID.SURNAME, "00562b0aff43"),
    ]


@pytest.mark.parametrize("host", ["reports.example", "127.0.0.1", "::1"])
def test_server_is_verified_by_any_of_its_names(authority: Authority, host: str) -> None:
    issued = authority.issue_server(("reports.example", "127.0.0.1", "::1"), now=NOW)
    (name,) = (
        read(authority.issue_server((host,), now=NOW))
        .extensions.get_extension_for_class(x509.SubjectAlternativeName)
        .value
    )

    assert policy(authority).build_server_verifier(name).verify(read(issued), [])


def test_long_host_is_named_whole_where_verifiers_look(authority: Authority) -> None:
    host = f"{'a' * 60}.{'b' * 60}.example"
    certificate = read(authority.issue_server((host,), now=NOW))
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value

    assert names.get_values_for_type(x509.DNSName) == [host]


def test_authority_vouches_for_what_it_issued_alone(authority: Authority) -> None:
    other = make_authority("our CA", now=NOW)
    own, foreign = (a.issue_phone(PHONE, now=NOW).certificate for a in (authority, other))

    assert authority.has_issued(own)
    assert not authority.has_issued(foreign)
    assert not other.has_issued(own)
    assert not authority.has_issued(b"no certificate")


@pytest.mark.parametrize("days", [-2, 3654])
def test_nothing_is_good_for_ever(authority: Authority, days: int) -> None:
    issued = authority.issue_server(("reports.example",), now=NOW)
    verifier = policy(authority, at=NOW + timedelta(days=days)).build_server_verifier(
        x509.DNSName("reports.example")
    )

    with pytest.raises(VerificationError):
        verifier.verify(read(issued), [])


def test_no_certificate_outlives_its_authority(authority: Authority) -> None:
    late = read(authority.issue_phone(PHONE, now=NOW + timedelta(days=3000)))

    assert late.not_valid_after_utc == authority.certificate.not_valid_after_utc


def test_phones_certificate_cannot_sign_others(authority: Authority) -> None:
    issued = authority.issue_phone(PHONE, now=NOW)
    constraints = read(issued).extensions.get_extension_for_class(x509.BasicConstraints)

    assert constraints.critical
    assert not constraints.value.ca


def test_certificate_is_that_of_one_phone_alone(authority: Authority) -> None:
    certificate = authority.issue_phone(PHONE, now=NOW).certificate

    assert is_certificate_of(PHONE, certificate)
    assert not is_certificate_of(replace(PHONE, mac="00562b0aff44"), certificate)
    assert not is_certificate_of(replace(PHONE, model=find_model("7841")), certificate)


def test_authority_that_was_kept_issues_again(authority: Authority) -> None:
    again = read_authority(authority.issued)

    assert again.name == "our CA"
    assert authority.has_issued(again.issue_phone(PHONE, now=NOW).certificate)


def test_authority_with_an_rsa_key_serves_too(authority: Authority) -> None:
    key = rsa.generate_private_key(65537, 2048)
    own = Authority(self_signed(key), key)

    again = read_authority(own.issued)

    assert again.name == ""
    assert again.has_issued(again.issue_phone(PHONE, now=NOW).certificate)


def self_signed(key: rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Example")])
    sha256 = None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    return (
        x509.CertificateBuilder(name, name, key.public_key(), 1)
        .not_valid_before(NOW)
        .not_valid_after(NOW + timedelta(days=10))
        .sign(key, sha256)
    )


def write_key(
    key: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey,
    password: bytes | None = None,
) -> bytes:
    lock = (
        serialization.BestAvailableEncryption(password)
        if password
        else serialization.NoEncryption()
    )
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, lock)


def swapped(authority: Authority) -> Issued:
    return Issued(authority.issued.certificate, make_authority("x", now=NOW).issued.key)


def locked(authority: Authority) -> Issued:
    assert isinstance(authority.key, ec.EllipticCurvePrivateKey)
    return Issued(authority.issued.certificate, write_key(authority.key, b"secret"))


def of_another_kind(_: Authority) -> Issued:
    key = ed25519.Ed25519PrivateKey.generate()
    pem = self_signed(key).public_bytes(serialization.Encoding.PEM)
    return Issued(pem, write_key(key))


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (swapped, "another certificate's"),
        (locked, "password"),
        (of_another_kind, "neither elliptic nor RSA"),
        (lambda a: Issued(b"", a.issued.key), "PEM"),
        (lambda a: Issued(a.issued.certificate, b""), "PEM"),
    ],
)
def test_what_is_no_authority_is_not_read_as_one(
    authority: Authority, spoil: Callable[[Authority], Issued], reason: str
) -> None:
    with pytest.raises(ValueError, match=reason):
        read_authority(spoil(authority))


def test_keys_stay_out_of_sight(authority: Authority) -> None:
    issued = authority.issue_phone(PHONE, now=NOW)

    assert "PRIVATE KEY" in issued.key.decode()
    assert "PRIVATE KEY" not in f"{issued!r} {authority!r}"
    assert "EllipticCurve" not in repr(authority)


def test_phone_is_read_from_its_certificate(authority: Authority, tmp_path: Path) -> None:
    issued = authority.issue_phone(PHONE, now=NOW)
    file = tmp_path / "phone.pem"
    file.write_bytes(issued.certificate + issued.key)

    assert read_certificate_mac(file) == "00562b0aff43"


def test_certificate_of_nobodys_phone_has_no_mac(authority: Authority, tmp_path: Path) -> None:
    issued = authority.issue_server(("reports.example",), now=NOW)
    file = tmp_path / "phone.pem"
    file.write_bytes(issued.key + issued.certificate)

    assert read_certificate_mac(file) == ""


def test_certificate_without_its_key_is_not_read(authority: Authority, tmp_path: Path) -> None:
    file = tmp_path / "phone.pem"
    file.write_bytes(authority.issue_phone(PHONE, now=NOW).certificate)

    with pytest.raises(StartError, match=r"phone\.pem"):
        read_certificate_mac(file)


def test_certificate_in_openssls_own_form_is_told(authority: Authority, tmp_path: Path) -> None:
    issued = authority.issue_phone(PHONE, now=NOW)
    file = tmp_path / "phone.pem"
    # `openssl x509 -trustout` writes it, and OpenSSL alone reads it.
    trusted = issued.certificate.replace(b" CERTIFICATE-", b" TRUSTED CERTIFICATE-")
    file.write_bytes(trusted + issued.key)

    with pytest.raises(StartError, match=r"phone\.pem: its certificate cannot be read"):
        read_certificate_mac(file)


def test_custom_ca_is_named_by_its_first_certificate(authority: Authority) -> None:
    other = make_authority("other CA", now=NOW).issued.certificate
    body = b"# our two\n" + authority.issued.certificate + b"junk\n" + other

    ca = read_custom_ca(body)

    assert ca is not None
    assert ca.name == "our CA"
    assert ca.pem.encode() == authority.issued.certificate + other


def test_custom_ca_may_be_der(authority: Authority) -> None:
    der = authority.certificate.public_bytes(serialization.Encoding.DER)

    ca = read_custom_ca(der, "identity")

    assert ca is not None
    assert ca.pem.encode() == authority.issued.certificate


def test_custom_ca_without_a_common_name_is_named_by_its_whole_subject() -> None:
    key = rsa.generate_private_key(65537, 2048)

    ca = read_custom_ca(self_signed(key).public_bytes(serialization.Encoding.PEM))

    assert ca is not None
    assert ca.name == "O=Example"


@pytest.mark.parametrize("body", [b"", b"<html/>", b"-----BEGIN CERTIFICATE-----\nAAAA\n"])
def test_what_is_no_certificate_is_no_custom_ca(body: bytes) -> None:
    assert read_custom_ca(body) is None


def test_custom_ca_that_comes_coded_is_none(authority: Authority) -> None:
    assert read_custom_ca(authority.issued.certificate, "gzip") is None
