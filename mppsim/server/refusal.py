"""The one way to say no to a request."""

from mppsim.errors import MppSimError

__all__ = ["Refused"]


class Refused(MppSimError):
    """A request gets a 4xx or 5xx; `status` is it, the message says why."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason
