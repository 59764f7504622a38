import pytest

from mppsim.core.host_guard import HostGuard, is_loopback


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "127.20.0.1", "localhost", "LocalHost.", "::1", "[::1]", "::ffff:127.0.0.1"],
)
def test_this_machine_may_always_be_reached(host: str) -> None:
    assert is_loopback(host)
    assert HostGuard().is_allowed(host)


@pytest.mark.parametrize(
    "host",
    [
        *("10.0.0.1", "0.0.0.0", "2001:db8::1", "::ffff:10.0.0.1", "", "localhost.example.com"),
        *("127.0.0.1.example.com", "127.1", "2130706433", "example.com"),
    ],
)
def test_any_other_host_may_not(host: str) -> None:
    assert not is_loopback(host)
    assert not HostGuard().is_allowed(host)


@pytest.mark.parametrize(
    ("named", "host"),
    [
        ("example.com", "Example.COM."),
        ("2001:DB8::1", "[2001:db8:0::1]"),
        ("10.0.0.1", "10.0.0.1"),
    ],
)
def test_named_host_may_be_reached_however_it_is_written(named: str, host: str) -> None:
    guard = HostGuard.of((named,))

    assert guard.is_named(host)
    assert guard.is_allowed(host)


def test_naming_a_host_names_no_other() -> None:
    guard = HostGuard.of(("example.com",))

    assert not guard.is_allowed("www.example.com")
    assert not guard.is_named("127.0.0.1")
