import errno
import socket
import ssl

import pytest

from mppsim.core.events import FAILURE_REASONS
from mppsim.net.failures import name_failure


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (None, "reset"),
        (ConnectionRefusedError(), "refused"),
        (ConnectionResetError(), "reset"),
        (BrokenPipeError(), "reset"),
        (TimeoutError(), "timeout"),
        (OSError(errno.ETIMEDOUT, "from the kernel"), "timeout"),
        (OSError(errno.EHOSTUNREACH, "no route"), "connect"),
        (OSError(errno.EMFILE, "no descriptors"), "connect"),
        (socket.gaierror(socket.EAI_NONAME, "no such name"), "dns"),
        (UnicodeError("a label is too long"), "dns"),
        (ssl.SSLCertVerificationError("unknown CA"), "tls"),
        (ssl.SSLEOFError("within the handshake"), "tls"),
    ],
)
def test_error_gets_its_reason_from_the_closed_list(error: Exception | None, reason: str) -> None:
    assert name_failure(error) == reason
    assert reason in FAILURE_REASONS
