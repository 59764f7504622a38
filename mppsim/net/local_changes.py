"""What becomes of a change on the phone or its page before it is one: it is checked as a whole."""

from collections.abc import Callable, Mapping

from mppsim.core.events import Notice, ValueRefused, Warned
from mppsim.core.parameters import ParameterChange, ParameterStore
from mppsim.errors import ParameterError

__all__ = ["check_changes"]


def check_changes(
    store: ParameterStore,
    values: Mapping[str, str],
    tell: Callable[[Notice], None],
    *,
    is_up: bool,
) -> tuple[ParameterChange, ...]:
    """Return the changes that the values come to; tell of each that is odd or refused.

    Raises `ParameterError` for the first that is not known or not allowed, and for a phone that
    is down.
    """
    if not is_up:
        down = ValueRefused(next(iter(values), ""), "the phone is down and takes no changes")
        tell(down)
        raise ParameterError(down.name, down.reason)
    checked = store.check(values)
    for name, reason in checked.warnings:
        tell(Warned(name, reason))
    parameters = store.view.baseline.parameters
    for name, reason in checked.refused:
        # A name that means nothing has no old value that could stay.
        kind = Warned if parameters.look_up(name) is None else ValueRefused
        tell(kind(name, reason))
    if checked.refused:
        raise ParameterError(*checked.refused[0])
    return checked.changes
