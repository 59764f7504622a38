"""`mppsim phone`, from its options to a process that a person operates."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import typer

from mppsim.cli import phone as phone_module
from mppsim.cli.phone import phone
from mppsim.cli.station import PhoneSettings
from mppsim.core.catalogue import find_model
from mppsim.core.identity import make_identity
from mppsim.core.profile import ProfileSetting
from mppsim.errors import CatalogueError, ProfileError, StartError
from mppsim.net.tls import TlsSettings
from tests.support.certificate_folders import make_folder
from tests.support.commands import PATIENCE, run_command, start_command
from tests.support.server_certificate import make_certificate

PROFILE = "<flat-profile><GPP_A ua='na'>1</GPP_A></flat-profile>"

FREE_PORTS = ("--sip-port", "0", "--web-port", "0")

Given = Callable[..., tuple[PhoneSettings, str | None]]


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> Given:
    """Run the command up to the moment at which it would switch the phone on."""
    seen: list[tuple[PhoneSettings, str | None]] = []

    async def look(settings: PhoneSettings, events: str | None) -> int:
        seen.append((settings, events))
        return 7

    def run(*arguments: str) -> tuple[PhoneSettings, str | None]:
        app = typer.Typer()
        app.command()(phone)
        assert app(args=list(arguments), standalone_mode=False) == 7
        return seen.pop()

    monkeypatch.setattr(phone_module, "operate", look)
    return run


def test_phone_without_options_is_this_one(given: Given) -> None:
    settings, events = given()

    assert settings.identity == make_identity(find_model("8851"))
    assert settings.baseline.release.name == "mpp-12.0"
    assert [profile.settings for profile in settings.profiles] == [()]
    assert (settings.sip_port, settings.web_port) == (5060, 8080)
    assert (settings.speed, settings.seconds) == (1.0, None)
    assert (settings.tls, events) == (TlsSettings(), None)


def test_every_option_reaches_the_phone(given: Given, tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).write_text(PROFILE)
    (tmp_path / "secret").write_text("hunter2\n")
    settings, events = given(
        *("--model", "7841", "--firmware", "mpp-11.3", "--mac", "00:56:2B:0A:FF:43"),
        *("--ip", "127.0.0.5", "--sip-port", "0", "--web-port", "1"),
        *("--speed", "60", "--for", "90s"),
        *("--profile", str(tmp_path / "one"), "--profile", str(tmp_path / "two")),
        *("--set", "GPP_B=2", "--set", f"Admin_Password=@{tmp_path}/secret"),
        *("--quirk", "boot_seconds=5", "--quirk", "retry_delays=1,2", "--insecure"),
        *("--ca", "ca.pem", "--events", "-"),
    )

    assert settings.identity == make_identity(
        find_model("7841"), mac="00562b0aff43", ip="127.0.0.5"
    )
    release = settings.baseline.release
    assert (release.name, release.boot_seconds, release.retry_delays) == ("mpp-11.3", 5.0, (1, 2))
    assert [len(profile.settings) for profile in settings.profiles] == [1, 1, 2]
    assert settings.profiles[2].settings == (
        ProfileSetting(name="GPP_B", value="2"),
        ProfileSetting(name="Admin_Password", value="hunter2"),
    )
    assert (settings.sip_port, settings.web_port) == (0, 1)
    assert (settings.speed, settings.seconds) == (60.0, 90.0)
    assert (settings.tls, events) == (TlsSettings(ca_file=Path("ca.pem"), insecure=True), "-")


@pytest.mark.parametrize(
    ("text", "server"),
    [
        ("", ""),
        ("tftp.example", "tftp.example"),
        ("192.0.2.1:6969", "192.0.2.1:6969"),
        ("[::1]:69", "[::1]"),
    ],
)
def test_tftp_server_is_a_host_perhaps_with_a_port(given: Given, text: str, server: str) -> None:
    settings, _ = given("--tftp-server", text)

    assert settings.identity.tftp_server == server


@pytest.mark.parametrize(
    "text", ["tftp://host", "host/path", "host:0", "h:99999", "joe@host", ":69", "a b", "?"]
)
def test_tftp_server_of_another_form_is_wrong_usage(given: Given, text: str) -> None:
    with pytest.raises(typer.BadParameter, match="--tftp-server"):
        given("--tftp-server", text)


def test_phone_with_a_certificate_is_the_phone_that_it_names(given: Given, tmp_path: Path) -> None:
    certificate = make_folder(tmp_path, "00562b0aff43").phone("00562b0aff43")
    settings, _ = given("--cert", str(certificate))

    identity = make_identity(find_model("8851"), mac="00562b0aff43")
    assert settings.identity == replace(identity, certificate=certificate)


def test_phone_may_show_anothers_certificate(given: Given, tmp_path: Path) -> None:
    certificate = make_folder(tmp_path).phone()
    settings, _ = given("--cert", str(certificate), "--mac", "00562b0aff43")

    assert (settings.identity.mac, settings.identity.certificate) == ("00562b0aff43", certificate)


def test_certificate_that_names_no_phone_leaves_it_the_usual_one(
    given: Given, tmp_path: Path
) -> None:
    files = make_certificate(tmp_path)
    both = tmp_path / "both.pem"
    both.write_bytes(files.certificate.read_bytes() + files.key.read_bytes())
    settings, _ = given("--cert", str(both))

    assert settings.identity.mac == make_identity(find_model("8851")).mac


@pytest.mark.parametrize(
    ("arguments", "error", "says"),
    [
        (("--model", "8852"), CatalogueError, "8851"),
        (("--firmware", "mpp-12"), CatalogueError, "mpp-12.0"),
        (("--quirk", "boot_second=1"), CatalogueError, "boot_seconds"),
        (("--quirk", "boot_seconds"), CatalogueError, "boot_seconds"),
        (("--mac", "00:11:22:33:44"), typer.BadParameter, "00:56:2B"),
        (("--ip", "lobby.example"), typer.BadParameter, "127.0.0.5"),
        (("--ip", "127.0.0.256"), typer.BadParameter, "127.0.0.5"),
        (("--for", "soon"), typer.BadParameter, "90s, 15m or 1h"),
        (("--set", "GPP_A"), typer.BadParameter, "NAME=VALUE"),
        (("--set", "GPP_A=@no-such-file"), StartError, "no-such-file: No such file"),
        (("--profile", "no-such.xml"), StartError, "no-such.xml: No such file"),
        (("--cert", "no-such.pem"), StartError, "no-such.pem: No such file"),
        (("--cert", "/dev/null"), StartError, "/dev/null: it holds no PEM certificate"),
        (("--profile", "/dev/null"), ProfileError, "/dev/null, line 1"),
    ],
    ids=str,
)
def test_what_cannot_be_is_refused_with_what_can(
    given: Given, arguments: tuple[str, ...], error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=says):
        given(*arguments)


@pytest.mark.parametrize(
    "arguments",
    [
        *(("--speed", text) for text in ("0", "-1", "nan", "inf", "1e7", "max")),
        *(("--sip-port", text) for text in ("-1", "65536", "sip")),
        *(("--web-port", text) for text in ("-1", "65536", "web")),
    ],
    ids=" ".join,
)
def test_number_out_of_its_range_is_wrong_usage(given: Given, arguments: tuple[str, ...]) -> None:
    with pytest.raises(typer.BadParameter):
        given(*arguments)


# The process.


def read_to(process: subprocess.Popen[str], start: str) -> list[str]:
    """Read lines up to one that begins so."""
    assert process.stdout is not None
    lines: list[str] = []
    while not lines or not lines[-1].startswith(start):
        line = process.stdout.readline()
        assert line, (lines, process.stderr and process.stderr.read())
        lines.append(line)
    return lines


def test_person_operates_the_phone(tmp_path: Path) -> None:
    events = tmp_path / "events.jsonl"
    with start_command("phone", *FREE_PORTS, "--events", str(events)) as process:
        assert process.stdin is not None
        read_to(process, "= ready")
        process.stdin.write("set Station_Display_Name=Lobby\nshow Station_Display_Name\n")
        process.stdin.flush()
        said = read_to(process, "= Station_Display_Name=Lobby")
        out, err = process.communicate("quit\n", timeout=PATIENCE)

    assert said[0] == "= set by phone: Station_Display_Name\n"
    assert (out, err, process.returncode) == ("= off\n", "", 0)
    told = [json.loads(line) for line in events.read_text().splitlines()]
    assert [event["event"] for event in told] == ["ready", "parameters_changed", "stopped"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_phone_ends_in_order_with_130(number: signal.Signals) -> None:
    with start_command("phone", *FREE_PORTS) as process:
        read_to(process, "= ready")
        process.send_signal(number)
        out, err = process.communicate(timeout=PATIENCE)

    assert (out, err, process.returncode) == ("= off\n", "", 130)


def test_phone_without_keys_runs_until_its_time_is_over_and_tells_json_alone() -> None:
    with Path(os.devnull).open() as nothing:
        ended = subprocess.run(
            (
                *(sys.executable, "-m", "mppsim", "phone", *FREE_PORTS, "--events", "-"),
                *("--set", "Report_Rule=http://127.0.0.1:9/$MA.xml", "--set", "GPP_SA=hunter2"),
                *("--set", "Report_To_Server=Periodically"),
                *("--set", "Periodic_Upload_To_Server=600", "--speed", "20000", "--for", "1h"),
            ),
            stdin=nothing,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )

    events = [json.loads(line) for line in ended.stdout.splitlines()]
    kinds = [event["kind"] for event in events if event["event"] == "trigger"]
    assert ended.returncode == 0
    assert (events[0]["event"], events[-1]["event"]) == ("ready", "stopped")
    assert events[-1]["at"] >= 3600.0
    assert kinds[0] == "restart"
    assert set(kinds[1:]) == {"periodic"}
    assert "hunter2" not in ended.stdout + ended.stderr
    assert "= off" in ended.stderr


def test_phone_whose_standard_input_is_closed_runs() -> None:
    ended = subprocess.run(
        (
            "sh",
            "-c",
            'exec "$0" -m mppsim phone --sip-port 0 --web-port 0 --for 10ms <&-',
            sys.executable,
        ),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )

    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.endswith("= off\n")


def test_terminal_that_knows_ascii_only_gets_every_line() -> None:
    keys = "set GPP_A=ü\nshow GPP_A\nquit\n"
    ended = run_command("phone", *FREE_PORTS, keys=keys, environment={"PYTHONIOENCODING": "ascii"})

    assert (ended.code, ended.err) == (0, "")
    assert ended.out.endswith("= off\n")
