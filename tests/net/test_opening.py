import socket

import pytest

from mppsim.core.events import ValueRefused
from mppsim.errors import StartError
from mppsim.net import RunClock, make_phone, open_surroundings
from mppsim.net.event_log import Occurrence, ReportsDue, UploadFailed
from mppsim.net.state_file import open_state
from mppsim.net.tls import TlsSettings
from tests.support.turns import turns


async def test_uploads_end_with_the_surroundings_that_they_began_in():
    told = []
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        open_surroundings(RunClock(None), tell=lambda _, what: told.append(what)) as surroundings,
    ):
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/x.xml"
        make_phone(surroundings, Report_Rule=url).switch_on()

    assert [what.reason for what in told if isinstance(what, UploadFailed)] == ["cut"]


async def test_nobody_is_told_where_nobody_asked():
    with open_surroundings() as surroundings:
        make_phone(surroundings).switch_on()

        assert surroundings.timers.clock.speed == 1.0


async def test_made_phone_has_its_model_and_tells_values_that_are_not_allowed():
    told = []
    with open_surroundings(tell=lambda _, what: told.append(what)) as surroundings:
        phone = make_phone(surroundings, "7841", HTTP_Report_Method="GET", Ringer_Volume="3")

    assert phone.identity.model.product_name == "CP-7841-3PCC"
    assert phone.parameters["Ringer_Volume"] == "3"
    assert [what.name for what in told if isinstance(what, ValueRefused)] == ["HTTP_Report_Method"]
    assert not phone.is_up


async def test_nobody_is_woken_after_the_end():
    woken = []
    with open_surroundings(RunClock(None)) as surroundings:
        surroundings.timers.call_at(10.0, lambda: woken.append(10.0))

    await turns(5)

    assert woken == []


async def test_ca_file_that_is_none_stops_the_start(tmp_path):
    with pytest.raises(StartError), open_surroundings(tls=TlsSettings(ca_file=tmp_path / "no.pem")):
        pass


async def test_phones_remember_where_they_are_told_to(tmp_path):
    with open_state(tmp_path) as state, open_surroundings(flash_of=state.flash_of) as surroundings:
        make_phone(surroundings, GPP_A="kept")
    with open_state(tmp_path) as state, open_surroundings(flash_of=state.flash_of) as surroundings:
        assert make_phone(surroundings).parameters["GPP_A"] == "kept"


async def test_listener_is_told_what_has_a_line_of_its_own_only() -> None:
    told: list[Occurrence] = []
    with open_surroundings(RunClock(None), tell=lambda _mac, what: told.append(what)) as here:
        make_phone(here, Report_Rule="http://127.0.0.1:9/$MA.xml").switch_on()
        await here.timers.settle(30)

    assert [type(what).__name__ for what in told][-2:] == ["UploadStarted", "UploadFailed"]
    assert not any(isinstance(what, ReportsDue) for what in told)
