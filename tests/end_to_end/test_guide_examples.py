"""The guide's examples, by the guide's own words, from the trigger to the file on the server.

Source: the guide, "Report Current Phone Configuration to the Provisioning Server": six bullets of
Report Rules and the table of five fields. Its host `my_http_server` is used as it stands, port 80
and all: a resolver double leads it to the test's server.
"""

import asyncio
import re
import subprocess
from collections.abc import Callable, Mapping
from functools import partial
from itertools import pairwise
from pathlib import Path

import http_ece
import pytest
from lxml import etree

from mppsim.core.catalogue import parameter_set
from mppsim.core.events import Origin, TriggerFell, ValueRefused, Warned
from mppsim.core.report_rule import parse_report_rule
from mppsim.errors import ParameterError
from mppsim.net.event_log import UploadFailed, UploadFinished, UploadStarted
from mppsim.net.sip_client import NotifyOutcome, send_notify
from mppsim.net.sip_endpoint import SipEndpoint
from mppsim.server import ServerSettings
from mppsim.sip import NotifyRequest
from tests.support.guide_desk import GUIDE_HOST, Desk, desk
from tests.support.report_servers import RunningServer, report_server

ROOT = Path(__file__).parents[2]
SERVER = "http://my_http_server"

ABC = {"Station_Display_Name": "ABC"}
XYZ = {"GPP_A": "XYZ"}


def delta(values: Mapping[str, str]) -> bytes:
    """Write the delta that holds these values and nothing else."""
    elements = "".join(f'<{name} ua="na">{value}</{name}>\n' for name, value in values.items())
    return f"<env>\n<flat-profile>\n{elements}</flat-profile>\n</env>\n".encode()


EMPTY = delta({})
ON_CHANGE = {"Report_To_Server": "On Local Change", "Upload_Delay_On_Local_Change": "60"}


async def play(
    directory: Path,
    *given: str | Mapping[str, str],
    deeds: Callable[[Desk, RunningServer], Mapping[float, Callable[[], object]]] | None = None,
    until: float = 1000.0,
    firmware: str = "mpp-12.0",
    settings: ServerSettings | None = None,
) -> tuple[Desk, RunningServer]:
    """Play a timeline of a phone with these profiles against a server; give both, ended."""
    async with report_server(directory, settings) as server, desk(firmware=firmware) as here:
        here.lead_to(server.url)
        for each in given:
            here.provision(each)
        await here.play(deeds(here, server) if deeds else {}, until=until)
    assert here.occurred(UploadFailed) == []
    return here, server


def sent(here: Desk) -> list[tuple[str, str]]:
    """Give method and URL of every report, in order."""
    return [(request.method, str(request.url)) for request in here.uploads.requests]


def contents(server: RunningServer) -> list[str]:
    return [event.content for event in server.received]


def posted(server: RunningServer) -> list[bytes]:
    """Give the bodies that the server kept, in the order of their numbers."""
    return [body for _, body in sorted(server.files().items())]


def keep(server: RunningServer, name: str, kept: list[bytes]) -> Callable[[], object]:
    """Give the deed of looking at a file now, before the next report replaces it."""
    return lambda: kept.append(server.files()[name])


# The guide's own line, but for the file's name, which is not the one that it reports to.
OPENSSL = "openssl enc -d -aes-256-cbc -k test123 -in config-mpp-delta.enc.xml -out cfg.xml"


def openssl(folder: Path, *more: str) -> bytes:
    """Run the guide's line where the report is; give what it wrote."""
    subprocess.run((*OPENSSL.split(), *more), cwd=folder, check=True, capture_output=True)
    return (folder / "cfg.xml").read_bytes()


# The six bullets.


