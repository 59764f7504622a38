"""What each request gets, over real sockets."""

import hashlib
import os
from base64 import b64encode
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from mppsim.core.encryption import encrypt_ikm, encrypt_key
from mppsim.server import AuthScheme, Login, Received, ServerSettings, TurnedAway
from mppsim.server.settings import Limits
from mppsim.sip.digest import DigestAlgorithm, compute_response, parse_auth_params
from tests.support.raw_client import Answer, connected, exchange, request
from tests.support.report_servers import RunningServer, report_server

DELTA = (
    b'<env>\n<flat-profile>\n<Ringer_Volume ua="na">9</Ringer_Volume>\n</flat-profile>\n</env>\n'
)
AGENT = "User-Agent: Cisco-CP-8851-3PCC/12.0.7 (00562b043615)"


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[RunningServer]:
    settings = ServerSettings(keys=("test123",), ikm=b"input keying material")
    async with report_server(tmp_path / "reports", settings) as running:
        yield running


async def test_put_is_written_and_told(server: RunningServer) -> None:
    answer = await exchange(server.url, request("PUT", "/a/config-mpp.xml", DELTA, AGENT))

    assert (answer.status, answer.body) == (201, b"")
    assert server.files() == {"a/config-mpp.xml": DELTA}
    assert server.events == [
        Received(
            method="PUT",
            path="/a/config-mpp.xml",
            phone="00562b043615",
            content="delta",
            encryption="none",
            bytes=len(DELTA),
            sha256=hashlib.sha256(DELTA).hexdigest(),
            status=201,
        )
    ]


async def test_put_on_a_file_that_is_there_answers_204(server: RunningServer) -> None:
    async with connected(server.url) as client:
        answers = [await client.exchange(request("PUT", "/a.xml", b"%d" % n)) for n in range(3)]

    assert [answer.status for answer in answers] == [201, 204, 204]
    assert [event.status for event in server.received] == [201, 204, 204]
    assert server.files() == {"a.xml": b"2"}


async def test_post_says_where_its_report_is_kept(server: RunningServer) -> None:
    async with connected(server.url) as client:
        for number, body in enumerate((DELTA, b"other"), start=1):
            answer = await client.exchange(request("POST", "/report_upload.php?a=b", body))
            place = answer.get("location")

            assert (answer.status, place) == (201, f"/report_upload.php.d/00000{number}.xml")
            assert (await client.exchange(request("GET", str(place)))).body == body


async def test_form_encoded_post_is_kept_byte_for_byte(server: RunningServer) -> None:
    form = "Content-Type: application/x-www-form-urlencoded"
    body = b"<flat-profile><A>1+2%20&amp;</A></flat-profile>"
    await exchange(server.url, request("POST", "/up.php", body, form))

    assert server.files() == {"up.php.d/000001.xml": body}


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "aes128gcm", "nonsense"])
async def test_body_is_stored_as_it_came_whatever_its_encoding(
    server: RunningServer, encoding: str
) -> None:
    body = b"\x1f\x8b\x08\x00 no real archive"
    answer = await exchange(
        server.url, request("PUT", "/a.gz", body, f"Content-Encoding: {encoding}")
    )

    assert answer.status == 201
    assert server.files() == {"a.gz": body}


async def test_chunked_body_is_put_together(server: RunningServer) -> None:
    head = request("PUT", "/a.xml", None, "Transfer-Encoding: chunked")
    answer = await exchange(server.url, head + b"3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\n\r\n")

    assert answer.status == 201
    assert server.files() == {"a.xml": b"abc0123456789"}


async def test_empty_body_is_a_report_too(server: RunningServer) -> None:
    answer = await exchange(server.url, request("PUT", "/a.xml", b""))

    assert answer.status == 201
    assert server.files() == {"a.xml": b""}
    assert server.received[0].content == "unknown"


@pytest.mark.parametrize("digest", ["md5", "sha256"])
async def test_report_sealed_with_a_known_key_is_told_and_stored_sealed(
    server: RunningServer, digest: str
) -> None:
    body = encrypt_key(DELTA, "test123", digest=digest, random_bytes=os.urandom)
    await exchange(server.url, request("PUT", "/a.enc.xml", body))

    assert (server.received[0].content, server.received[0].encryption) == ("delta", "aes-256-cbc")
    assert server.files() == {"a.enc.xml": body}


