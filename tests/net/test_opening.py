import pytest

from mppsim.core.catalogue import find_model
from mppsim.core.firmware import load_release
from mppsim.core.identity import make_identity
from mppsim.core.parameters import Baseline
from mppsim.errors import StartError
from mppsim.net import Phone, RunClock, open_surroundings
from mppsim.net.event_log import UploadFailed
from mppsim.net.tls import TlsSettings
from tests.support.timelines import FULL, profile_of
from tests.support.turns import turns

BASELINE = Baseline.factory(find_model("8851"), load_release("mpp-12.0"))


async def test_phone_lives_in_opened_surroundings_and_its_uploads_end_with_them():
    told = []
    identity = make_identity(find_model("8851"))
    rule = FULL.replace("server", "127.0.0.1:9")
    with open_surroundings(RunClock(None), tell=lambda _, what: told.append(what)) as surroundings:
        phone = Phone(identity, BASELINE, surroundings)
        phone.provision(profile_of({"Report_Rule": rule}))
        phone.switch_on()

    assert [what.reason for what in told if isinstance(what, UploadFailed)] in (
        ["cut"],
        ["refused"],
    )


async def test_nobody_is_told_where_nobody_asked():
    with open_surroundings() as surroundings:
        Phone(make_identity(find_model("8851")), BASELINE, surroundings).switch_on()

        assert surroundings.timers.clock.speed == 1.0


async def test_nobody_is_woken_after_the_end():
    woken = []
    with open_surroundings(RunClock(None)) as surroundings:
        surroundings.timers.call_at(10.0, lambda: woken.append(10.0))

    await turns(5)

    assert woken == []


async def test_ca_file_that_is_none_stops_the_start(tmp_path):
    with pytest.raises(StartError), open_surroundings(tls=TlsSettings(ca_file=tmp_path / "no.pem")):
        pass