async def test_put_all_configuration(tmp_path: Path) -> None:
    rule = "http://my_http_server/config-mpp.xml"
    here, server = await play(
        tmp_path,
        {"HTTP_Report_Method": "PUT", "Report_Rule": rule},
        deeds=lambda here, _: {10.0: here.set(**ABC), 20.0: partial(here.phone.obey, "report")},
    )

    # The guide: "Then the phone will report the configuration data to ..."
    assert sent(here) == [("PUT", rule), ("PUT", rule)]
    # "or overwrite an existing report at a known location on the server"
    assert [event.status for event in server.received] == [201, 204]
    assert contents(server) == ["full", "full"]
    assert list(server.files()) == ["config-mpp.xml"]
    root = etree.fromstring(server.files()["config-mpp.xml"])
    values = {element.tag: element.text for element in root.iterfind("flat-profile/*")}
    assert values["Report_Rule"] == rule
    assert values["HTTP_Report_Method"] == "PUT"
    # "you may want to keep overwriting each report ... and only store the most current"
    assert values["Station_Display_Name"] == "ABC"
    view = here.phone.parameters
    reported = parameter_set(here.phone.identity.model, view.baseline.release).reported
    as_elements = [parameter.name for parameter in reported if parameter.form == "element"]
    assert [element.tag for element in root.iterfind("flat-profile/*")] == as_elements


async def test_put_changed_configuration(tmp_path: Path) -> None:
    rule = "[--delta]http://my_http_server/config-mpp-delta.xml;"
    kept: list[bytes] = []
    here, server = await play(
        tmp_path,
        {"HTTP_Report_Method": "PUT", "Report_Rule": rule, **ON_CHANGE},
        deeds=lambda here, server: {
            5.0: keep(server, "config-mpp-delta.xml", kept),
            10.0: here.set(**ABC),
        },
    )

    # "Then the phone will report changed configuration to ...": without the semicolon.
    assert sent(here) == [("PUT", "http://my_http_server/config-mpp-delta.xml")] * 2
    assert contents(server) == ["delta", "delta"]
    assert [*kept, *server.files().values()] == [EMPTY, delta(ABC)]


async def test_second_report_holds_what_changed_since_the_first(tmp_path: Path) -> None:
    # The guide: "Report 1 contains ABC changes", and Report 2 "XYZ changes (not ABC and XYZ)".
    _, server = await play(
        tmp_path,
        {"Report_Rule": f"[--delta]{SERVER}/up.php", **ON_CHANGE},
        deeds=lambda here, _: {10.0: here.set(**ABC), 200.0: here.set(**XYZ)},
    )

    assert posted(server) == [EMPTY, delta(ABC), delta(XYZ)]


@pytest.mark.parametrize(
    ("firmware", "digest", "body"),
    [
        ("mpp-12.0", (), delta(ABC)),
        ("mpp-11.3", (), delta(ABC).replace(b"<env>\n", b"").replace(b"</env>\n", b"")),
        (
            "mpp-11.2",
            ("-md", "md5"),
            delta(ABC).replace(b"<env>\n", b"").replace(b"</env>\n", b""),
        ),
    ],
    ids=["mpp-12.0", "mpp-11.3", "mpp-11.2"],
)
async def test_put_encrypted_delta_configuration(
    tmp_path: Path, firmware: str, digest: tuple[str, ...], body: bytes
) -> None:
    rule = "[--delta --key test123]http://my_http_server/config-mpp-delta.enc.xml;"
    here, server = await play(
        tmp_path,
        {"HTTP_Report_Method": "PUT", "Report_Rule": rule, **ON_CHANGE},
        deeds=lambda here, _: {10.0: here.set(**ABC)},
        firmware=firmware,
        settings=ServerSettings(keys=("test123",)),
    )

    assert sent(here) == [("PUT", "http://my_http_server/config-mpp-delta.enc.xml")] * 2
    assert {(event.content, event.encryption) for event in server.received} == {
        ("delta", "aes-256-cbc")
    }
    assert openssl(tmp_path, *digest) == body


