"""The server of a run as a scenario writes it: one that mppsim brings with it, or somebody else's.

Source: docs/scenario.md, "server".
"""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from mppsim.fleet.scenario.scalars import Duration, Part, Rate, Share, Text, tag, tagged

__all__ = ["Embedded", "EmbeddedServer", "Fault", "ServerPart"]

_MOST_REDIRECTS = 99
_Redirects = Annotated[
    Annotated[Literal[True], tag("once")]
    | Annotated[int, Field(ge=1, le=_MOST_REDIRECTS), tag("often")],
    tagged(lambda given: "once" if given is True else "often"),
]
_KINDS = ("status", "delay", "cut", "slow", "redirect", "auth", "down")


class Fault(Part):
    """What the server does wrong on purpose: exactly one of the first seven keys."""

    status: int | None = Field(
        default=None, ge=200, le=599, description="Answer with this status instead: 503."
    )
    delay: Duration | None = Field(default=None, description="Answer so much later, in real time.")
    cut: Literal[True] | None = Field(
        default=None, description="true: close the connection in the middle of a report."
    )
    slow: Rate | None = Field(
        default=None, description="Read a report no faster than this: 2 kB/s."
    )
    redirect: _Redirects | None = Field(
        default=None,
        description="Send the phone to the same place again so many times in a row, by 307, and "
        "serve it then; true: once.",
    )
    auth: Literal[True] | None = Field(
        default=None, description="true: ask for a user and a password, and accept none."
    )
    down: Literal[True] | None = Field(default=None, description="true: be unreachable.")
    share: Share = Field(
        default=1.0,
        description="Share of the requests that it befalls. Not for down, which befalls all.",
    )
    from_: Duration = Field(
        default=0.0, alias="from", description="When it begins, on the run's clock."
    )
    to: Duration | None = Field(
        default=None, description="When it ends, on the run's clock. Without it: with the run."
    )

    @property
    def kind(self) -> str:
        """Return which fault it is."""
        return next(kind for kind in _KINDS if getattr(self, kind) is not None)

    @model_validator(mode="after")
    def _is_one_fault(self) -> "Fault":
        kinds = [kind for kind in _KINDS if getattr(self, kind) is not None]
        if len(kinds) != 1:
            raise ValueError(f"write exactly one of {', '.join(_KINDS)}")
        if self.to is not None and self.to <= self.from_:
            raise ValueError("it ends before it begins: to is later than from")
        if self.down and "share" in self.model_fields_set:
            raise ValueError("a server is down for everybody: leave share out")
        return self


class Embedded(Part):
    """What the embedded server knows and does."""

    key: Text | None = Field(
        default=None, description="Opens reports that were encrypted by `--key`."
    )
    keys: list[Text] = Field(default=[], description="Several such keys, tried in order.")
    ikm: Text = Field(default="", description="Opens reports that were encrypted by RFC 8188.")
    user: Text = Field(
        default="", description="Whom it asks for. Without it: nobody has to log in."
    )
    password: Text = Field(default="", description="The user's password.")
    auth: Literal["basic", "digest"] = Field(default="basic", description="How it asks.")
    faults: list[Fault] = Field(default=[], description="What it does wrong on purpose, and when.")
    keep_bodies: bool = Field(
        default=True,
        description="false: only what was received is known, by digest; no report is written.",
    )

    @model_validator(mode="after")
    def _has_whole_credentials(self) -> "Embedded":
        if bool(self.user) != bool(self.password):
            raise ValueError("user and password go together")
        if self.auth == "digest" and not self.user:
            raise ValueError("auth asks for a user: add user and password")
        return self


class EmbeddedServer(Part):
    """A server that the run starts and ends."""

    embedded: Embedded = Field(description="What it knows and does.")


ServerPart = Annotated[
    Annotated[Text, tag("text")] | Annotated[EmbeddedServer, tag("embedded")],
    tagged(lambda given: "embedded" if isinstance(given, (dict, EmbeddedServer)) else "text"),
]
"""`embedded`, or a URL, or the embedded one with settings."""
