"""A PHP script stores the raw body of a POST, as the guide's own script means to."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from mppsim.core.url import parse_url
from mppsim.http import HttpRequest
from mppsim.net.uploader import UploadEngine

# The guide's script, with its two slips mended: a slash before the file's name, and no dollar
# before file_put_contents. What the headers say is kept too, for the test to see.
SCRIPT = """<?php
$filename = "report_cfg.xml"; // report file name
$file = __DIR__ . "/" . $filename;
$report_data = file_get_contents('php://input');
file_put_contents($file, $report_data);
$seen = $_SERVER["CONTENT_TYPE"] . "\\n" . $_SERVER["HTTP_USER_AGENT"];
file_put_contents(__DIR__ . "/seen", $seen);
?>
"""
AGENT = "Cisco-CP-8851-3PCC/12.0.7 (00562b000001)"
STARTED = re.compile(r"\(http://127\.0\.0\.1:(\d+)\) started")


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    program = shutil.which("php")
    assert program, "php is missing: run `make interop`"
    (tmp_path / "report_upload.php").write_text(SCRIPT)
    process = subprocess.Popen(
        [program, "-S", "127.0.0.1:0", "-t", tmp_path],
        stderr=subprocess.PIPE,
        env={**os.environ, "LC_ALL": "C"},
        text=True,
    )
    assert process.stderr is not None
    try:
        started = STARTED.search(process.stderr.readline())
        assert started, "php did not say where it listens"
        yield f"http://127.0.0.1:{started[1]}/report_upload.php"
    finally:
        process.terminate()
        process.communicate(timeout=10)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"<env><A ua='na'>1+2 %41&amp;</A></env>\n", id="full of plus and percent"),
        pytest.param(b"Salted__" + bytes(range(256)) * 40, id="encrypted"),
        pytest.param(b"<A/>\n" * 23_000, id="a full report"),
    ],
)
async def test_script_stores_the_body_byte_for_byte(url: str, tmp_path: Path, body: bytes) -> None:
    request = HttpRequest(
        method="POST",
        url=parse_url(url),
        headers=(
            ("User-Agent", AGENT),
            ("Accept", "*/*"),
            ("Content-Type", "application/x-www-form-urlencoded"),
        ),
        body=body,
    )

    with UploadEngine() as engine:
        outcome = await engine.request(request)

    assert outcome.status == 200
    assert (tmp_path / "report_cfg.xml").read_bytes() == body
    seen = (tmp_path / "seen").read_text()
    assert seen == f"application/x-www-form-urlencoded\n{AGENT}"
