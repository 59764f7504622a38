"""A phone that resyncs from real servers: what it can open, and what bad profiles cost it."""

import gzip
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from mppsim.core.encryption import encrypt_ikm, encrypt_key
from mppsim.core.events import ParametersApplied, Warned
from mppsim.core.parameters import ParameterView
from mppsim.core.resync_events import ResyncEnded
from mppsim.net.clock import RunClock
from mppsim.net.event_log import Occurrence
from mppsim.net.opening import make_phone, open_surroundings
from mppsim.net.phone import Phone
from mppsim.net.tls import TlsSettings
from mppsim.server import ServerSettings
from tests.support.http_server import Peer, ScriptedServer, answering, reply, serve_script
from tests.support.report_servers import report_server
from tests.support.server_certificate import make_certificate
from tests.support.status_reports import read
from tests.support.turns import turns

PROFILE = b"<device><flat-profile><GPP_A>lobby</GPP_A></flat-profile></device>"
CHALLENGE = 'WWW-Authenticate: Digest realm="r", nonce="n", qop="auth"'


class Seen:
    """A phone, and what it told."""

    def __init__(self, phone: Phone, told: list[Occurrence]) -> None:
        self.phone = phone
        self.told = told

    @property
    def view(self) -> ParameterView:
        return self.phone.parameters

    @property
    def results(self) -> list[ResyncEnded]:
        return [what for what in self.told if isinstance(what, ResyncEnded)]


async def run(
    rule: str, *, until: float = 100.0, tls: TlsSettings | None = None, **values: str
) -> Seen:
    """Switch on a phone with this rule, and let time pass."""
    told: list[Occurrence] = []
    clock = RunClock(None)
    with open_surroundings(
        clock, tell=lambda _mac, what: told.append(what), tls=tls
    ) as surroundings:
        given = {"Resync_Random_Delay": "0", "Resync_Error_Retry_Delay": "60"} | values
        phone = make_phone(surroundings, Profile_Rule=rule, **given)
        phone.switch_on()
        await surroundings.timers.run_until(until)
    return Seen(phone, told)


def zeros(megabytes: int) -> bytes:
    """A gzip file that unpacks to so many MiB of zeros."""
    deflater = zlib.compressobj(wbits=-15)
    block = deflater.compress(bytes(1 << 20)) + deflater.flush(zlib.Z_FULL_FLUSH)
    return gzip.compress(b"")[:10] + block * megabytes + deflater.flush()


def dice(count: int) -> bytes:
    return bytes(range(count))


# What it can open.


@pytest.mark.parametrize(
    ("rule", "values", "answers"),
    [
        pytest.param("{url}", {}, [reply(200, body=PROFILE)], id="plain"),
        pytest.param(
            "{url}",
            {},
            [reply(200, "Content-Encoding: gzip", body=gzip.compress(PROFILE))],
            id="gzip as content coding",
        ),
        pytest.param("{url}", {}, [reply(200, body=gzip.compress(PROFILE))], id="a gzip file"),
        pytest.param(
            "{url}",
            {},
            [b"HTTP/1.1 200 OK\r\n\r\n" + PROFILE],
            id="ended by the connection",
        ),
        pytest.param(
            "{url}",
            {},
            [
                b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n"
                % (len(PROFILE), PROFILE)
            ],
            id="chunked",
        ),
        pytest.param(
            "{url}", {}, [reply(302, "Location: /b"), reply(200, body=PROFILE)], id="redirected"
        ),
        pytest.param(
            "[--uid joe --pwd $SA]{url}",
            {"GPP_SA": "tiger"},
            [reply(401, CHALLENGE), reply(200, body=PROFILE)],
            id="challenged",
        ),
        pytest.param(
            "{url}",
            {"IKM_HTTP_Encrypt_Content": "material"},
            [
                reply(
                    200,
                    "Content-Encoding: aes128gcm",
                    body=encrypt_ikm(PROFILE, b"material", random_bytes=dice),
                )
            ],
            id="RFC 8188",
        ),
    ],
)
async def test_profile_is_fetched_opened_and_applied(
    rule: str, values: dict[str, str], answers: list[bytes]
) -> None:
    async with serve_script(answering(*answers)) as server:
        seen = await run(rule.format(url=server.url("/cfg.xml")), **values)

    assert [(each.url, each.result) for each in seen.results] == [(server.url("/cfg.xml"), "ok")]
    assert seen.view["GPP_A"] == "lobby"
    assert all(request.line.startswith("GET /") for request in server.requests)


async def test_profile_comes_by_tftp(tmp_path: Path) -> None:
    (tmp_path / "00562b000001.cfg").write_bytes(PROFILE)
    settings = ServerSettings(tftp_host="127.0.0.1", tftp_port=0)
    async with report_server(tmp_path, settings) as server:
        place = f"tftp://{server.tftp.host}:{server.tftp.port}"
        seen = await run(f"{place}/$MA.cfg")
        missing = await run(f"{place}/$MAU.cfg", until=10.0)
        refused = await run(f"{place}/.secret", until=10.0)

    assert seen.view["GPP_A"] == "lobby"
    assert [(each.result, each.detail) for each in missing.results] == [("tftp", "file not found")]
    assert [each.result for each in refused.results] == ["tftp"]
    assert refused.results[0].detail.startswith("TFTP error 2: ")


