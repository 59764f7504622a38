"""Secrets stay out of sight: secrets are planted everywhere, and everything that shows is searched.

Report_Rule is whole where a real phone shows it, in its own reports and on its own screen. Every
other line, event, log, repr and error has `***` or nothing in its place.
"""

import asyncio
import dataclasses
import importlib
import io
import json
import logging
import os
import pkgutil
import re
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import mppsim
from mppsim.cli.keypad import Keypad
from mppsim.core.encryption import decrypt_ikm, decrypt_key, encrypt_ikm, encrypt_key, read_ikm
from mppsim.core.events import Origin, ParametersChanged, ResyncFinished, StartUploads
from mppsim.core.parameters import ParameterChange
from mppsim.core.profile import parse_profile
from mppsim.core.report_rule import parse_report_rule, read_report_rule
from mppsim.core.rule_lexer import split_rules
from mppsim.core.settings import read_report_settings
from mppsim.core.upload import build_jobs
from mppsim.core.url import parse_url
from mppsim.errors import MppSimError
from mppsim.fleet.plan import EmbeddedPlan, GivenPhone, NotifyPlan
from mppsim.fleet.scenario.overrides import Overrides
from mppsim.http import Credentials
from mppsim.net.clock import RunClock
from mppsim.net.event_log import UploadFailed, UploadFinished, json_lines
from mppsim.net.sip_client import send_notify
from mppsim.net.sip_endpoint import SipEndpoint
from mppsim.results.folder import FILES
from mppsim.server import AuthScheme, Login, ServerSettings
from mppsim.sip import NotifyRequest, SipAccount
from tests.support.commands import run_command, run_commands
from tests.support.guide_desk import Desk, desk
from tests.support.raw_client import exchange, request
from tests.support.report_servers import RunningServer, report_server
from tests.support.timelines import make_store, profile_of

PATIENCE = 30.0

KEY = "Planted-key-7Qz"
PWD = "Planted-pwd-8Rx"
URL_PASSWORD = "Planted-url-9Sy"
IKM = "Planted-ikm-1Ta"
SA = "Planted-gpp-sa-2Ub"
ADMIN = "Planted-Admin-3Vc"
LINE = "Planted-line-4Wd"
PLANTED = "lanted-"
"""What every secret above holds, and nothing else in the world."""

RULE = f"[--delta --key {KEY} --uid joe --pwd {PWD}]http://joe:{URL_PASSWORD}@my_http_server/d.xml"
SECRETS = {
    "GPP_SA": SA,
    "IKM_HTTP_Encrypt_Content": IKM,
    "Admin_Password": ADMIN,
    "User_Password": ADMIN,
    "Password_1_": LINE,
    "Report_Rule": f"{RULE} [--status --key $SA]http://my_http_server/s.xml",
}
DEMO = ("demo keying material", "test123", "demo line password")


def found_in(text: str) -> list[str]:
    """Give the lines of a text that show a planted secret."""
    return [line for line in text.splitlines() if PLANTED in line]


# One phone, in this process.


@contextmanager
def everything_logged() -> Iterator[io.StringIO]:
    """Write down whatever is logged, however fine."""
    out = io.StringIO()
    handler, root = logging.StreamHandler(out), logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield out
    finally:
        root.removeHandler(handler)
        root.setLevel(level)


def as_shown(here: Desk) -> str:
    """Give what a phone told, in every form in which it can be shown."""
    out = io.StringIO()
    write = json_lines(out, RunClock(None))
    for happened in here.told:
        write(here.phone.identity.mac, happened)
        out.write(f"{happened}\n{happened!r}\n")
    return out.getvalue()


