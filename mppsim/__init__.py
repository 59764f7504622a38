"""mppsim emulates the reporting agent of Cisco IP Phone Multiplatform (MPP) firmware.

The rooms, from the bottom up; imports go downwards only:

- `mppsim.errors`: every error, one tree.
- `mppsim.core`, `mppsim.sip`, `mppsim.http`: decide. Functions of values; nothing waits.
- `mppsim.net`: does. Clock, timers, uploads, SIP sockets, the shell of one phone.
- `mppsim.server`: receives. The provisioning server that ships with mppsim.
- `mppsim.fleet`: many phones, one schedule.
- `mppsim.cli`: arguments to typed values to the above.
"""

__all__ = ["__version__"]

__version__ = "0.1.0"
