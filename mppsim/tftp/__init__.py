"""Decides: TFTP packets and transfers. Bytes in, bytes out.

- `packet` reads and writes datagrams, `terms` has what the two sides agree on (RFC 2347 to 2349).
- `transfer` is what both directions share: who the peer is, what is sent again, when it is over.
- `sending` has a file and `receiving` gets one; each is a client's side and a server's.

Nothing here opens a socket or reads a clock; `mppsim.net` and `mppsim.server` do, and hand in what
arrived and when. Importable by itself.
"""

from mppsim.tftp.receiving import Receiving
from mppsim.tftp.sending import Sending
from mppsim.tftp.terms import Terms
from mppsim.tftp.transfer import Outgoing, Tid, Transfer, TransferLimits

__all__ = ["Outgoing", "Receiving", "Sending", "Terms", "Tid", "Transfer", "TransferLimits"]