async def test_put_status_data(tmp_path: Path) -> None:
    rule = "[--status]http://my_http_server/config-mpp-status.xml;"
    here, server = await play(tmp_path, {"HTTP_Report_Method": "PUT", "Report_Rule": rule})

    assert sent(here) == [("PUT", "http://my_http_server/config-mpp-status.xml")]
    assert contents(server) == ["status"]
    root = etree.fromstring(server.files()["config-mpp-status.xml"])
    assert root.tag == "flat-status"
    assert root.findtext("Product_Information/MAC_Address") == here.phone.identity.mac.upper()


@pytest.mark.parametrize(
    "between", ["\n", " ", "\r\n", "  \n", "\t"], ids=["newline", "space", "crlf", "both", "tab"]
)
async def test_put_changed_configuration_and_status(tmp_path: Path, between: str) -> None:
    rules = (
        "[--status]http://my_http_server/config-mpp-status.xml",
        "[--delta]http://my_http_server/config-mpp-delta.xml",
    )
    here, server = await play(
        tmp_path,
        {"HTTP_Report_Method": "PUT", "Report_Rule": between.join(rules), **ON_CHANGE},
        deeds=lambda here, _: {10.0: here.set(**ABC)},
    )

    assert (
        sent(here)
        == [
            ("PUT", "http://my_http_server/config-mpp-status.xml"),
            ("PUT", "http://my_http_server/config-mpp-delta.xml"),
        ]
        * 2
    )
    assert contents(server) == ["status", "delta"] * 2
    assert here.occurred(Warned) == []
    assert server.files()["config-mpp-delta.xml"] == delta(ABC)


async def test_two_rules_typed_into_the_phones_page_work_too(tmp_path: Path) -> None:
    rules = f"[--status]{SERVER}/status.xml\n[--delta]{SERVER}/delta.xml"
    typed = {"HTTP_Report_Method": "PUT", "Report_Rule": rules}

    def submit(here: Desk, _: RunningServer) -> dict[float, Callable[[], object]]:
        return {
            10.0: partial(here.phone.submit_changes, typed, origin=Origin.PAGE),
            20.0: partial(here.phone.obey, "report"),
        }

    here, server = await play(tmp_path, deeds=submit)

    assert sent(here) == [("PUT", f"{SERVER}/status.xml"), ("PUT", f"{SERVER}/delta.xml")]
    # The five fields are parameters like any other: setting them on the page is a local change.
    assert server.files()["delta.xml"] == delta(
        {"Report_Rule": rules.replace("\n", " "), "HTTP_Report_Method": "PUT"}
    )


async def test_post_changed_configuration(tmp_path: Path) -> None:
    rule = "[--delta]http://my_http_server/report_upload.php"
    here, server = await play(
        tmp_path,
        {"HTTP_Report_Method": "POST", "Report_Rule": rule, **ON_CHANGE},
        deeds=lambda here, _: {10.0: here.set(**ABC)},
    )

    assert sent(here) == [("POST", "http://my_http_server/report_upload.php")] * 2
    # What `file_get_contents('php://input')` gives: the XML itself, whatever the header says.
    assert dict(here.uploads.requests[1].headers)["Content-Type"] == (
        "application/x-www-form-urlencoded"
    )
    # "store all the reports on the server"
    assert server.files() == {
        "report_upload.php.d/000001.xml": EMPTY,
        "report_upload.php.d/000002.xml": delta(ABC),
    }


def test_guides_host_is_no_error_although_it_has_underscores() -> None:
    (rule,) = parse_report_rule("http://my_http_server/config-mpp.xml")

    assert rule.target == "http://my_http_server/config-mpp.xml"


# The table: Report Rule.

PAIR = """<flat-profile>
<{tag} ua="na">
  [--delta]http://my_http_server/config-mpp-delta.xml
  [--status]http://my_http_server/config-mpp-status.xml
</{tag}>
</flat-profile>
"""