async def play(
    tmp_path: Path, settings: ServerSettings, **given: str
) -> tuple[Desk, RunningServer, str]:
    """Report with all the secrets there are; give what was shown and logged."""
    with everything_logged() as logged:
        async with report_server(tmp_path, settings) as server, desk() as here:
            here.lead_to(server.url)
            here.provision({**SECRETS, **given})
            deeds: dict[float, Callable[[], object]] = {
                10.0: here.set(Admin_Password=f"{ADMIN}-x", Password_1_=f"{LINE}-x", GPP_A="1"),
                20.0: partial(here.phone.obey, "report"),
            }
            await here.play(deeds, until=100.0)
    sent = "".join(f"{request!r}\n{request.url}\n" for request in here.uploads.requests)
    heard = "".join(f"{event!r}\n" for event in server.events)
    return here, server, as_shown(here) + sent + heard + logged.getvalue()


@pytest.mark.parametrize("scheme", AuthScheme)
async def test_phone_that_reports_shows_no_secret(tmp_path: Path, scheme: AuthScheme) -> None:
    login = Login(user="joe", password=PWD, scheme=scheme)
    settings = ServerSettings(keys=(KEY, SA), login=login)
    here, server, shown = await play(tmp_path, settings)

    assert len(here.occurred(UploadFinished)) == 2  # the deltas: the other rule has no --uid
    assert {event.encryption for event in server.received} == {"aes-256-cbc"}
    assert found_in(shown) == []


async def test_phone_that_fails_shows_no_secret(tmp_path: Path) -> None:
    login = Login(user="joe", password="another")
    here, server, shown = await play(tmp_path, ServerSettings(login=login))

    assert {failed.reason for failed in here.occurred(UploadFailed)} == {"auth", "status-401"}
    assert server.received == []
    assert found_in(shown) == []


async def test_changed_secrets_leave_in_no_delta(tmp_path: Path) -> None:
    delta = "[--delta]http://my_http_server/d.php"
    _, server, _ = await play(
        tmp_path, ServerSettings(), Report_Rule=delta, IKM_HTTP_Encrypt_Content=""
    )

    bodies = b"".join(server.files().values())
    assert b"<GPP_A" in bodies
    assert PLANTED.encode() not in bodies


async def test_full_report_holds_the_report_rule_whole_and_no_other_secret(tmp_path: Path) -> None:
    full = f"[--uid joe --pwd {PWD}]http://joe:{URL_PASSWORD}@my_http_server/full.xml"
    _, server, shown = await play(
        tmp_path,
        ServerSettings(),
        Report_Rule=full,
        HTTP_Report_Method="PUT",
        IKM_HTTP_Encrypt_Content="",
    )

    lines = found_in(server.files()["full.xml"].decode())
    assert lines == [f'<Report_Rule ua="na">{full}</Report_Rule>']
    assert found_in(shown) == []


async def test_status_holds_no_secret(tmp_path: Path) -> None:
    status = f"[--status --uid joe --pwd {PWD}]http://joe:{URL_PASSWORD}@my_http_server/s.xml"
    _, server, _ = await play(
        tmp_path,
        ServerSettings(),
        Report_Rule=status,
        HTTP_Report_Method="PUT",
        IKM_HTTP_Encrypt_Content="",
    )

    assert found_in(server.files()["s.xml"].decode()) == []


# Values and errors.


def planted_values() -> dict[str, Any]:
    """Give a value of every kind that holds a secret."""
    store = make_store(SECRETS)
    settings = read_report_settings(store.__getitem__)
    jobs = build_jobs(settings, store, {"SA": SA}.get, bookmarks=(0, 0), only_news=False)
    assert jobs[0].seal is not None
    change = ParameterChange("Password_1_", LINE)
    login = Login(user="joe", password=PWD)
    return {
        "rules": parse_report_rule(RULE),
        "reading": read_report_rule(f"{RULE} [--key {KEY}"),
        "rule texts": list(split_rules(f'{RULE} [--key "{KEY}" --pwd {PWD}]u')),
        "url": parse_url(f"http://joe:{URL_PASSWORD}@h/x"),
        "settings": settings,
        "jobs": jobs,
        "action": StartUploads(jobs),
        "profile": ResyncFinished(profile_of(SECRETS)),
        "change": ParametersChanged((change,), Origin.PHONE),
        "checked": store.check(SECRETS, from_profile=True),
        "view": store.view,
        "baseline": store.view.baseline.provisioned(profile_of(SECRETS)),
        "credentials": Credentials("joe", PWD),
        "account": SipAccount(user_id="1", password=LINE, realm="r", sha256=True),
        "notify": NotifyRequest(host="h", port=1, event="report", user="u", password=LINE),
        "server": ServerSettings(keys=(KEY,), ikm=IKM.encode(), login=login),
        "plan of NOTIFYs": NotifyPlan(user="u", password=LINE),
        "plan of a phone": GivenPhone(settings=(("Password_1_", LINE),)),
        "plan of a server": EmbeddedPlan(keys=(KEY,), ikm=IKM, user="joe", password=PWD),
        "what was said over a scenario": Overrides(settings=(("Password_1_", LINE),)),
    }


