"""What a phone sends to fetch a file."""

import pytest

from mppsim.core.resync_events import FetchJob
from mppsim.core.url import parse_url
from mppsim.http import Credentials
from mppsim.net.fetching import build_fetch


def job(url: str, user: str | None = None, password: str | None = None) -> FetchJob:
    return FetchJob(
        name="Profile_Rule",
        url=parse_url(url),
        user_agent="Cisco-CP-8851-3PCC/12.0.7 (00562b000001)",
        user=user,
        password=password,
        limit=1000,
    )


def test_request_is_as_its_job_says() -> None:
    request = build_fetch(job("http://s/a.xml", "u", "p"), tftp_server="")

    assert request is not None
    assert (request.method, str(request.url), request.body) == ("GET", "http://s/a.xml", b"")
    assert request.credentials == Credentials("u", "p")
    assert request.keep_body == 1000
    assert [name for name, _ in request.headers] == [
        "User-Agent",
        "Accept-Encoding",
        "Accept",
        "Accept-Language",
        "Accept-Charset",
    ]
    assert dict(request.headers)["User-Agent"] == "Cisco-CP-8851-3PCC/12.0.7 (00562b000001)"


@pytest.mark.parametrize(
    ("user", "password", "credentials"),
    [(None, None, None), (None, "p", None), ("u", None, Credentials("u", ""))],
)
def test_credentials_are_those_of_a_user(
    user: str | None, password: str | None, credentials: Credentials | None
) -> None:
    request = build_fetch(job("http://s/a.xml", user, password), tftp_server="")

    assert request is not None
    assert request.credentials == credentials


@pytest.mark.parametrize(
    ("url", "server", "goes_to"),
    [
        ("/a.xml", "10.0.0.1", "tftp://10.0.0.1/a.xml"),
        ("/a.xml", "tftp.example:1069", "tftp://tftp.example:1069/a.xml"),
        ("tftp://s/a.xml", "10.0.0.1", "tftp://s/a.xml"),
        ("https://s/a.xml", "10.0.0.1", "https://s/a.xml"),
    ],
)
def test_bare_path_goes_to_the_phones_tftp_server(url: str, server: str, goes_to: str) -> None:
    request = build_fetch(job(url), tftp_server=server)

    assert request is not None
    assert str(request.url) == goes_to


def test_bare_path_without_a_tftp_server_goes_nowhere() -> None:
    assert build_fetch(job("/a.xml"), tftp_server="") is None