async def test_xml_form_with_its_pair_of_rules(tmp_path: Path) -> None:
    here, server = await play(tmp_path, PAIR.format(tag="Report_Rule"))

    # The guide of HTTP Report Method: "Default: POST"
    assert sent(here) == [
        ("POST", "http://my_http_server/config-mpp-delta.xml"),
        ("POST", "http://my_http_server/config-mpp-status.xml"),
    ]
    assert contents(server) == ["delta", "status"]
    assert here.occurred(Warned) == []


async def test_xml_form_as_the_guide_misprints_it_reports_nothing_and_says_why(
    tmp_path: Path,
) -> None:
    here, server = await play(
        tmp_path,
        PAIR.format(tag="Profile_Rule"),
        deeds=lambda here, _: {10.0: partial(here.phone.obey, "report")},
    )

    assert (sent(here), server.events) == ([], [])
    warned = {(said.name, "Report_Rule" in said.reason) for said in here.occurred(Warned)}
    assert warned == {("Profile_Rule", True)}


@pytest.mark.parametrize(
    "rule",
    [
        '[--delta --key "test123"]{}/a.xml',
        '[--key "test123" --delta]{}/a.xml;',
        "[--delta --key “test123”]{}/a.xml",
        "[ --delta --key test123 ] {}/a.xml",
    ],
)
async def test_key_may_be_enclosed_in_quotes(tmp_path: Path, rule: str) -> None:
    here, server = await play(
        tmp_path,
        {"Report_Rule": rule.format(SERVER)},
        settings=ServerSettings(keys=("test123",)),
    )

    assert sent(here) == [("POST", f"{SERVER}/a.xml")]
    assert [(r.content, r.encryption) for r in server.received] == [("delta", "aes-256-cbc")]


@pytest.mark.parametrize("content", ["", "[--status]", "[--delta]"])
async def test_key_seals_every_content(tmp_path: Path, content: str) -> None:
    # The guide: it encrypts "the file (configuration, status, or delta)".
    _, server = await play(
        tmp_path,
        {"Report_Rule": f"{content}[--key test123]{SERVER}/a.xml"},
        settings=ServerSettings(keys=("test123",)),
    )

    expected = content.strip("[-]") or "full"
    assert [(r.content, r.encryption) for r in server.received] == [(expected, "aes-256-cbc")]


async def test_two_rules_with_nothing_between_them_are_no_two_rules(tmp_path: Path) -> None:
    # "you must separate the two rules with a space"
    rule = f"[--delta]{SERVER}/a.xml[--status]{SERVER}/b.xml"
    async with desk() as here:
        here.provision({"Report_Rule": rule})
        await here.play({}, until=10.0)

    assert sent(here) == []
    assert [str(said) for said in here.told if "Report_Rule" in str(said)] != []


# The note: RFC 8188 with Input Keying Material.

IKM = "mppsim-example-ikm"


async def test_body_is_sealed_with_the_ikm_where_no_key_is_given(tmp_path: Path) -> None:
    profile = (ROOT / "profiles" / "put-delta-rfc8188.xml").read_text()
    here, server = await play(
        tmp_path,
        profile,
        ON_CHANGE,
        deeds=lambda here, _: {10.0: here.set(**ABC)},
        settings=ServerSettings(ikm=IKM.encode()),
    )

    assert [(r.content, r.encryption) for r in server.received] == [("delta", "aes128gcm")] * 2
    assert dict(here.uploads.requests[0].headers)["Content-Encoding"] == "aes128gcm"
    sealed = server.files()["config-mpp-delta.enc.xml"]
    assert http_ece.decrypt(sealed, key=IKM.encode(), version="aes128gcm") == delta(ABC)


