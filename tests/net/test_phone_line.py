from dataclasses import replace
from pathlib import Path

from mppsim.core.catalogue import find_model
from mppsim.core.identity import make_identity
from mppsim.net.clock import RunClock
from mppsim.net.phone_line import open_line
from mppsim.net.surroundings import Surroundings
from mppsim.net.timers import Timers
from mppsim.net.tls import BRINGS_NOTHING, PhoneTls
from tests.support.phone_desk import NOON, zeros
from tests.support.scripted_uploads import ScriptedLine, ScriptedUploads


async def opened(ip: str = "127.0.0.1", certificate: Path | None = None) -> ScriptedLine:
    uploads = ScriptedUploads()
    surroundings = Surroundings(
        timers=Timers(RunClock(None)),
        uploads=uploads,
        random_bytes=zeros,
        tell=lambda _mac, _what: None,
        epoch=NOON,
    )
    identity = make_identity(find_model("8851"), ip=ip)
    open_line(replace(identity, certificate=certificate), surroundings)
    return uploads.lines[0]


async def test_phone_sends_from_its_own_address() -> None:
    assert (await opened("127.20.0.1")).source == "127.20.0.1"


async def test_phone_that_was_given_no_address_sends_from_wherever_the_system_likes() -> None:
    assert (await opened()).source is None


async def test_phone_shows_its_own_certificate_if_it_has_one() -> None:
    assert (await opened()).tls is BRINGS_NOTHING
    assert (await opened(certificate=Path("a.pem"))).tls == PhoneTls(certificate=Path("a.pem"))
