"""A group of phones as a scenario writes it.

Source: docs/scenario.md, "fleet".
"""

from typing import Annotated, Literal

from pydantic import Field

from mppsim.core.firmware import DEFAULT_RELEASE
from mppsim.core.phone_model import DEFAULT_MODEL
from mppsim.fleet.scenario.scalars import (
    Duration,
    Part,
    Period,
    Positive,
    Rate,
    Share,
    Text,
    Value,
    one_or_many,
    tag,
)

__all__ = ["Changes", "Group", "Network", "OneOrMany", "Restarts", "Start"]

MOST_PHONES = 1 << 24
"""A group's phones share half a MAC address, and loopback has as many addresses."""

OneOrMany = Annotated[
    Annotated[Text, tag("one")] | Annotated[list[Text], tag("many"), Field(min_length=1)],
    one_or_many(),
]
"""A text, or a list of texts."""


class Start(Part):
    """How the phones of a group begin."""

    as_: Literal["running", "power_on"] = Field(
        default="running",
        alias="as",
        description="running: they have been on for long, and nothing is reported at the start. "
        "power_on: each is switched on, and reports as after a restart.",
    )
    spread: Duration = Field(
        default=0.0,
        description="Over how long they are switched on, each at a moment that follows from "
        "the seed. 0: all at once.",
    )


class Changes(Part):
    """What people change on the phones, by hand."""

    every: Period = Field(
        description="Time on the run's clock between two changes on each phone; with random, "
        "their mean."
    )
    of: list[Text] = Field(
        min_length=1,
        description="Names of parameters. Each change sets one of them to another allowed value.",
    )
    random: bool = Field(
        default=False, description="true: at random moments (a Poisson process), else at even ones."
    )


class Restarts(Part):
    """Restarts of the phones, by hand."""

    every: Period = Field(
        description="Time on the run's clock between two restarts of each phone; with random, "
        "their mean."
    )
    random: bool = Field(
        default=False, description="true: at random moments (a Poisson process), else at even ones."
    )


class Network(Part):
    """What the group's network is like; in real time, whatever the clock's speed."""

    latency: Duration = Field(
        default=0.0, description="From a phone to the server, and as long back."
    )
    loss: Share = Field(default=0.0, description="Share of packets that are lost and sent again.")
    kill: Share = Field(
        default=0.0, description="Share of uploads whose connection is cut before they end."
    )
    upload: Rate | None = Field(
        default=None,
        description="How fast a phone can send, for example 64 kB/s. Without it: no limit.",
    )


class Group(Part):
    """Phones that are alike but for their numbers."""

    name: Text = Field(
        min_length=1, max_length=64, description="What the group is called in results and faults."
    )
    count: int | None = Field(
        default=None,
        ge=1,
        le=MOST_PHONES,
        description="How many phones. Without it: as many as macs lists, else 1.",
    )
    model: Text = Field(
        default=DEFAULT_MODEL, description="Their model, as `mppsim models` lists them: 8851."
    )
    models: dict[str, Positive] | None = Field(
        default=None,
        min_length=1,
        description="Several models, each with its weight, in place of model: {8851: 3, 7841: 1}.",
    )
    firmware: Text = Field(
        default=DEFAULT_RELEASE,
        description="Their firmware release: mpp-12.0, mpp-11.3, mpp-11.2, spa-7.",
    )
    releases: dict[str, Positive] | None = Field(
        default=None,
        min_length=1,
        description="Several firmware releases, each with its weight, in place of firmware.",
    )
    quirks: dict[str, Value] = Field(
        default={},
        description="Behaviour fields of the firmware to override, as `mppsim quirks` lists them.",
    )
    macs: OneOrMany | None = Field(
        default=None,
        description="The first MAC address; or a list; or a CSV file of real phones. Without it: "
        "free ones of the model.",
    )
    addresses: OneOrMany | None = Field(
        default=None,
        description="The first IPv4 address; or a network, 10.20.0.0/16; or a list. A network of "
        "one, 10.0.0.5/32, is shared by all. Without it: free ones from 127.1.0.1 on.",
    )
    profile: OneOrMany | None = Field(
        default=None,
        description="A configuration file, or several that are applied in order: also a real "
        "phone's cfg.xml. Paths start at the scenario's directory.",
    )
    set: dict[str, Value] = Field(
        default={},
        description="Parameters and their values, set as a profile sets them, after the profile. "
        "Values may hold ${server}, ${tftp}, ${index} and ${mac}.",
    )
    start: Start = Field(default=Start(), description="How the phones begin.")
    changes: Changes | None = Field(
        default=None, description="Local changes. Without it: nobody changes anything."
    )
    restarts: Restarts | None = Field(
        default=None, description="Restarts by hand. Without it: none."
    )
    network: Network = Field(default=Network(), description="What the group's network is like.")
    tftp: Text = Field(
        default="",
        description="The TFTP server that DHCP's option 66 names, HOST or HOST:PORT; ${tftp} is "
        "the embedded one. Without it: none.",
    )