async def test_key_wins_over_the_ikm(tmp_path: Path) -> None:
    # "do not specify the --key argument" where RFC 8188 is wanted
    here, server = await play(
        tmp_path,
        {
            "IKM_HTTP_Encrypt_Content": IKM,
            "Report_Rule": f"[--delta --key test123]{SERVER}/a.xml [--status]{SERVER}/b.xml",
        },
        settings=ServerSettings(keys=("test123",), ikm=IKM.encode()),
    )

    assert [r.encryption for r in server.received] == ["aes-256-cbc", "aes128gcm"]
    encodings = [dict(r.headers).get("Content-Encoding") for r in here.uploads.requests]
    assert encodings == [None, "aes128gcm"]


# The table: HTTP Report Method, and the guide's spelling of the other fields.


@pytest.mark.parametrize(
    ("given", "method"),
    [({}, "POST"), ({"HTTP_Report_Method": "PUT"}, "PUT")],
    ids=["unset", "PUT"],
)
async def test_method_is_post_unless_it_is_set(
    tmp_path: Path, given: dict[str, str], method: str
) -> None:
    here, server = await play(tmp_path, {"Report_Rule": f"{SERVER}/a.xml", **given})

    assert sent(here) == [(method, f"{SERVER}/a.xml")]
    assert [r.method for r in server.received] == [method]


async def test_guides_spelling_of_the_fields_is_obeyed_with_a_warning(tmp_path: Path) -> None:
    xml = """<flat-profile>
<HTTP_Report_Method ua="na">PUT</HTTP_Report_Method>
<Report_to_Server ua="na">Periodically</Report_to_Server>
<periodic_upload_to_server ua="na">3600</periodic_upload_to_server>
<Upload_Delay_On_Local_Change ua="na">60</Upload_Delay_On_Local_Change>
</flat-profile>"""
    here, server = await play(
        tmp_path, xml, {"Report_Rule": f"[--status]{SERVER}/s.xml"}, until=8000.0
    )

    assert [(said.name, said.reason.split()[2].rstrip(",")) for said in here.occurred(Warned)] == [
        ("Report_to_Server", "Report_To_Server"),
        ("periodic_upload_to_server", "Periodic_Upload_To_Server"),
    ]
    assert here.times_of(UploadStarted) == [0.0, 3600.0, 7200.0]
    assert contents(server) == ["status"] * 3


# The table: Report to Server.


async def test_on_request_reports_on_a_sip_notify_and_on_a_restart_only(tmp_path: Path) -> None:
    # "only when an administrator sends a sip notify event, or the phone restarts"
    outcomes: list[NotifyOutcome] = []
    tasks: list[asyncio.Task[None]] = []

    async with report_server(tmp_path) as server, desk() as here:
        here.lead_to(server.url)
        here.provision({"Report_Rule": f"[--delta]{SERVER}/up.php"})
        endpoint = SipEndpoint(lambda _local, _user: here.phone, secret=bytes(32))
        endpoint.open("127.0.0.1", 0)
        host, port = endpoint.address

        async def notify() -> None:
            request = NotifyRequest(host=host, port=port, event="report")
            outcomes.append(await send_notify(request, random_bytes=bytes))
            here.timers.release()

        def send() -> None:
            here.timers.hold()
            tasks.append(asyncio.create_task(notify()))

        deeds: dict[float, Callable[[], object]] = {
            100.0: here.set(**ABC),
            5000.0: send,
            6000.0: here.set(**XYZ),
            9000.0: partial(here.phone.restart, "User Triggered"),
        }
        await here.play(deeds, until=20_000.0)
        endpoint.close()

    assert [outcome.status for outcome in outcomes] == [200]
    assert [fell.kind for fell in here.occurred(TriggerFell)] == ["restart", "notify", "restart"]
    assert here.times_of(UploadStarted) == [0.0, 5000.0, 9000.0]
    assert posted(server) == [EMPTY, delta(ABC), delta(XYZ)]


