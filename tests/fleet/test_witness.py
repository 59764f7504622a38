"""What servers accepted, remembered on its way through."""

from pathlib import Path

import pytest

from mppsim.core.url import parse_url
from mppsim.fleet.witness import Accepted, Witness
from mppsim.http import HttpOutcome
from mppsim.net.tls import PhoneTls
from tests.support.scripted_uploads import HELD, ScriptedUploads, outcome_of
from tests.support.uploads import put

URL = "http://server/dir/a.xml"


def see(word: str, location: str | None = None, url: str = URL) -> tuple[Witness, HttpOutcome]:
    """Send one report past a witness; give it, and what the sender was told."""
    uploads = ScriptedUploads(HELD)
    witness = Witness(uploads)
    told: list[HttpOutcome] = []
    witness.open_session("127.0.0.9").send(put(URL, b"body"), told.append)
    (sent,) = uploads.sent
    end = outcome_of(word, sent.request)._replace(location=location, url=parse_url(url))
    sent.done(end)
    assert told == [end]
    assert [line.source for line in uploads.lines] == ["127.0.0.9"]
    return witness, told[0]


@pytest.mark.parametrize(
    ("location", "url", "kept_at"),
    [
        (None, URL, URL),
        ("/up.d/1.xml", URL, "http://server/up.d/1.xml"),
        ("b.xml", URL, "http://server/dir/b.xml"),
        ("http://other/x", URL, "http://other/x"),
        (None, "http://elsewhere/b", "http://elsewhere/b"),
        ("c", "http://elsewhere/b/", "http://elsewhere/b/c"),
    ],
)
def test_accepted_body_is_where_the_server_says(
    location: str | None, url: str, kept_at: str
) -> None:
    witness, _ = see("201", location, url)

    assert witness.accepted == [Accepted(url=kept_at, body=b"body")]


@pytest.mark.parametrize("word", ["status-503", "refused", "cut", "auth"])
def test_what_was_not_accepted_is_not_remembered(word: str) -> None:
    assert see(word, "/x")[0].accepted == []


async def test_line_has_its_phones_address_and_certificate() -> None:
    uploads = ScriptedUploads()
    tls = PhoneTls(certificate=Path("phone.pem"))

    Witness(uploads).open_session("127.0.0.9", tls)

    assert [(line.source, line.tls) for line in uploads.lines] == [("127.0.0.9", tls)]


async def test_line_closes_what_it_stands_for() -> None:
    uploads = ScriptedUploads(HELD)
    line = Witness(uploads).open_session()

    line.close()

    assert [inner.is_open for inner in uploads.lines] == [False]


def test_body_stays_out_of_sight() -> None:
    assert "secret" not in repr(Accepted(url=URL, body=b"secret"))
