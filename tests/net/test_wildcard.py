"""Sockets at every address, real ones."""

import socket

import pytest

from mppsim.errors import StartError
from mppsim.net.wildcard import (
    LOOPBACK,
    WILDCARD,
    bind_to_loopback,
    can_bind_to_loopback,
    open_listener,
)


def nothing(_: socket.socket) -> None:
    """Prepare nothing."""


def test_socket_of_the_loopback_device_is_reached_at_every_loopback_address() -> None:
    assert can_bind_to_loopback()
    with open_listener(WILDCARD, 0, bind_to_loopback) as listener:
        port = listener.getsockname()[1]
        for host in ("127.0.0.1", "127.20.3.4"):
            with socket.create_connection((host, port), timeout=5.0) as came:
                assert came.getpeername()[0] == host


def test_system_without_devices_is_no_trouble(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mppsim.net.wildcard._BIND_TO_DEVICE", None)

    assert not can_bind_to_loopback()


def test_port_that_is_taken_is_refused_with_the_reason() -> None:
    with open_listener(LOOPBACK, 0, nothing) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(
            StartError, match=f"cannot listen on 127.0.0.1 port {port}: Address already in use"
        ):
            open_listener(LOOPBACK, port, nothing)


def test_socket_that_cannot_be_prepared_is_refused_with_the_reason() -> None:
    def fail(_: socket.socket) -> None:
        raise OSError("no such filter")

    with pytest.raises(StartError, match="port 0: no such filter"):
        open_listener(LOOPBACK, 0, fail)