async def test_report_sealed_with_the_ikm_is_told_and_stored_sealed(server: RunningServer) -> None:
    body = encrypt_ikm(DELTA, b"input keying material", random_bytes=os.urandom)
    await exchange(server.url, request("POST", "/up", body, "Content-Encoding: aes128gcm"))

    assert (server.received[0].content, server.received[0].encryption) == ("delta", "aes128gcm")
    assert server.files() == {"up.d/000001.xml": body}


async def test_report_that_no_key_opens_is_kept_all_the_same(server: RunningServer) -> None:
    body = encrypt_key(DELTA, "another", digest="sha256", random_bytes=os.urandom)
    answer = await exchange(server.url, request("PUT", "/a", body))

    assert answer.status == 201
    assert (server.received[0].content, server.received[0].encryption) == ("unknown", "unopened")


@pytest.mark.parametrize(
    ("name", "media_type"),
    [("a.xml", "text/xml"), ("b.CFG", "text/xml"), ("c.loads", "application/octet-stream")],
)
async def test_stored_file_is_served(server: RunningServer, name: str, media_type: str) -> None:
    (server.directory / name).write_bytes(DELTA)
    answers = [
        await exchange(server.url, request(method, f"/{name}")) for method in ("GET", "HEAD")
    ]

    assert [answer.status for answer in answers] == [200, 200]
    assert [answer.body for answer in answers] == [DELTA, b""]
    assert {answer.get("content-type") for answer in answers} == {media_type}
    assert {answer.get("content-length") for answer in answers} == {str(len(DELTA))}


async def test_large_and_empty_files_are_served_whole(server: RunningServer) -> None:
    for body in (os.urandom(3 << 20), b""):
        (server.directory / "a").write_bytes(body)

        assert (await exchange(server.url, request("GET", "/a"))).body == body


async def test_compressed_sibling_is_another_file(server: RunningServer) -> None:
    (server.directory / "a.xml").write_bytes(b"plain")
    (server.directory / "a.xml.gz").write_bytes(b"sibling")
    answer = await exchange(
        server.url, request("GET", "/a.xml", None, "Accept-Encoding: deflate, gzip")
    )

    assert (answer.body, answer.get("content-encoding")) == (b"plain", None)


async def test_file_that_is_not_there_is_404_and_told(server: RunningServer) -> None:
    answer = await exchange(server.url, request("GET", "/8851-3PCC.xml", None, AGENT))

    assert (answer.status, answer.body) == (404, b"no such file\n")
    assert server.events == [
        TurnedAway(
            method="GET",
            path="/8851-3PCC.xml",
            phone="00562b043615",
            status=404,
            reason="no such file",
        )
    ]


@pytest.mark.parametrize("method", ["OPTIONS", "DELETE", "PATCH", "MKCOL", "TRACE", "LOCK"])
async def test_other_methods_are_not_allowed(server: RunningServer, method: str) -> None:
    answer = await exchange(server.url, request(method, "/a.xml"))

    assert (answer.status, answer.get("allow")) == (405, "GET, HEAD, PUT, POST")


HOSTILE = [
    "/../x",
    "/../../../../../../tmp/x",
    "/%2e%2e/x",
    "/..%2fx",
    "/%2e%2e%2fx",
    "/a/%00b",
    "/\\..\\x",
    "/a%5c..%5cx",
    "/%2fetc%2fpasswd",
    "/.mppsim-1-1",
    "/%",
    "/%ff",
    "/" + "x" * 2000,
    "/" + "x" * 300,
    "/" + "x" * 9000,
    "/\udcc3\udca9",
    "/link/x",
    "/file-link",
    "/file/x",
    "/dir",
    "/dir/",
    "/",
    "*",
    "x",
    "http://server/../x",
    "http://[::x/y",
]


@pytest.mark.parametrize("method", ["PUT", "GET"])
@pytest.mark.parametrize("path", HOSTILE, ids=[path[:30] for path in HOSTILE])
async def test_hostile_path_is_refused_and_touches_nothing(
    server: RunningServer, tmp_path: Path, method: str, path: str
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "x").write_bytes(b"precious")
    (server.directory / "link").symlink_to(outside)
    (server.directory / "file-link").symlink_to(outside / "x")
    (server.directory / "dir").mkdir()
    (server.directory / "file").write_bytes(b"kept")
    answer = await exchange(server.url, request(method, path, b"evil"))

    assert answer.status in {400, 403, 404, 409, 414, 431}
    assert b"precious" not in answer.body
    assert (outside / "x").read_bytes() == b"precious"
    assert server.files() == {"file": b"kept"}
    assert set(os.listdir(tmp_path)) == {"reports", "outside"}  # noqa: PTH208
    assert [event.status for event in server.turned_away] == [answer.status]


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("//etc/passwd", "etc/passwd"),
        ("/Caf%C3%A9/%e2%82%ac.xml", "Café/€.xml"),
        ("http://elsewhere:99/a.xml", "a.xml"),
        ("/a.xml?/../../x", "a.xml"),
    ],
)
async def test_odd_path_stays_below_the_directory(
    server: RunningServer, path: str, name: str
) -> None:
    answer = await exchange(server.url, request("PUT", path, b"x"))

    assert answer.status == 201
    assert server.files() == {name: b"x"}