async def test_profile_comes_by_https_from_a_server_that_is_trusted_only(tmp_path: Path) -> None:
    files = make_certificate(tmp_path)
    async with report_server(tmp_path / "reports", ServerSettings(tls=files)) as server:
        (server.directory / "00562b000001.cfg").write_bytes(PROFILE)
        rule = f"{server.url}/$MA.cfg"
        seen = await run(rule, tls=TlsSettings(ca_file=files.certificate))
        stranger = await run(rule, until=10.0, GPP_A="kept")

    assert server.url.startswith("https://")
    assert ([each.result for each in seen.results], seen.view["GPP_A"]) == (["ok"], "lobby")
    assert [each.result for each in stranger.results] == ["tls"]
    assert stranger.view["GPP_A"] == "kept"


# What bad profiles cost.


@asynccontextmanager
async def bad_then_good(bad: bytes, rule: str) -> AsyncIterator[ScriptedServer]:
    """A server that has the profile, as the rule wants it, when it is asked a second time."""
    _, is_sealed, key = rule.partition("]")[0].partition("--key ")
    good = encrypt_key(PROFILE, key, digest="sha256", random_bytes=dice) if is_sealed else PROFILE
    async with serve_script(answering(bad, reply(200, body=good))) as server:
        yield server


SEALED = encrypt_key(PROFILE, "test123", digest="sha256", random_bytes=dice)


@pytest.mark.parametrize(
    ("rule", "bad", "result", "detail"),
    [
        ("{url}", reply(200, body=PROFILE[:34]), "profile", "ends inside an element"),
        ("{url}", reply(200, body=b""), "profile", "is not XML"),
        ("{url}", reply(200, body=b"<html><p>Sign in</p></html>"), "profile", "no <flat-profile>"),
        ("{url}", reply(200, body=zeros(1024)), "profile", "unpacks to more than 2,097,152 bytes"),
        ("{url}", reply(200, body=b"<!DOCTYPE a>" + PROFILE), "profile", "DOCTYPE"),
        ("{url}", reply(200, body=SEALED), "encryption", "the rule has no --key"),
        ("[--key wrong]{url}", reply(200, body=SEALED), "encryption", "the key does not open"),
        ("[--key k]{url}", reply(200, body=PROFILE), "encryption", "not encrypted with a key"),
        ("{url}", reply(404, body=b"<html>"), "status-404", "file not found"),
        ("{url}", reply(503), "status-503", "service unavailable"),
        ("[--uid a --pwd b]{url}", reply(401), "auth", "credentials were refused"),
    ],
)  # fmt: skip
async def test_bad_profile_changes_nothing_says_why_and_is_fetched_again(
    rule: str, bad: bytes, result: str, detail: str
) -> None:
    async with bad_then_good(bad, rule) as server:
        seen = await run(rule.format(url=server.url()), until=59.0, GPP_A="kept")
        first = seen.results

        assert seen.view["GPP_A"] == "kept"
    async with bad_then_good(bad, rule) as server:
        again = await run(rule.format(url=server.url()), until=100.0, GPP_A="kept")

    assert [each.result for each in first] == [result]
    assert detail in first[0].detail
    assert detail in read(seen.phone.status_report())["Provisioning_Status/Provisioning_Status_1"]
    assert [each.result for each in again.results] == [result, "ok"]
    assert again.view["GPP_A"] == "lobby"


async def test_unknown_and_refused_values_spare_the_rest_of_a_profile() -> None:
    body = (
        b"<flat-profile><No_Such>1</No_Such><HTTP_Report_Method>GET</HTTP_Report_Method>"
        b'<GPP_A ua="rw">lobby</GPP_A></flat-profile>'
    )
    async with serve_script(answering(reply(200, body=body))) as server:
        seen = await run(server.url())

    left_out = "no such parameter: No_Such; value not allowed: HTTP_Report_Method"
    status = read(seen.phone.status_report())
    assert [(each.result, each.detail) for each in seen.results] == [("ok", left_out)]
    assert status["Provisioning_Status/Provisioning_Status_1"].endswith(left_out)
    assert "No_Such" in [what.name for what in seen.told if isinstance(what, Warned)]
    assert (seen.view["GPP_A"], seen.view["HTTP_Report_Method"]) == ("lobby", "POST")
    assert seen.view.ua(seen.view.baseline.parameters["GPP_A"].index) == "rw"


async def test_profile_that_is_too_long_is_not_read_to_its_end() -> None:
    async with serve_script(answering(then=reply(200, body=b"x" * (3 << 20)))) as server:
        seen = await run(server.url(), until=59.0, GPP_A="kept")

    assert [(each.result, each.detail) for each in seen.results] == [
        ("bad-reply", "bad reply of the server, or a file that is too long")
    ]
    assert seen.view["GPP_A"] == "kept"


async def hang_up(peer: Peer) -> None:
    """End the connection in the middle of the profile."""
    await peer.read_request()
    await peer.send(reply(200, body=PROFILE)[:-9])


async def test_profile_that_is_cut_off_on_its_way_is_none() -> None:
    async with serve_script(hang_up) as server:
        seen = await run(server.url(), until=59.0, GPP_A="kept")

    assert [(each.result, each.detail) for each in seen.results] == [
        ("reset", "connection error: reset")
    ]
    assert seen.view["GPP_A"] == "kept"


async def hang(peer: Peer) -> None:
    await peer.read_request()
    await peer.read_head()


async def test_phone_that_is_switched_off_gives_its_fetch_up() -> None:
    told: list[Occurrence] = []
    async with serve_script(hang) as server:
        with open_surroundings(tell=lambda _mac, what: told.append(what)) as surroundings:
            phone = make_phone(surroundings, Profile_Rule=server.url(), Resync_Random_Delay="0")
            phone.switch_on()
            while not server.requests:
                await turns()
            phone.switch_off()
            assert await surroundings.timers.settle(1.0)

    assert [type(what) for what in told] == [ParametersApplied]