@pytest.mark.parametrize("origin", [Origin.PHONE, Origin.PAGE])
async def test_on_local_change_waits_and_reports_changes_in_batches(
    tmp_path: Path, origin: Origin
) -> None:
    # "changes by an action on the phone or on the phone administration web page"
    def deeds(here: Desk, _: RunningServer) -> dict[float, Callable[[], object]]:
        submit = partial(here.phone.submit_changes, origin=origin)
        return {100.0: partial(submit, ABC), 130.0: partial(submit, XYZ)}

    # "The phone waits for a few seconds after a change is made": 60 by default.
    here, server = await play(
        tmp_path,
        {"Report_Rule": f"[--delta]{SERVER}/up.php", "Report_To_Server": "On Local Change"},
        deeds=deeds,
    )

    assert [fell.kind for fell in here.occurred(TriggerFell)] == ["restart", "local_change"]
    assert here.times_of(UploadStarted) == [0.0, 190.0]
    # "changes are reported ... in batches, rather than reporting a single change at a time"
    assert posted(server) == [EMPTY, delta({**XYZ, **ABC})]


async def test_on_local_change_does_not_report_what_a_profile_sets(tmp_path: Path) -> None:
    here, _ = await play(
        tmp_path,
        {"Report_Rule": f"[--delta]{SERVER}/up.php", **ON_CHANGE},
        deeds=lambda here, _: {10.0: partial(here.provision, ABC)},
    )

    assert here.times_of(UploadStarted) == [0.0]


async def test_periodically_reports_at_regular_intervals(tmp_path: Path) -> None:
    # "The interval is expressed in seconds."
    here, _ = await play(
        tmp_path,
        {
            "Report_Rule": f"[--status]{SERVER}/up.php",
            "Report_To_Server": "Periodically",
            "Periodic_Upload_To_Server": "600",
        },
        deeds=lambda here, _: {700.0: here.set(**ABC)},
        until=2500.0,
    )

    assert here.times_of(UploadStarted) == [0.0, 600.0, 1200.0, 1800.0, 2400.0]
    assert {later - earlier for earlier, later in pairwise(here.times_of(UploadFinished))} == {600}


@pytest.mark.parametrize("mode", ["On Request", "On Local Change"])
async def test_interval_counts_for_nothing_unless_the_phone_reports_periodically(
    tmp_path: Path, mode: str
) -> None:
    # "This field is used only when Report to Server is set to Periodically."
    given = {"Report_Rule": f"{SERVER}/a.xml", "Report_To_Server": mode}
    here, _ = await play(tmp_path, {**given, "Periodic_Upload_To_Server": "600"}, until=5000.0)

    assert here.times_of(UploadStarted) == [0.0]


# The table: allowed values.

DELAY = "Upload_Delay_On_Local_Change"
PERIOD = "Periodic_Upload_To_Server"
TO_SERVER = "Report_To_Server"
METHOD = "HTTP_Report_Method"
LIMITS = [
    # "An integer ranging between 10 and 900"
    ("mpp-12.0", DELAY, "10", True),
    ("mpp-12.0", DELAY, "900", True),
    ("mpp-12.0", DELAY, "9", False),
    ("mpp-12.0", DELAY, "901", False),
    ("mpp-12.0", DELAY, "60.5", False),
    ("mpp-12.0", DELAY, "a minute", False),
    ("mpp-12.0", DELAY, "-60", False),
    # "An integer ranging between 600 and 259200"
    ("mpp-12.0", PERIOD, "600", True),
    ("mpp-12.0", PERIOD, "259200", True),
    ("mpp-12.0", PERIOD, "599", False),
    ("mpp-12.0", PERIOD, "259201", False),
    ("mpp-11.3", PERIOD, "259201", False),
    ("mpp-11.2", PERIOD, "259201", True),  # before 11.3 it went up to thirty days
    ("mpp-11.2", PERIOD, "2592000", True),
    ("mpp-11.2", PERIOD, "2592001", False),
    # The guide's list: On Request, On Local Change, Periodically.
    ("mpp-12.0", TO_SERVER, "On Local Change", True),
    ("mpp-12.0", TO_SERVER, "Periodically", True),
    ("mpp-12.0", TO_SERVER, "Never Report", True),  # on no guide's list, and kept all the same
    ("mpp-12.0", TO_SERVER, "Sometimes", False),
    # The guide's list: PUT, POST.
    ("mpp-12.0", METHOD, "PUT", True),
    ("mpp-12.0", METHOD, "PATCH", False),
]


