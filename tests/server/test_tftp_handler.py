"""What comes of each TFTP request: files, errors, events. No socket is opened."""

import hashlib
from pathlib import Path

import pytest

from mppsim.core.encryption import encrypt_ikm, encrypt_key
from mppsim.server import Received, ServerEvent, ServerSettings, TurnedAway
from mppsim.server.refusal import Refused
from mppsim.server.settings import Limits
from mppsim.server.storage import ReportStore
from mppsim.server.tftp_handler import DALLY_SECONDS, Service, TftpHandler
from mppsim.tftp import Tid
from mppsim.tftp.packet import ErrorCode, ErrorPacket, Request, RequestKind

CLIENT = Tid("192.0.2.1", 1024)
DELTA = (
    b'<env>\n<flat-profile>\n<Ringer_Volume ua="na">9</Ringer_Volume>\n</flat-profile>\n</env>\n'
)
IKM = b"input keying material"


class Desk:
    """A handler over a directory of its own, and what it told."""

    def __init__(self, directory: Path, settings: ServerSettings) -> None:
        self.directory = directory
        self.events: list[ServerEvent] = []
        self.handler = TftpHandler(settings, ReportStore(directory), self.events.append)

    def ask(self, kind: RequestKind, path: str, mode: str = "octet", **options: str) -> Service:
        request = Request(kind=kind, path=path, mode=mode, options=options)
        return self.handler.answer(request, CLIENT)

    def write(self, path: str, body: bytes, **options: str) -> bytes:
        """Write a file of one block; give what the client hears last."""
        service = self.ask(RequestKind.WRITE, path, **options)
        service.transfer.begin(0.0)
        answer = service.transfer.take(b"\0\3\0\1" + body, CLIENT, 0.1)
        service.end()
        assert answer is not None
        return answer.datagram


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    settings = ServerSettings(keys=("test123",), ikm=IKM, limits=Limits(body_bytes=1000))
    return Desk(tmp_path / "reports", settings)


def test_report_is_kept_where_its_path_says_and_told(desk: Desk) -> None:
    assert desk.write("/a/00562b043615.xml", DELTA) == b"\0\4\0\1"
    assert (desk.directory / "a/00562b043615.xml").read_bytes() == DELTA
    assert desk.events == [
        Received(
            method="WRQ",
            path="/a/00562b043615.xml",
            phone="00562b043615",
            content="delta",
            encryption="none",
            bytes=len(DELTA),
            sha256=hashlib.sha256(DELTA).hexdigest(),
            status=None,
        )
    ]


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("a.xml", "a.xml"),
        ("/a b.xml", "a b.xml"),
        ("/100%.xml", "100%.xml"),
        ("/a%2fb.xml", "a%2fb.xml"),
        ("/up.php?mac=1", "up.php?mac=1"),
        ("/é.xml", "é.xml"),
    ],
)
def test_path_is_taken_by_its_bytes(desk: Desk, path: str, name: str) -> None:
    desk.write(path, DELTA)

    assert (desk.directory / name).read_bytes() == DELTA


@pytest.mark.parametrize(
    ("body", "content", "encryption"),
    [
        (encrypt_key(DELTA, "test123", digest="md5", random_bytes=bytes), "delta", "aes-256-cbc"),
        (encrypt_ikm(DELTA, IKM, random_bytes=bytes), "delta", "aes128gcm"),
        (encrypt_ikm(DELTA, b"another", random_bytes=bytes), "unknown", "none"),
        (b"anything", "unknown", "none"),
    ],
)
def test_report_is_recognised_without_a_header_that_says_how_it_is_sealed(
    desk: Desk, body: bytes, content: str, encryption: str
) -> None:
    desk.write("/a", body)

    [event] = desk.events
    assert isinstance(event, Received)
    assert (event.content, event.encryption) == (content, encryption)


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/../a", ErrorCode.ACCESS_VIOLATION),
        ("../a", ErrorCode.ACCESS_VIOLATION),
        ("/.hidden", ErrorCode.ACCESS_VIOLATION),
        ("a\\b", ErrorCode.ACCESS_VIOLATION),
        ("/\x1b[2J", ErrorCode.ACCESS_VIOLATION),
        ("/" + "a" * 250, ErrorCode.ACCESS_VIOLATION),
    ],
)
@pytest.mark.parametrize("kind", RequestKind)
def test_path_that_leads_nowhere_is_refused_at_once(
    desk: Desk, kind: RequestKind, path: str, code: ErrorCode
) -> None:
    with pytest.raises(Refused) as raised:
        desk.ask(kind, path)

    request = Request(kind=kind, path=path)
    assert desk.handler.turn_away(request, raised.value).code == code
    [event] = desk.events
    assert isinstance(event, TurnedAway)
    assert (event.method, event.status) == (kind, code)


