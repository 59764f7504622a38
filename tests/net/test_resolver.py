import asyncio
import socket

import pytest

from mppsim.net import resolver as module
from mppsim.net.resolver import KEPT_SECONDS, Address, Resolver, keep_family
from tests.support.turns import turns

ASKED = Address(socket.AF_INET, ("127.0.0.7", 80))


class Names:
    """A name server that counts; it knows one name."""

    def __init__(self) -> None:
        self.now = 0.0
        self.count = 0

    def look_up(self, host: str, port: int, flags: int = 0) -> tuple[Address, ...]:
        if flags & socket.AI_NUMERICHOST or host != "reports":
            raise socket.gaierror(socket.EAI_NONAME, host)
        self.count += 1
        return (ASKED,)


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Names:
    names = Names()
    monkeypatch.setattr(module, "_look_up", names.look_up)
    return names


async def ask(resolver: Resolver, host: str) -> tuple[Address, ...] | Exception:
    future = asyncio.get_running_loop().create_future()
    resolver.ask(host, 80, future.set_result)
    answer: tuple[Address, ...] | Exception = await future
    return answer


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", Address(socket.AF_INET, ("127.0.0.1", 80))),
        ("::1", Address(socket.AF_INET6, ("::1", 80, 0, 0))),
    ],
)
def test_numeric_host_is_known_without_asking(host: str, expected: Address) -> None:
    resolver = Resolver(lambda: 0.0)

    assert resolver.get(host, 80) == (expected,)
    assert resolver.get(host, 80) is resolver.get(host, 80)


async def test_host_that_may_not_be_reached_has_no_address_and_is_not_asked_for(
    names: Names,
) -> None:
    resolver = Resolver(lambda: names.now, may_reach=lambda host: host != "reports")

    assert resolver.get("reports", 80) is None
    assert isinstance(await ask(resolver, "reports"), PermissionError)
    assert names.count == 0


def test_numeric_host_that_may_not_be_reached_has_no_address() -> None:
    resolver = Resolver(lambda: 0.0, may_reach=lambda host: host == "127.0.0.1")

    assert resolver.get("127.0.0.1", 80) is not None
    assert resolver.get("127.0.0.2", 80) is None


async def test_name_is_unknown_until_it_was_asked_for(names: Names) -> None:
    resolver = Resolver(lambda: names.now)
    assert resolver.get("reports", 80) is None

    assert await ask(resolver, "reports") == (ASKED,)
    assert resolver.get("reports", 80) == (ASKED,)


async def test_answer_is_forgotten_after_a_while(names: Names) -> None:
    resolver = Resolver(lambda: names.now)
    await ask(resolver, "reports")
    names.now += KEPT_SECONDS

    assert resolver.get("reports", 80) is None


async def test_many_who_ask_at_once_make_one_look_up(names: Names) -> None:
    resolver = Resolver(lambda: names.now)

    assert await asyncio.gather(*(ask(resolver, "reports") for _ in range(9))) == [(ASKED,)] * 9
    assert names.count == 1


async def test_failure_is_told_and_not_remembered(names: Names) -> None:
    resolver = Resolver(lambda: names.now)

    assert isinstance(await ask(resolver, "nowhere"), socket.gaierror)
    assert resolver.get("nowhere", 80) is None


async def test_look_up_that_is_called_off_is_a_failure(
    names: Names, monkeypatch: pytest.MonkeyPatch
) -> None:
    future: asyncio.Future[tuple[Address, ...]] = asyncio.get_running_loop().create_future()

    def run(*_: object) -> asyncio.Future[tuple[Address, ...]]:
        return future

    told: list[tuple[Address, ...] | Exception] = []
    with monkeypatch.context() as patched:
        patched.setattr(asyncio.get_running_loop(), "run_in_executor", run)
        Resolver(lambda: names.now).ask("reports", 80, told.append)
    future.cancel()
    await turns(2)

    assert [type(answer) for answer in told] == [socket.gaierror]


FOUR, SIX = ASKED, Address(socket.AF_INET6, ("::1", 80, 0, 0))


@pytest.mark.parametrize(
    ("source", "kept"),
    [("127.0.0.1", (FOUR,)), ("::1", (SIX,)), (None, (SIX, FOUR))],
)
def test_only_addresses_of_ones_own_family_can_be_reached(
    source: str | None, kept: tuple[Address, ...]
) -> None:
    assert keep_family((SIX, FOUR), source) == kept
    assert keep_family(kept[:1], source) == kept[:1]


def test_of_another_family_alone_nothing_is_kept() -> None:
    assert keep_family((SIX,), "127.0.0.1") == ()