@pytest.mark.parametrize(("firmware", "name", "value", "is_allowed"), LIMITS)
async def test_values_outside_the_guides_limits_are_refused_and_change_nothing(
    firmware: str, name: str, value: str, is_allowed: bool
) -> None:
    async with desk(firmware=firmware) as here:
        before = here.phone.parameters[name]
        here.provision({name: value, **ABC})

        # "the rest of a profile still applies"
        assert here.phone.parameters["Station_Display_Name"] == "ABC"
        assert here.phone.parameters[name] == (value if is_allowed else before)
        assert [said.name for said in here.occurred(ValueRefused)] == [name] * (not is_allowed)


async def test_value_outside_the_limits_is_refused_on_the_phone_too() -> None:
    async with desk() as here:
        here.phone.switch_on()
        with pytest.raises(ParameterError, match=r"Upload_Delay_On_Local_Change: .*10.*900"):
            here.phone.submit_changes({DELAY: "9", **ABC})

        assert here.phone.parameters["Station_Display_Name"] == ""
        assert here.phone.parameters[DELAY] == "60"


@pytest.mark.parametrize(("delay", "due"), [("10", 110.0), ("60", 160.0), ("900", 1000.0)])
async def test_delay_is_what_it_says(tmp_path: Path, delay: str, due: float) -> None:
    here, _ = await play(
        tmp_path,
        {"Report_Rule": f"[--delta]{SERVER}/a.xml", **ON_CHANGE, DELAY: delay},
        deeds=lambda here, _: {100.0: here.set(**ABC)},
        until=2000.0,
    )

    assert here.times_of(UploadStarted) == [0.0, due]


async def test_defaults_are_the_guides() -> None:
    async with desk() as here:
        view = here.phone.parameters

        assert [view[name] for name in (METHOD, TO_SERVER, PERIOD, DELAY)] == [
            "POST",
            "On Request",
            "3600",
            "60",
        ]


# What the manual's table says of each example is what happens with its profile.


def manual_rows() -> list[tuple[str, ...]]:
    """Read the table of docs/guide-examples.md: method, rules, contents, encryption, file."""
    text = (ROOT / "docs" / "guide-examples.md").read_text()
    rows = (line.strip("|").split("|") for line in text.splitlines() if line.startswith("| ["))
    return [tuple(cell.strip() for cell in row[1:]) for row in rows]


def test_manuals_table_has_the_six_bullets_the_xml_form_and_the_note() -> None:
    assert len(manual_rows()) == 8


@pytest.mark.parametrize("row", manual_rows(), ids=lambda row: row[-1].strip("`"))
async def test_manuals_table_tells_what_happens(tmp_path: Path, row: tuple[str, ...]) -> None:
    method, rules, promised, encryption, file = row
    profile = (ROOT / "profiles" / file.strip("`")).read_text()
    settings = ServerSettings(keys=("test123",), ikm=IKM.encode())
    here, server = await play(tmp_path, profile, settings=settings)

    targets = re.findall(r"`(?:\[[^]]*\])?(http://[^`;]+);?`", rules)
    assert sent(here) == [(method.split(",")[0], target) for target in targets]
    assert contents(server) == promised.split(", then ")
    names = {"": "none", "AES-256-CBC": "aes-256-cbc", "`aes128gcm`": "aes128gcm"}
    assert {event.encryption for event in server.received} == {names[encryption]}
    assert all(request.url.host == GUIDE_HOST for request in here.uploads.requests)
