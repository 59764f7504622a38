"""HTTPS waits until the phone knows whom it trusts; nothing else does."""

from mppsim.http import HttpOutcome
from mppsim.net.patient_line import PatientLine
from tests.support.scripted_uploads import HELD, ScriptedUploads
from tests.support.turns import turns
from tests.support.uploads import put

PLAIN, SECURE = "http://s/a.xml", "https://s/a.xml"


class Desk:
    def __init__(self, *script: str) -> None:
        self.uploads = ScriptedUploads(*script)
        self.line = PatientLine(self.uploads.open_session)
        self.outcomes: list[HttpOutcome] = []

    def send(self, *urls: str) -> None:
        for url in urls:
            self.line.send(put(url), self.outcomes.append)

    @property
    def sent(self) -> list[str]:
        return [str(request.url) for request in self.uploads.requests]


async def test_https_waits_and_goes_on_in_order() -> None:
    desk = Desk()
    desk.send("https://s/1", "https://s/2")

    await turns(3)
    assert (desk.sent, desk.outcomes) == ([], [])
    desk.line.go_on()
    await turns(3)
    assert desk.sent == ["https://s/1", "https://s/2"]
    assert [outcome.status for outcome in desk.outcomes] == [201, 201]
    assert len(desk.uploads.lines) == 1


async def test_http_does_not_wait() -> None:
    desk = Desk()
    desk.send(SECURE, PLAIN, PLAIN)

    assert desk.sent == [PLAIN, PLAIN]
    assert len(desk.uploads.lines) == 1


async def test_https_does_not_use_the_line_of_who_did_not_wait() -> None:
    desk = Desk()
    desk.send(PLAIN)
    desk.line.go_on()
    desk.send(SECURE, SECURE, PLAIN)

    lines = [desk.uploads.lines.index(sent.line) for sent in desk.uploads.sent]
    assert lines == [0, 1, 1, 0]


async def test_what_waits_when_the_line_closes_is_cut_a_little_later() -> None:
    desk = Desk()
    desk.send(SECURE)
    desk.line.close()

    assert desk.outcomes == []
    await turns(3)
    assert [(outcome.reason, outcome.status) for outcome in desk.outcomes] == [("cut", None)]
    assert desk.outcomes[0].bytes == len(put(SECURE).body)
    desk.line.go_on()
    assert desk.sent == []


async def test_closing_ends_both_lines() -> None:
    desk = Desk(HELD, HELD)
    desk.send(PLAIN)
    desk.line.go_on()
    desk.send(SECURE)
    desk.line.close()
    await turns(3)

    assert [line.is_open for line in desk.uploads.lines] == [False, False]
    assert [outcome.reason for outcome in desk.outcomes] == ["cut", "cut"]
