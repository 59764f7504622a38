"""Draw the phone's own screen, and set there what its user sets: a local change on the phone."""

from mppsim.admin.forms import read_changes
from mppsim.admin.pages import write_screen
from mppsim.admin.reply import PageRequest, Reply, RequestError, page, redirect
from mppsim.admin.screen import screen_account, setting_at, show_screen
from mppsim.admin.visit import Visit
from mppsim.core.catalogue import Parameter
from mppsim.core.events import Origin
from mppsim.errors import ParameterError

__all__ = ["SCREEN", "answer_screen"]

SCREEN = "/screen"
"""The path of the screen; what follows it is a place on it."""


def answer_screen(visit: Visit) -> Reply:
    """Draw the place that is asked for, or set what is entered there; raises `RequestError`."""
    place = _place_of(visit.request)
    if not visit.request.is_form:
        return _draw(visit, place)
    parameter = setting_at(visit.view, place)
    if parameter is None:
        raise RequestError(405, "nothing is entered on this screen")
    return _set(visit, place, parameter)


def _place_of(request: PageRequest) -> str:
    return request.path.removeprefix(SCREEN).strip("/")


def _set(visit: Visit, place: str, parameter: Parameter) -> Reply:
    form = visit.read_form()
    changes = read_changes(form, visit.view, (parameter,), screen_account(visit.view))
    try:
        if changes:
            visit.phone.submit_changes(changes, origin=Origin.PHONE)
    except ParameterError as error:
        return _draw(visit, place, given=changes, error=error.reason)
    return redirect(f"{SCREEN}/{place.rpartition('/')[0]}")


def _draw(
    visit: Visit, place: str, *, given: dict[str, str] | None = None, error: str = ""
) -> Reply:
    screen = show_screen(visit.phone, place, given=given, error=error)
    if screen is None:
        raise RequestError(404, "there is no such screen")
    text = write_screen(visit.frame("screen"), screen, clock=_clock(visit), seals=visit.seals())
    return page(text, status=422 if error else 200)


def _clock(visit: Visit) -> str:
    rows = (row for group in visit.phone.status_groups() for row in group.rows)
    return next((row.value for row in rows if row.name == "Current_Time"), "")
