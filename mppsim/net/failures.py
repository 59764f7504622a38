"""Why an upload failed: errors of the operating system and of TLS become reasons, here only."""

import socket
import ssl

__all__ = ["name_failure"]


def name_failure(error: Exception | None) -> str:
    """Give the reason, one of the closed list of `mppsim.core.events`.

    None stands for a connection that the server ended before it had replied.
    """
    for kind, reason in _REASONS:
        if isinstance(error, kind):
            return reason
    return "reset" if error is None else "connect"


# From the special to the general: nearly all of them are an OSError.
_REASONS: tuple[tuple[type[Exception], str], ...] = (
    (ssl.SSLError, "tls"),
    (socket.gaierror, "dns"),
    (UnicodeError, "dns"),
    (ConnectionRefusedError, "refused"),
    (ConnectionError, "reset"),
    (TimeoutError, "timeout"),
)
