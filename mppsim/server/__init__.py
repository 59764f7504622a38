"""Receives: the provisioning server that ships with mppsim, and its oracle.

A PUT is written where its path says and a POST is kept with a number, both as the very bytes that
came; what they hold is recognised and told as one event a report. TFTP writes as PUT does.

How the modules work together: `app` listens, `connection` caps what one client may take, and
`handler` answers a request: `authentication` says who may, `target` where its path leads,
`reception` reads its body, `storage` keeps it, `recognise` says what it is, `events` tells it.
`tftp_listener` takes TFTP's requests and `tftp_handler` answers them, by the same rules.
`tls` knows phones by their certificates. `settings` holds what a person may choose, `refusal` the
one way to say no. `authentication`, `target`, `recognise` and `events` are functions of values.
"""

from mppsim.server.app import ReportServer
from mppsim.server.events import Received, ServerEvent, TurnedAway
from mppsim.server.settings import AuthScheme, Limits, Login, ServerSettings, TlsFiles

__all__ = [
    "AuthScheme",
    "Limits",
    "Login",
    "Received",
    "ReportServer",
    "ServerEvent",
    "ServerSettings",
    "TlsFiles",
    "TurnedAway",
]
