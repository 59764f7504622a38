from dataclasses import replace
from pathlib import Path

import pytest

from mppsim.core.catalogue import find_model
from mppsim.core.identity import make_identity
from mppsim.net.clock import RunClock
from mppsim.net.phone_line import make_phone_tls, open_line
from mppsim.net.surroundings import Surroundings
from mppsim.net.timers import Timers
from mppsim.net.tls import BRINGS_NOTHING, PhoneTls
from tests.support.phone_desk import NOON, zeros
from tests.support.scripted_uploads import ScriptedLine, ScriptedUploads

PHONE = make_identity(find_model("8851"))
TLS = PhoneTls(certificate=Path("a.pem"))


async def opened(ip: str = "127.0.0.1") -> ScriptedLine:
    uploads = ScriptedUploads()
    surroundings = Surroundings(
        timers=Timers(RunClock(None)),
        uploads=uploads,
        random_bytes=zeros,
        tell=lambda _mac, _what: None,
        epoch=NOON,
    )
    open_line(replace(PHONE, ip=ip), surroundings, TLS)
    return uploads.lines[0]


async def test_phone_sends_from_its_own_address() -> None:
    assert (await opened("127.20.0.1")).source == "127.20.0.1"


async def test_phone_that_was_given_no_address_sends_from_wherever_the_system_likes() -> None:
    assert (await opened()).source is None


async def test_line_has_what_the_phone_brings_to_tls() -> None:
    assert (await opened()).tls is TLS


def test_phone_with_nothing_of_its_own_is_as_most_are() -> None:
    assert make_phone_tls(PHONE) is BRINGS_NOTHING


@pytest.mark.parametrize(
    ("certificate", "ca"), [(Path("a.pem"), ""), (None, "PEM"), (Path("a.pem"), "PEM")]
)
def test_phone_brings_its_certificate_and_its_ca(certificate: Path | None, ca: str) -> None:
    identity = replace(PHONE, certificate=certificate)

    assert make_phone_tls(identity, ca) == PhoneTls(certificate=certificate, custom_ca=ca)
