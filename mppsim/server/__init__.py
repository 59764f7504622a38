"""Receives: the provisioning server that ships with mppsim, and its oracle.

A PUT is written where its path says and a POST is kept with a number, both as the very bytes that
came; what they hold is recognised and told as one event a report. TFTP writes as PUT does.

`app` is the server, `doors` where it listens, `entrance` lets in as many as there is room for,
`connection` caps what a client may take, `handler` answers a request with the modules beside it,
`tftp_listener` and `tftp_handler` do so for TFTP. `faults` says which request is to go wrong,
`mishap` how. `ledger` hears all events and knows what every phone last sent; `controlled` is a
server that a run has for itself.
"""

from mppsim.server.app import ReportServer
from mppsim.server.events import Received, ServerEvent, TurnedAway
from mppsim.server.faults import Fault
from mppsim.server.settings import AuthScheme, Limits, Login, ServerSettings, TlsFiles

__all__ = [
    "AuthScheme",
    "Fault",
    "Limits",
    "Login",
    "Received",
    "ReportServer",
    "ServerEvent",
    "ServerSettings",
    "TlsFiles",
    "TurnedAway",
]