@pytest.mark.parametrize("mode", ["netascii", "mail", ""])
def test_mode_that_changes_bytes_is_refused(desk: Desk, mode: str) -> None:
    with pytest.raises(Refused, match="octet"):
        desk.ask(RequestKind.WRITE, "/a", mode)


@pytest.mark.parametrize(
    ("status", "code"), [(404, 1), (413, 3), (507, 3), (500, 0), (503, 0), (403, 2), (409, 2)]
)
def test_each_refusal_has_its_error_code(desk: Desk, status: int, code: int) -> None:
    request = Request(kind=RequestKind.READ, path="/a")

    assert desk.handler.turn_away(request, Refused(status, "why")) == ErrorPacket(code, "why")


def test_report_that_is_announced_too_large_is_refused_at_once(desk: Desk) -> None:
    with pytest.raises(Refused, match="larger than 1000 bytes"):
        desk.ask(RequestKind.WRITE, "/a", tsize="1001")
    desk.ask(RequestKind.WRITE, "/a", tsize="1000")


def test_report_that_grows_too_large_is_not_kept(desk: Desk) -> None:
    answer = desk.write("/a", bytes(1001), blksize="1428")

    assert answer == b"\0\5\0\3the file is larger than 1000 bytes\0"
    assert not (desk.directory / "a").exists()
    assert [event for event in desk.events if isinstance(event, TurnedAway)] == [
        TurnedAway(
            method="WRQ",
            path="/a",
            phone="",
            status=3,
            reason="the file is larger than 1000 bytes",
        )
    ]


def test_report_that_is_cut_off_leaves_the_good_file_and_is_told(desk: Desk) -> None:
    desk.write("/00562b043615.xml", DELTA)
    service = desk.ask(RequestKind.WRITE, "/00562b043615.xml")
    service.transfer.begin(0.0)
    service.transfer.take(b"\0\3\0\1" + bytes(512), CLIENT, 0.1)
    service.end()

    assert (desk.directory / "00562b043615.xml").read_bytes() == DELTA
    assert desk.events[1:] == [
        TurnedAway(
            method="WRQ",
            path="/00562b043615.xml",
            phone="00562b043615",
            status=None,
            reason="the client left before its report was whole",
        )
    ]


def test_report_on_a_directory_gets_an_error_in_place_of_its_last_ack(desk: Desk) -> None:
    (desk.directory / "a").mkdir()

    assert desk.write("/a", DELTA).startswith(b"\0\5\0\2the path names a directory")
    [event] = desk.events
    assert isinstance(event, TurnedAway)
    assert event.status == ErrorCode.ACCESS_VIOLATION


def test_kept_report_is_acknowledged_again_for_a_while(desk: Desk) -> None:
    service = desk.ask(RequestKind.WRITE, "/a")
    service.transfer.begin(0.0)
    service.transfer.take(b"\0\3\0\1", CLIENT, 0.1)

    assert service.transfer.deadline == pytest.approx(0.1 + DALLY_SECONDS)
    service.end()
    assert len(desk.events) == 1


def test_file_is_served_with_its_size(desk: Desk) -> None:
    desk.write("/a", DELTA)
    service = desk.ask(RequestKind.READ, "/a", blksize="64", tsize="0")
    first = service.transfer.begin(0.0)
    second = service.transfer.take(b"\0\4\0\0", CLIENT, 0.1)
    service.end()

    assert first.datagram == b"\0\6blksize\x0064\0tsize\0%d\0" % len(DELTA)
    assert second is not None
    assert second.datagram == b"\0\3\0\1" + DELTA[:64]


def test_file_that_is_not_there_is_error_1(desk: Desk) -> None:
    with pytest.raises(Refused) as raised:
        desk.ask(RequestKind.READ, "/nothing")

    error = desk.handler.turn_away(Request(kind=RequestKind.READ, path="/nothing"), raised.value)
    assert error == ErrorPacket(ErrorCode.NOT_FOUND, "no such file")


def test_path_in_no_known_code_is_refused_and_told_in_letters(desk: Desk) -> None:
    with pytest.raises(Refused) as raised:
        desk.ask(RequestKind.WRITE, "/\udce9")
    desk.handler.turn_away(Request(kind=RequestKind.WRITE, path="/\udce9"), raised.value)

    [event] = desk.events
    assert isinstance(event, TurnedAway)
    assert event.path == "/\\udce9"
