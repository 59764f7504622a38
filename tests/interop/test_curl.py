"""curl, which the phone's own client is made of, uploads to `mppsim serve`."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from mppsim.server import AuthScheme, Login, ServerSettings
from tests.support.report_servers import RunningServer, report_server
from tests.support.server_certificate import make_certificate

REPORT = b'<env>\n<flat-profile>\n<A ua="na">1+2</A>\n</flat-profile>\n</env>\n' * 2000
CODE = ("-w", "%{http_code}", "-o", "/dev/null")


async def curl(*arguments: str) -> str:
    """Run curl; give what it printed."""
    process = await asyncio.create_subprocess_exec(
        *("curl", "--silent", "--show-error", "--max-time", "20", "--noproxy", "*"),
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    return out.decode()


@pytest.fixture
def report(tmp_path: Path) -> str:
    path = tmp_path / "report.xml"
    path.write_bytes(REPORT)
    return str(path)


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[RunningServer]:
    async with report_server(tmp_path / "reports") as running:
        yield running


async def test_put_is_stored_then_overwritten(server: RunningServer, report: str) -> None:
    url = f"{server.url}/a/config-mpp.xml"

    assert [await curl("-T", report, *CODE, url) for _ in range(2)] == ["201", "204"]
    assert server.files() == {"a/config-mpp.xml": REPORT}


async def test_put_in_chunks_from_standard_input_is_stored(
    server: RunningServer, report: str
) -> None:
    chunked = ("-H", "Transfer-Encoding: chunked", "-H", "Expect: 100-continue")

    assert await curl("-T", report, *chunked, *CODE, f"{server.url}/a.xml") == "201"
    assert server.files() == {"a.xml": REPORT}


async def test_post_of_raw_xml_as_a_form_is_kept_and_can_be_fetched(
    server: RunningServer, report: str
) -> None:
    post = ("--data-binary", f"@{report}", "-H", "Expect: 100-continue")
    head = await curl(*post, "--include", f"{server.url}/report_upload.php")
    place = f"{server.url}/report_upload.php.d/000001.xml"

    assert "Location: /report_upload.php.d/000001.xml" in head
    assert (await curl(place)).encode() == REPORT
    assert f"Content-Length: {len(REPORT)}" in await curl("--head", place)


@pytest.mark.parametrize("scheme", [AuthScheme.BASIC, AuthScheme.DIGEST])
@pytest.mark.parametrize(("password", "code"), [("sécret", "201"), ("guess", "401")])
async def test_user_is_let_in_with_the_right_password_only(
    tmp_path: Path, report: str, scheme: AuthScheme, password: str, code: str
) -> None:
    login = Login(user="phone", password="sécret", scheme=scheme)
    async with report_server(tmp_path / "r", ServerSettings(login=login)) as running:
        proof = ("--anyauth", "--user", f"phone:{password}")

        assert await curl(*proof, "-T", report, *CODE, f"{running.url}/a.xml") == code
        assert running.files() == ({"a.xml": REPORT} if code == "201" else {})


async def test_report_comes_over_tls_with_a_checked_certificate(
    tmp_path: Path, report: str
) -> None:
    files = make_certificate(tmp_path)
    async with report_server(tmp_path / "r", ServerSettings(tls=files)) as running:
        trust = ("--cacert", str(files.certificate))

        assert await curl(*trust, "-T", report, *CODE, f"{running.url}/a.xml") == "201"
        assert running.files() == {"a.xml": REPORT}


@pytest.mark.parametrize("path", ["/../x", "/%2e%2e/x", "/..%2fx", "/a/%00b", "/a%5cb", "/.hidden"])
async def test_path_that_curl_was_told_to_leave_alone_is_refused(
    server: RunningServer, report: str, path: str
) -> None:
    code = await curl("--path-as-is", "-T", report, *CODE, f"{server.url}{path}")

    assert code == "400"
    assert server.files() == {}
