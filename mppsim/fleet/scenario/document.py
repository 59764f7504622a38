"""A scenario as it is written: which phones, which server, how long, what is expected.

This is the form only. What the words in it mean, whether a parameter exists or two groups share a
MAC address, is found out when a plan is made of it.

Source: docs/scenario.md.
"""

from typing import Annotated, Any

from pydantic import Field

from mppsim.fleet.scenario.group import Group
from mppsim.fleet.scenario.scalars import (
    Duration,
    Part,
    Period,
    Positive,
    Share,
    Speed,
    Text,
    one_or_many,
    tag,
    tagged,
)
from mppsim.fleet.scenario.server_section import ServerPart

__all__ = ["Clock", "Notify", "Ports", "Scenario", "Threshold", "make_schema"]

SCHEMA_DIALECT = "https://json-schema.org/draft/2020-12/schema"


class Clock(Part):
    """How the run's clock runs."""

    speed: Speed = Field(
        default=1.0,
        description="1: real time. 60: an hour in a minute. max: jump to whatever is due next; "
        "only against the embedded server, or a host that --yes-load names.",
    )


class Notify(Part):
    """NOTIFYs that mppsim sends to its phones, from one socket as a PBX does."""

    event: Text = Field(
        default="report",
        description="What the Event header says: report, resync, resync;profile=URL, check-sync, "
        "reboot_now, reboot or restart_now.",
    )
    every: Period | None = Field(
        default=None,
        description="Time on the run's clock between two rounds. Without it: one round.",
    )
    at: Duration | None = Field(
        default=None,
        description="When the first round begins, on the run's clock. Without it: after the first "
        "every, or at 0.",
    )
    share: Share = Field(
        default=1.0, description="Share of the phones that a round reaches, drawn anew for each."
    )
    groups: list[Text] = Field(
        default=[], description="Names of the groups it is for. Without it: all."
    )
    rate: Positive | None = Field(
        default=None, description="NOTIFYs a second of real time at most."
    )
    user: Text = Field(
        default="",
        description="Answers a phone's challenge; may hold ${index} and ${mac}. Without it: the "
        "user of the phone's line 1.",
    )
    password: Text = Field(
        default="", description="That user's password. Without it: that of line 1."
    )


class Threshold(Part):
    """What has to hold, and when it is judged."""

    expr: str = Field(description="An expression such as latency.p99 < 250ms.")
    after: Duration = Field(
        default=0.0,
        description="What happened before this moment, on the run's clock, does not count.",
    )
    abort: bool = Field(
        default=False, description="true: the run ends as soon as it does not hold."
    )


class Ports(Part):
    """Where every phone listens, each at its own address."""

    sip: int = Field(default=5060, ge=0, le=65535, description="Of SIP. 0: any free one.")
    web: Annotated[int, Field(ge=0, le=65535)] | None = Field(
        default=8080, description="Of the web page. 0: any free one; null: no phone has a page."
    )


_Notifies = Annotated[
    Annotated[Notify, tag("one")] | Annotated[list[Notify], tag("many")], one_or_many()
]
_ThresholdPart = Annotated[
    Annotated[str, tag("text")] | Annotated[Threshold, tag("whole")],
    tagged(lambda given: "whole" if isinstance(given, (dict, Threshold)) else "text"),
]


class Scenario(Part):
    """A whole scenario."""

    server: ServerPart = Field(
        default="embedded",
        description="embedded: mppsim starts one; or {embedded: {...}}; or the URL of yours, "
        "http://127.0.0.1:8000. ${server} stands for it in values.",
    )
    clock: Clock = Field(
        default=Clock(),
        description="What drives delays, periods, changes, restarts, NOTIFYs and faults.",
    )
    duration: Period = Field(description="How long the run is, on its clock: 90s, 15m, 2h.")
    seed: int | None = Field(
        default=None,
        ge=0,
        le=2**63 - 1,
        description="Every draw follows from it. Without it: a new one each time, which is told.",
    )
    fleet: list[Group] = Field(min_length=1, description="The groups of phones.")
    notify: _Notifies = Field(
        default=[], description="NOTIFYs that mppsim sends: one mapping, or a list of them."
    )
    thresholds: list[_ThresholdPart] = Field(
        default=[],
        description="What has to hold for the run to pass: expressions over summary.json.",
    )
    readback: Text = Field(
        default="",
        description="URL at which a foreign server gives out a report that it holds, compared by "
        "digest; may hold ${url} (all of the report's URL), ${server}, ${path}, "
        "${mac} and ${index}. The embedded one needs none, and makes no use of it.",
    )
    ports: Ports = Field(default=Ports(), description="Where every phone listens.")

    @property
    def notifies(self) -> list[Notify]:
        """Return all NOTIFYs, however they were written."""
        return self.notify if isinstance(self.notify, list) else [self.notify]


def make_schema() -> dict[str, Any]:
    """Return the JSON Schema of a scenario, for editors and other programs."""
    schema = _without_titles(Scenario.model_json_schema(by_alias=True))
    return {"$schema": SCHEMA_DIALECT, "title": "A scenario of mppsim", **schema}


def _without_titles(schema: Any) -> Any:
    """Leave out the titles that pydantic makes of every key's name."""
    if isinstance(schema, list):
        return [_without_titles(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: _without_titles(value)
        for key, value in schema.items()
        if key != "title" or not isinstance(value, str)
    }
