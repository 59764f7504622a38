from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from mppsim.errors import StartError
from mppsim.net.line_ports import LinePorts
from mppsim.net.sip_endpoint import SipEndpoint
from tests.support.register_desk import make_line
from tests.support.sip_peer import udp_peer


@asynccontextmanager
async def endpoint() -> AsyncIterator[SipEndpoint]:
    opened = SipEndpoint(lambda _l, _u: None, secret=b"0123456789abcdef")
    opened.open("127.0.0.1", 0, line=1)
    try:
        yield opened
    finally:
        opened.close()


async def free_port() -> int:
    """Find a port that is free for UDP and for TCP: an endpoint that is opened anywhere has one."""
    async with endpoint() as somewhere:
        return somewhere.first.port


async def test_line_1_listens_where_the_phone_does_whatever_its_port() -> None:
    async with endpoint() as sip:
        assert LinePorts(sip).port_of(make_line(1, port=1)) is sip.first


async def test_other_lines_listen_at_their_own_ports() -> None:
    port = await free_port()
    async with endpoint() as sip:
        ports = LinePorts(sip)
        second = ports.port_of(make_line(2, port=port))

        assert (second.port, second.line, second.host) == (port, 2, "127.0.0.1")
        assert ports.port_of(make_line(2, port=port)) is second


async def test_lines_with_the_same_port_share_it() -> None:
    port = await free_port()
    async with endpoint() as sip:
        ports = LinePorts(sip)
        first = sip.first.port

        assert ports.port_of(make_line(2, port=first)) is sip.first
        assert ports.port_of(make_line(3, port=port)) is ports.port_of(make_line(4, port=port))


async def test_port_that_no_line_has_any_more_is_given_back() -> None:
    port, other = await free_port(), await free_port()
    async with endpoint() as sip:
        ports = LinePorts(sip)
        for number in (2, 3):
            ports.port_of(make_line(number, port=port))
        ports.port_of(make_line(2, port=other))
        assert len(sip._ports) == 3

        ports.port_of(make_line(3, port=other))
        assert [opened.port for opened in sip._ports] == [sip.first.port, other]


async def test_phone_at_any_port_gets_a_free_one_for_each_line() -> None:
    async with endpoint() as sip:
        ports = LinePorts(sip, is_any=True)
        found = [ports.port_of(make_line(number, port=5061)).port for number in (1, 2, 3, 2)]

        assert len(set(found)) == 3
        assert found[1] == found[3]


async def test_port_that_is_taken_is_an_error_and_the_old_one_stays() -> None:
    port = await free_port()
    async with endpoint() as sip, udp_peer() as taken:
        ports = LinePorts(sip)
        kept = ports.port_of(make_line(2, port=port))
        with pytest.raises(StartError, match="Address already in use"):
            ports.port_of(make_line(2, port=taken.address[1]))

        assert ports.port_of(make_line(2, port=port)) is kept
