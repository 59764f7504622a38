"""What a group's network does to one upload: how long it takes there and back, and if it is cut.

A lost packet is no lost report: TCP sends it again, and what is lost is time. RFC 6298: after one
second for the first packet of a connection, after at least 200 ms (as Linux has it) for others,
and twice as long each time that it is lost again.
"""

from dataclasses import dataclass

from mppsim.fleet.dice import Dice
from mppsim.fleet.plan import NetworkPlan

__all__ = ["Passage", "draw_passage"]

_SEGMENT = 1448
_HEAD = 400
"""Bytes that a report's head takes, more or less."""
_FIRST_WAIT = 1.0
_SHORTEST_WAIT = 0.2
_MOST_LOSSES = 6
"""Of one packet in a row: Linux gives a connection up after as many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """What befalls one upload; times are seconds of real time."""

    there: float = 0.0
    """From the phone to the server, beyond what the machine takes."""
    back: float = 0.0
    """From the server to the phone."""
    killed_at: float | None = None
    """How much of the upload is sent before its connection is cut; None: it is not.

    A quarter to three quarters: neither nothing, so that a server has seen that there is one, nor
    all of it.
    """


def draw_passage(
    plan: NetworkPlan, dice: Dice, purpose: str, place: int, *, size: int, is_first: bool
) -> Passage:
    """Draw what befalls an upload of `size` bytes; `is_first` on a connection of its own.

    `purpose` and `place` name the upload: the same one always fares the same.
    """
    there, back = plan.latency, plan.latency
    if is_first:  # SYN and SYN-ACK come before it
        there += 2 * plan.latency + _wait(plan, dice, purpose, (place, 0), _FIRST_WAIT)
    if plan.loss:
        longest = max(_SHORTEST_WAIT, 4 * plan.latency)
        for packet in range(1, 1 - (-(size + _HEAD) // _SEGMENT)):
            there += _wait(plan, dice, purpose, (place, packet), longest)
        back += _wait(plan, dice, f"{purpose}/back", (place, 0), longest)
    is_killed = plan.kill > 0 and dice.share(f"{purpose}/kill", place) < plan.kill
    killed_at = 0.25 + dice.share(f"{purpose}/cut", place) / 2 if is_killed else None
    return Passage(there=there, back=back, killed_at=killed_at)


def _wait(
    plan: NetworkPlan, dice: Dice, purpose: str, places: tuple[int, int], first: float
) -> float:
    """Return how long one packet's losses take."""
    waited, wait = 0.0, first
    for loss in range(_MOST_LOSSES):
        if not plan.loss or dice.share(purpose, *places, loss) >= plan.loss:
            break
        waited += wait
        wait *= 2
    return waited
