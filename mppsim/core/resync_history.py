"""What a phone remembers of its resyncs and upgrades: the source of its macros about them.

Source: the provisioning guides, "Macro Expansion Variables": PRVST, PRVTMR, UPGST, UPGTMR, UPGERR,
SCHEME, SERV, SERVIP, PORT, PATH, ERR.
"""

from mppsim.core.macros import LiveState
from mppsim.core.resync_schedule import ResyncReason
from mppsim.core.url import Url

__all__ = ["ResyncHistory"]


class ResyncHistory:
    """One phone's, since it came up; times are seconds on the run's clock."""

    __slots__ = (
        "last_resync",
        "last_upgrade",
        "reason",
        "request",
        "result",
        "upgrade_failures",
        "upgrade_result",
    )

    def __init__(self, up_since: float) -> None:
        self.reason = ResyncReason.POWER_UP
        """Of the last resync, or of the one that is just being decided on."""
        self.last_resync = self.last_upgrade = up_since
        """When the last attempt began; the start, before there was one."""
        self.request: Url | None = None
        """Where the last request went."""
        self.result = ""
        """What came of it, in words."""
        self.upgrade_failures = 0
        """In a row."""
        self.upgrade_result = ""

    def live(self, now: float) -> LiveState:
        """Return it as macros show it."""
        return LiveState(
            resync_state=int(self.reason),
            seconds_since_resync=int(now - self.last_resync),
            upgrade_state=2 if self.upgrade_failures else 1,
            seconds_since_upgrade=int(now - self.last_upgrade),
            upgrade_result=self.upgrade_result,
            request=self.request,
            # A name stands for itself: it is looked up after the request is logged.
            request_ip=self.request.host if self.request else "",
            request_result=self.result,
        )