@pytest.mark.parametrize("name", list(planted_values()))
def test_value_does_not_show_its_secret(name: str) -> None:
    assert found_in(repr(planted_values()[name])) == []


SECRET_NAMES = {"key", "keys", "ikm", "pwd", "password", "secret", "passphrase", "mobile_password"}
NO_SECRETS = {"TlsFiles.key"}  # a path


def test_fields_that_hold_secrets_are_left_out_of_every_repr() -> None:
    shown = set()
    for info in pkgutil.walk_packages(mppsim.__path__, "mppsim."):
        if info.name == "mppsim.__main__":
            continue
        module = importlib.import_module(info.name)
        for value in (getattr(module, name) for name in getattr(module, "__all__", ())):
            if isinstance(value, type) and dataclasses.is_dataclass(value):
                shown |= {
                    f"{value.__name__}.{field.name}"
                    for field in dataclasses.fields(value)
                    if field.name in SECRET_NAMES and field.repr
                }

    assert shown - NO_SECRETS == set()


def broken_profile() -> object:
    return parse_profile(f"<flat-profile><Password_1_>{LINE}</b>".encode(), source="cfg.xml")


@pytest.mark.parametrize(
    "fail",
    [
        lambda: parse_report_rule(f"[--key {KEY} --pwd {PWD}"),
        lambda: parse_report_rule(f"[--key {KEY} {PWD}]http://h/x"),
        lambda: parse_report_rule(f'[--key "{KEY}]http://h/x'),
        lambda: parse_report_rule(f"[--delta --status --key {KEY}]http://joe:{URL_PASSWORD}@h/x"),
        lambda: parse_report_rule(f"[--key {KEY} --pwd]http://h/x"),
        lambda: parse_report_rule(f"[--key {KEY}]"),
        lambda: parse_url(f"http://joe:{URL_PASSWORD}@h:99999/x"),
        lambda: parse_url(f"http://joe:{URL_PASSWORD}@:80/x"),
        lambda: parse_url(f"http://joe:{URL_PASSWORD}@h h/x"),
        lambda: parse_url(f"http://{URL_PASSWORD}:{URL_PASSWORD}/x"),
        lambda: parse_url(f"ftp://joe:{URL_PASSWORD}@h/x"),
        lambda: read_ikm(IKM, "hex"),
        lambda: read_ikm(f"{IKM}+", "base64url"),
        lambda: decrypt_key(encrypt_key(b"<a/>" * 99, "a", digest="md5", random_bytes=bytes), KEY),
        lambda: decrypt_ikm(encrypt_ikm(b"<a/>", b"a", random_bytes=bytes), IKM.encode()),
        lambda: encrypt_key(b"", KEY, digest="sha1", random_bytes=bytes),
        broken_profile,
    ],
)
def test_error_does_not_show_the_secret_that_caused_it(fail: Callable[[], object]) -> None:
    with pytest.raises(MppSimError) as caught:
        fail()

    error = caught.value
    told = [str(error), repr(error)]
    # The lines of code in a traceback are ours; what is said of each error in the chain is not.
    link: BaseException | None = error
    while link is not None:
        told += traceback.format_exception_only(link)
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)
    assert found_in("\n".join(told)) == []


# The commands, in processes of their own.


KEYPAD = f"""\
show Report_Rule
show Admin_Password
show Password_1_
show GPP_SA
show IKM_HTTP_Encrypt_Content
set Password_1_={LINE}-x
set Admin_Password={ADMIN}-x
set GPP_SA={SA}
set IKM_HTTP_Encrypt_Content={IKM}
set Admin_Password={ADMIN}{"x" * 200}
set Pasword_1_={LINE}
set Report_Rule=[--key {KEY} --key {KEY}
set Report_Rule=[--delta --key "{KEY}]http://joe:{URL_PASSWORD}@127.0.0.1:1/x.xml
set Report_Rule=[--delta --key {KEY} --pwd {PWD}]http://joe:{URL_PASSWORD}@127.0.0.1:1/x.xml
restart
menu
help
quit
"""


async def run_phone(folder: Path, *arguments: str, keys: str) -> tuple[int | None, str, str]:
    """Run `mppsim phone` in this test's loop, so that its server can answer."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "mppsim", "phone", "--sip-port", "0", "--web-port", "0"),
        *arguments,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd=folder,
    )
    try:
        out, err = await asyncio.wait_for(process.communicate(keys.encode()), PATIENCE)
    finally:
        with suppress(ProcessLookupError):
            process.kill()
    return process.returncode, out.decode(), err.decode()


async def test_phone_on_the_terminal_shows_its_report_rule_on_its_screen_only(
    tmp_path: Path,
) -> None:
    settings = ServerSettings(keys=(KEY, SA))
    async with report_server(tmp_path / "reports", settings) as server:
        host = server.url.removeprefix("http://")
        rule = SECRETS["Report_Rule"].replace("my_http_server", host)
        elements = "".join(
            f"<{name}>{value}</{name}>\n"
            for name, value in {**SECRETS, "Report_Rule": rule}.items()
        )
        (tmp_path / "cfg.xml").write_text(f"<flat-profile>\n{elements}</flat-profile>\n")
        (tmp_path / "line").write_text(LINE)
        code, out, err = await run_phone(
            tmp_path,
            *("--profile", "cfg.xml", "--set", "Password_2_=@line", "--set", f"GPP_SB={SA}"),
            *("--set", "Report_To_Server=On Local Change", "--events", "events.jsonl"),
            keys=KEYPAD,
        )

    assert (code, err) == (0, "")
    assert found_in(out) == [f"= Report_Rule={rule}"]
    assert out.count("=*************") >= 4  # the passwords on its screen
    events = (tmp_path / "events.jsonl").read_text()
    assert {"parameters_changed", "rule_error"} <= {
        json.loads(line)["event"] for line in events.splitlines()
    }
    assert found_in(events) == []
    assert found_in("".join(map(repr, server.events))) == []


@pytest.mark.parametrize(
    "line", [f"set Password_1_ {LINE}", f"Password_1_={LINE}", f"set {LINE}", f"show {LINE}"]
)
async def test_keypad_does_not_repeat_a_line_that_it_cannot_read(line: str) -> None:
    said: list[str] = []
    async with desk() as here:
        here.phone.switch_on()
        Keypad(here.phone, say=said.append, switch_off=lambda: None).press(line.encode())

    assert len(said) == 1
    assert found_in(said[0]) == []


BAD_RULE = f"[--key {KEY} --pwd {PWD} --key x]http://joe:{URL_PASSWORD}@h/x"
COMMANDS = [
    ["rule", RULE, "--set", f"GPP_SA={SA}"],
    ["rule", RULE, "--set", f"GPP_SA={SA}", "--json"],
    ["rule", f"[--key $SA --uid $SA]http://$SA@h/$SA {RULE}", "--set", f"GPP_SA={SA}", "--json"],
    ["rule", f"[--key $SA --uid $SA]http://$SA@h/$SA {RULE}", "--set", f"GPP_SA={SA}"],
    ["rule", BAD_RULE],
    ["rule", BAD_RULE, "--json"],
    ["rule", f'[--key "{KEY} --pwd {PWD}]http://h/x'],
    ["rule", f"http://joe:{URL_PASSWORD}@h:99999/x"],
    ["rule", "http://joe:$A@h:$B/x", "--set", f"GPP_A={URL_PASSWORD}", "--set", "GPP_B=x"],
    ["rule", "http://h/x", "--set", f"IKM_HTTP_Encrypt_Content={IKM}"],
    [
        "rule",
        "http://h/x",
        "--set",
        f"IKM_HTTP_Encrypt_Content={IKM}",
        "--quirk",
        "ikm_encoding=hex",
    ],
    ["rule", "http://h/x", "--set", f"Pasword_1_={LINE}"],
    ["rule", "http://h/x", "--set", f"Admin_Password={ADMIN}{'x' * 200}"],
    ["phone", "--set", f"Password_1_ {LINE}"],
    ["phone", "--profile", "broken.xml"],
    ["phone", f"--password={PWD}"],
    ["decrypt", "sealed", "--key", KEY],
    ["decrypt", "sealed", "--ikm", IKM],
    ["decrypt", "sealed", "--ikm", IKM, "--ikm-encoding", "hex"],
    ["decrypt", "sealed", "--key", KEY, "--ikm", IKM],
    ["decrypt", "plain", "--key", KEY],
    ["serve", "--key", KEY, "--ikm", IKM, "--ikm-encoding", "hex"],
    ["serve", "--key", KEY, "--user", "a:b", "--password", PWD],
    ["serve", "--key", KEY, "--password", PWD],
    ["serve", "--key", KEY, "--user", "joe", "--password", PWD, "--listen", "192.0.2.1:0"],
    ["notify", "127.0.0.1", "--password", PWD],
    ["notify", "127.0.0.1:x", "--user", "joe", "--password", PWD],
]


def test_commands_show_no_secret_of_their_arguments(tmp_path: Path) -> None:
    sealed = encrypt_key(b"<a/>" * 99, "another", digest="sha256", random_bytes=os.urandom)
    (tmp_path / "sealed").write_bytes(sealed)
    (tmp_path / "plain").write_bytes(b"<a/>")
    (tmp_path / "broken.xml").write_text(f"<flat-profile><Password_1_>{LINE}</Password_2_>")

    ended = run_commands(COMMANDS, folder=tmp_path)

    shown = {
        " ".join(line): found_in(result.out + result.err)
        for line, result in zip(COMMANDS, ended, strict=True)
    }
    assert {line: lines for line, lines in shown.items() if lines} == {}
    assert {result.code for result in ended} == {0, 2, 3, 4}


async def test_notify_shows_no_password_on_either_side() -> None:
    async with desk() as here:
        here.provision({"User_ID_1_": "100", "Password_1_": LINE})
        here.phone.switch_on()
        endpoint = SipEndpoint(lambda _local, _user: here.phone, secret=bytes(32))
        endpoint.open("127.0.0.1", 0)
        host, port = endpoint.address
        outcomes = []
        for password in (LINE, f"{LINE}-wrong"):
            request = NotifyRequest(
                host=host, port=port, event="report", user="100", password=password
            )
            outcomes.append(await send_notify(request, random_bytes=os.urandom))
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "mppsim", "notify", f"{host}:{port}"),
            *("--user", "100", "--password", f"{LINE}-wrong"),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        out, _ = await asyncio.wait_for(process.communicate(), PATIENCE)
        endpoint.close()

    assert [outcome.status for outcome in outcomes] == [200, 401]
    assert process.returncode == 3
    assert found_in(as_shown(here) + repr(outcomes) + repr(here.phone.accounts)) == []
    assert found_in(out.decode()) == []


@pytest.mark.parametrize("events", [(), ("--events", "-")], ids=["lines", "events"])
async def test_server_shows_no_secret_of_its_own_nor_of_its_clients(
    tmp_path: Path, events: tuple[str, ...]
) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "mppsim", "serve", "--listen", "127.0.0.1:0", "--dir", "reports"),
        *("--key", KEY, "--ikm", IKM, "--user", "joe", "--password", PWD, *events),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd=tmp_path,
    )
    assert process.stdout is not None
    first = (await asyncio.wait_for(process.stdout.readline(), PATIENCE)).decode()
    (url,) = re.findall(r"http://[0-9.:]+", first)
    basic = "Authorization: Basic am9lOlBsYW50ZWQtcHdkLThSeA=="  # joe and PWD
    sealed = encrypt_key(f"<a>{LINE}</a>".encode(), KEY, digest="md5", random_bytes=os.urandom)
    answers = [
        await exchange(url, request("PUT", f"/a.xml?password={PWD}", sealed, basic)),
        await exchange(url, request("POST", f"/up?key={KEY}&x=1", sealed, basic)),
        await exchange(url, request("PUT", f"/../a.xml?pwd={PWD}", b"x", basic)),
        await exchange(url, request("PUT", "/a.xml", b"x", f"Authorization: Basic {PWD}")),
        await exchange(url, request("PUT", "/a.xml", b"x", f"Authorization: Digest {PWD}")),
        await exchange(url, request("DELETE", f"/a.xml?token={PWD}", None, basic)),
    ]
    process.send_signal(signal.SIGTERM)
    out, err = await asyncio.wait_for(process.communicate(), PATIENCE)

    assert [answer.status for answer in answers] == [201, 201, 400, 401, 401, 405]
    said = first + out.decode() + err.decode()
    assert said.count("\n") >= 7
    assert found_in(said) == []
    assert found_in(repr(answers)) == []


@pytest.mark.parametrize("arguments", [("--events", "-"), ("--json",), ("--plain",)], ids=str)
def test_demonstration_shows_none_of_its_secrets(
    arguments: tuple[str, ...], tmp_path: Path
) -> None:
    result = run_command("run", "--seed", "1", "--out", str(tmp_path), *arguments)
    shown = [result.out, result.err, *(file.read_text() for file in tmp_path.iterdir())]

    assert result.code == 0
    assert [secret for secret in DEMO if any(secret in text for text in shown)] == []


FLEET = f"""\
server: {{embedded: {{keys: [{KEY}], ikm: {IKM}, user: joe, password: {PWD}-x}}}}
clock: {{speed: max}}
duration: 1h
ports: {{sip: 0, web: 0}}
fleet:
  - name: lobby
    set:
      Report_Rule: "[--key {KEY} --uid joe --pwd {PWD}]${{server}}/$MA.xml [--key x{KEY}]http://joe:{URL_PASSWORD}@127.0.0.1:1/x"
      HTTP_Report_Method: PUT
      IKM_HTTP_Encrypt_Content: {IKM}
      GPP_SA: {SA}
      Admin_Password: {ADMIN}
      User_ID_1_: 100
      Password_1_: {LINE}
    start: {{as: power_on}}
    changes: {{every: 10m, of: [Admin_Password, Password_1_, GPP_A]}}
notify: {{event: report, at: 10m, user: pbx, password: {LINE}-x}}
thresholds: [reports.failed == 0]
"""


def test_fleet_that_fails_shows_no_secret_in_anything_that_it_leaves_behind(
    tmp_path: Path,
) -> None:
    (tmp_path / "fleet.yaml").write_text(FLEET)
    out = tmp_path / "out"
    result = run_command(
        *("run", "fleet.yaml", "--out", "out", "--events", "out/events.jsonl", "--plain"),
        *("--set", f"Password_2_={LINE}", "--yes-load", "127.0.0.1"),
        folder=tmp_path,
    )
    names = {file.name for file in out.iterdir()}
    shown = [result.out, result.err, *((out / name).read_text() for name in sorted(names))]

    assert result.code == 3
    assert names == set(FILES)
    assert "auth" in result.out
    assert [line for text in shown for line in found_in(text)] == []