async def test_secrets_of_a_request_are_not_told(server: RunningServer) -> None:
    token = b64encode(b"phone:hunter2").decode()
    headers = (f"Authorization: Basic {token}", "Cookie: hunter2")
    for method, path in (("PUT", "/a?pwd=hunter2"), ("GET", "/b?key=hunter2")):
        await exchange(server.url, request(method, path, b"x", *headers))

    assert len(server.events) == 2
    assert "hunter2" not in repr(server.events)
    assert token not in repr(server.events)


@pytest.fixture(params=[AuthScheme.BASIC, AuthScheme.DIGEST])
async def guarded(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[RunningServer]:
    login = Login(user="phone", password="secret", scheme=request.param)
    limits = Limits(body_bytes=100_000)
    settings = ServerSettings(login=login, limits=limits)
    async with report_server(tmp_path / "reports", settings) as running:
        yield running


def credentials(challenged: Answer, method: str, path: str, password: str = "secret") -> str:
    if challenged.get_all("www-authenticate")[0].startswith("Basic"):
        return "Authorization: Basic " + b64encode(f"phone:{password}".encode()).decode()
    _, offer = parse_auth_params(challenged.get_all("www-authenticate")[-1])
    response = compute_response(
        algorithm=DigestAlgorithm(offer["algorithm"]),
        username="phone",
        realm=offer["realm"],
        password=password,
        nonce=offer["nonce"],
        method=method,
        uri=path,
        qop="auth",
        nc="00000001",
        cnonce="c",
    )
    return (
        f'Authorization: Digest username="phone", realm="{offer["realm"]}", uri="{path}",'
        f' nonce="{offer["nonce"]}", algorithm={offer["algorithm"]}, qop=auth, nc=00000001,'
        f' cnonce="c", response="{response}"'
    )


@pytest.mark.parametrize("method", ["PUT", "POST"])
async def test_user_is_asked_for_then_let_in_on_the_same_connection(
    guarded: RunningServer, method: str
) -> None:
    async with connected(guarded.url) as client:
        challenged = await client.exchange(request(method, "/a?b", DELTA))
        proof = credentials(challenged, method, "/a?b")
        answer = await client.exchange(request(method, "/a?b", DELTA, proof))

    assert (challenged.status, answer.status) == (401, 201)
    assert len(guarded.events) == 1
    assert list(guarded.files().values()) == [DELTA]


async def test_wrong_password_is_told_and_stores_nothing(guarded: RunningServer) -> None:
    async with connected(guarded.url) as client:
        challenged = await client.exchange(request("PUT", "/a", DELTA))
        proof = credentials(challenged, "PUT", "/a", "guess")
        answer = await client.exchange(request("PUT", "/a", DELTA, proof, AGENT))

    assert answer.status == 401
    assert guarded.files() == {}
    assert guarded.events == [
        TurnedAway(
            method="PUT",
            path="/a",
            phone="00562b043615",
            status=401,
            reason="wrong user or password",
        )
    ]


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "POST"])
async def test_nothing_is_said_of_a_path_before_the_user_is_known(
    guarded: RunningServer, method: str
) -> None:
    (guarded.directory / "a").write_bytes(b"precious")
    for path in ("/a", "/b", "/../x"):
        answer = await exchange(guarded.url, request(method, path, b"evil"))

        assert answer.status == 401
        assert b"precious" not in answer.body
    assert guarded.files() == {"a": b"precious"}


async def test_client_that_waits_to_send_is_asked_before_its_body(guarded: RunningServer) -> None:
    head = request("PUT", "/a", None, "Content-Length: 50000", "Expect: 100-continue")
    async with connected(guarded.url) as client:
        answer = await client.exchange(head)

        assert answer.status == 401
        assert answer.get("connection") == "close"
