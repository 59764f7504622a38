"""A phone that reports by TFTP, from its rule to the file, and what bad servers cost."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from mppsim.core.catalogue import find_model
from mppsim.core.encryption import decrypt_ikm
from mppsim.core.firmware import load_release
from mppsim.core.identity import PhoneIdentity, make_mac, make_serial
from mppsim.core.parameters import Baseline
from mppsim.net.clock import RunClock
from mppsim.net.event_log import Occurrence, UploadFailed, UploadFinished, UploadStarted
from mppsim.net.phone import Phone
from mppsim.net.surroundings import Surroundings
from mppsim.net.tftp import TftpClient
from mppsim.net.timers import Timers
from mppsim.net.upload_routes import UploadRoutes
from mppsim.net.uploader import UploadEngine
from mppsim.server import ServerSettings
from mppsim.tftp import TransferLimits
from tests.support.raw_client import exchange, request
from tests.support.report_servers import RunningServer, report_server
from tests.support.timelines import profile_of
from tests.support.udp_peer import UdpPeer, closed_udp_port, udp_peer

MAC = "00562b000001"
RULE = "[--delta]/$MA-delta.xml"
SERVED = ServerSettings(tftp_host="127.0.0.1", tftp_port=0, ikm=b"walrus")


class Desk:
    """A phone that is up, and what it told."""

    def __init__(self, surroundings_of: Callable[[Callable[..., None]], Surroundings]) -> None:
        self.told: list[Occurrence] = []
        self._surroundings = surroundings_of(lambda _mac, what: self.told.append(what))
        self.phone: Phone

    def start(self, tftp_server: str, values: dict[str, str]) -> None:
        model = find_model("8851")
        baseline, _ = Baseline.factory(model, load_release("mpp-12.0")).provisioned(
            profile_of(values)
        )
        mac = make_mac(model)
        identity = PhoneIdentity(
            model=model, mac=mac, serial=make_serial(mac), tftp_server=tftp_server
        )
        self.phone = Phone(identity, baseline, self._surroundings, running_since=0.0)

    async def report(self) -> Occurrence:
        """Have the phone report; give how that ended."""
        self.phone.obey("report")
        assert await self._surroundings.timers.settle(20), "the report never ends"
        return self.told[-1]


@asynccontextmanager
async def desk_of(
    tftp_server: str, limits: TransferLimits | None = None, **values: str
) -> AsyncIterator[Desk]:
    with UploadEngine() as http, TftpClient(limits) as tftp:
        desk = Desk(
            lambda tell: Surroundings(
                timers=Timers(RunClock(None)),
                uploads=UploadRoutes(http, tftp),
                random_bytes=bytes,
                tell=tell,
                epoch=0.0,
            )
        )
        desk.start(tftp_server, {"Report_Rule": RULE, **values})
        yield desk
        desk.phone.switch_off()


def address_of(server: RunningServer) -> str:
    return f"{server.tftp.host}:{server.tftp.port}"


async def test_report_to_a_bare_path_arrives_and_can_be_fetched_by_http(tmp_path: Path) -> None:
    async with report_server(tmp_path, SERVED) as server:
        rule = "/$MA.xml [--status]tftp://" + address_of(server) + "/status/$MA.xml"
        async with desk_of(address_of(server), Report_Rule=rule) as desk:
            await desk.report()
        fetched = await exchange(server.url, request("GET", f"/{MAC}.xml", None))

        started = [what for what in desk.told if isinstance(what, UploadStarted)]
        finished = [what for what in desk.told if isinstance(what, UploadFinished)]
        assert [(what.method, what.url) for what in started] == [
            ("WRQ", f"tftp://{address_of(server)}/{MAC}.xml"),
            ("WRQ", f"tftp://{address_of(server)}/status/{MAC}.xml"),
        ]
        assert [(what.method, what.status, what.bytes) for what in finished] == [
            ("WRQ", None, what.bytes) for what in started
        ]
        assert [(what.content, what.phone) for what in server.received] == [
            ("full", MAC),
            ("status", MAC),
        ]
        assert len(fetched.body) == started[0].bytes


async def test_accepted_delta_moves_its_bookmark(tmp_path: Path) -> None:
    async with report_server(tmp_path, SERVED) as server, desk_of(address_of(server)) as desk:
        desk.phone.submit_changes({"Ringer_Volume": "3"})
        await desk.report()
        first = server.files()[f"{MAC}-delta.xml"]
        await desk.report()

        assert b"Ringer_Volume" in first
        assert b"Ringer_Volume" not in server.files()[f"{MAC}-delta.xml"]


async def test_report_that_an_ikm_seals_goes_as_it_is(tmp_path: Path) -> None:
    async with (
        report_server(tmp_path, SERVED) as server,
        desk_of(address_of(server), IKM_HTTP_Encrypt_Content="walrus") as desk,
    ):
        await desk.report()

        assert b"<flat-profile>" in decrypt_ikm(server.files()[f"{MAC}-delta.xml"], b"walrus")
        assert [(what.content, what.encryption) for what in server.received] == [
            ("delta", "aes128gcm")
        ]


Script = Callable[[UdpPeer], Awaitable[None]]


async def stall_at_once(_: UdpPeer) -> None:
    """Say nothing at all."""


async def stall_in_the_middle(peer: UdpPeer) -> None:
    await peer.hear()
    peer.say(b"\0\4\0\0")


async def acknowledge_the_same_for_ever(peer: UdpPeer) -> None:
    await peer.hear()
    while True:
        peer.say(b"\0\4\0\0")
        await peer.hear()


async def refuse(peer: UdpPeer) -> None:
    await peer.hear()
    peer.say(b"\0\5\0\3disk full\0")


async def talk_http(peer: UdpPeer) -> None:
    await peer.hear()
    peer.say(b"HTTP/1.1 200 OK\r\n\r\n")


async def agree_to_what_nobody_asked_for(peer: UdpPeer) -> None:
    await peer.hear()
    peer.say(b"\0\6blksize\x0065464\0tsize\x009999999999\0")


async def send_a_file_in_place_of_taking_one(peer: UdpPeer) -> None:
    await peer.hear()
    peer.say(b"\0\3\0\1" + bytes(512))


async def agree_to_the_smallest_blocks_and_stall(peer: UdpPeer) -> None:
    await peer.hear()
    peer.say(b"\0\6blksize\x008\0")


async def answer_from_everywhere_but_the_right_port(peer: UdpPeer) -> None:
    await peer.hear()
    phone = peer.last
    peer.say(b"\0\4\0\0")
    while True:
        with udp_peer() as elsewhere:
            assert await elsewhere.ask(b"\0\4\0\1", phone) == b"\0\5\0\5unknown transfer ID\0"


BAD: dict[Script, str] = {
    stall_at_once: "timeout",
    stall_in_the_middle: "timeout",
    acknowledge_the_same_for_ever: "timeout",
    refuse: "tftp",
    talk_http: "tftp",
    agree_to_what_nobody_asked_for: "tftp",
    send_a_file_in_place_of_taking_one: "tftp",
    agree_to_the_smallest_blocks_and_stall: "timeout",
    answer_from_everywhere_but_the_right_port: "timeout",
}


@pytest.mark.parametrize("script", BAD, ids=lambda script: script.__name__)
async def test_bad_server_costs_bounded_time_and_no_change(tmp_path: Path, script: Script) -> None:
    limits = TransferLimits(waits=(0.05, 0.1))
    with udp_peer() as peer:
        rule = f"[--delta]tftp://127.0.0.1:{peer.tid.port}/x.xml"
        async with (
            report_server(tmp_path, SERVED) as server,
            desk_of(address_of(server), limits, Report_Rule=rule) as desk,
        ):
            desk.phone.submit_changes({"Ringer_Volume": "3"})
            being_bad = asyncio.ensure_future(script(peer))
            failed = await desk.report()
            being_bad.cancel()
            desk.phone.provision(profile_of({"Report_Rule": RULE}))
            await desk.report()

            assert isinstance(failed, UploadFailed)
            assert (failed.method, failed.status, failed.reason) == ("WRQ", None, BAD[script])
            assert b">3<" in server.files()[f"{MAC}-delta.xml"]


async def test_server_that_refuses_is_quoted() -> None:
    with udp_peer() as peer:
        async with desk_of(f"127.0.0.1:{peer.tid.port}") as desk:
            refusing = asyncio.ensure_future(refuse(peer))
            failed = await desk.report()
            await refusing

    assert isinstance(failed, UploadFailed)
    assert failed.detail == "TFTP error 3: disk full"


async def test_nobody_there_is_refused_at_once() -> None:
    async with desk_of(f"127.0.0.1:{closed_udp_port()}") as desk:
        failed = await desk.report()

    assert isinstance(failed, UploadFailed)
    assert (failed.reason, failed.detail) == ("refused", "")


async def test_phone_that_is_switched_off_cuts_its_report() -> None:
    with udp_peer() as peer:
        async with desk_of(f"127.0.0.1:{peer.tid.port}") as desk:
            desk.phone.obey("report")
            await peer.hear()
            desk.phone.switch_off()
            failed = desk.told[-1]

    assert isinstance(failed, UploadFailed)
    assert failed.reason == "cut"
