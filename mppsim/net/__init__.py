"""Does: clock, timers, uploads, SIP sockets and the shell of one phone.

asyncio and sockets live here, decisions do not. What waits is an upload in flight, never an idle
phone: an idle phone owns no task, no socket and no timer object.

`phone` feeds an agent what happens and does what it says, `upload_run` sends its reports one after
the other; `surroundings` is what phones share, `opening` opens it: `clock` and `timers`, who is
told (`event_log`), and `upload_routes`: the HTTP `uploader`, and `tftp`. `sip_endpoint` answers
NOTIFY for them.
"""

from mppsim.net.clock import RunClock
from mppsim.net.opening import make_phone, open_surroundings
from mppsim.net.phone import Phone
from mppsim.net.surroundings import Surroundings

__all__ = ["Phone", "RunClock", "Surroundings", "make_phone", "open_surroundings"]
