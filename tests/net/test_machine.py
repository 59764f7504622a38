"""What this machine can carry."""

import resource
import socket
import sys
from pathlib import Path

import pytest

from mppsim.net import machine
from mppsim.net.machine import can_use_address, can_use_port, raise_descriptors, read_machine


def test_this_machine_has_descriptors_ports_memory_and_cores() -> None:
    found = read_machine()

    assert found.is_linux == (sys.platform == "linux")
    assert found.descriptors >= resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    assert 0 < found.first_port < found.last_port < 65_536
    assert found.ports == found.last_port - found.first_port + 1
    assert found.memory is not None
    assert found.memory > 1 << 20
    assert found.cores >= 1


@pytest.mark.parametrize("content", [None, "", "many", "1 2 3"])
def test_what_the_system_does_not_say_is_what_systems_usually_have(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str | None
) -> None:
    file = tmp_path / "ports"
    if content is not None:
        file.write_text(content)
    monkeypatch.setattr(machine, "_PORT_RANGE", file)

    assert (read_machine().first_port, read_machine().last_port) == (49152, 65535)


@pytest.mark.parametrize("content", [None, "MemTotal: 1 kB\n"])
def test_memory_is_unknown_where_the_system_does_not_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str | None
) -> None:
    file = tmp_path / "memory"
    if content is not None:
        file.write_text(content)
    monkeypatch.setattr(machine, "_MEMORY", file)

    assert read_machine().memory is None


def test_memory_is_what_is_available_in_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "memory"
    file.write_text("MemTotal:  9 kB\nMemAvailable:    2048 kB\n")
    monkeypatch.setattr(machine, "_MEMORY", file)

    assert read_machine().memory == 2 << 20


def test_an_address_of_this_machine_can_be_used_and_a_strangers_cannot() -> None:
    assert can_use_address("127.20.30.40")
    assert not can_use_address("192.0.2.1")


@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM])
def test_a_port_where_somebody_listens_cannot_be_used(kind: socket.SocketKind) -> None:
    with socket.socket(socket.AF_INET, kind) as taken:
        taken.bind(("127.0.0.1", 0))
        if kind is socket.SOCK_STREAM:
            taken.listen()
        port = taken.getsockname()[1]
        assert not can_use_port(port)


def test_a_free_port_can_be_used() -> None:
    with socket.socket() as probe:
        probe.bind(("", 0))
        port = probe.getsockname()[1]

    assert can_use_port(port)


def test_descriptors_are_raised_as_far_as_they_may_be() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(soft, 512), hard))
    try:
        raise_descriptors()

        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (hard, hard)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
