"""Decides: SIP messages, digest, transactions, NOTIFY and REGISTER.

Bytes in, bytes out, importable by itself: nothing here waits, listens, reads a clock or rolls dice.
`notify.NotifyServer` answers what a phone is sent; it reads with `message` and `header`, remembers
answers with `transaction`, asks for credentials with `challenge` (arithmetic: `digest`) and writes
with `answer`. `client.NotifyExchange` is the other side: one NOTIFY and its answer;
`notify_burst.NotifyBurst` is many. What we send ourselves is a `client_exchange` with a
`digest_client`; `stream` cuts messages off TCP and TLS. `registration.RegistrationAgent` keeps
lines registered: a table of states, as the reporting agent is, over `register`, which writes a
REGISTER for a `line` and reads its answer.
"""

from mppsim.sip.challenge import SipAccount
from mppsim.sip.client import NotifyExchange, NotifyRequest
from mppsim.sip.notify import OBEYED_EVENTS, Answer, Callee, NotifyServer

__all__ = [
    "OBEYED_EVENTS",
    "Answer",
    "Callee",
    "NotifyExchange",
    "NotifyRequest",
    "NotifyServer",
    "SipAccount",
]
