"""Show a tab below Voice, and take in what Submit All Changes sends: all of it, or nothing."""

from collections.abc import Mapping

from mppsim.admin.address import PageAddress
from mppsim.admin.fields import build_groups
from mppsim.admin.forms import SEEN, fingerprint, read_changes
from mppsim.admin.layout import Tab, show_tabs, voice_tabs
from mppsim.admin.pages import Notice, ShownSection, write_voice
from mppsim.admin.reply import Reply, RequestError, page, redirect
from mppsim.admin.visit import Visit
from mppsim.core.events import Origin
from mppsim.core.parameters import ParameterStore
from mppsim.errors import ParameterError

__all__ = ["answer_voice"]


def answer_voice(visit: Visit) -> Reply:
    """Show the tab that is asked for, or submit it; raises `RequestError`."""
    slug, address = visit.address.slug, visit.address
    tabs = show_tabs(visit.view, address.account, address.detail)
    tab = next((tab for tab in tabs if tab.slug == slug), None)
    if tab is None:
        if any(tab.slug == slug for tab in voice_tabs(visit.view.baseline.parameters)):
            # It is there, but not in this view, or not for this account.
            return redirect(str(PageAddress(account=address.account, detail=address.detail)))
        raise RequestError(404, "there is no such page")
    return _submit(visit, tab) if visit.request.is_form else _show(visit, tab)


def _show(visit: Visit, tab: Tab) -> Reply:
    changed = visit.request.asks("changed")[:4]
    notice = _NEWS.get(changed) or (
        Notice(text=f"{changed} parameters were changed.") if changed.isdecimal() else None
    )
    return _write(visit, tab, notice)


def _submit(visit: Visit, tab: Tab) -> Reply:
    form = visit.read_form()
    changes = read_changes(form, visit.view, tab.parameters, visit.account)
    if changes and form.get(SEEN) not in {"", fingerprint(visit.view, tab.parameters)}:
        return _write(visit, tab, _OVERTAKEN, given=changes, errors=_held_now(visit, changes))
    try:
        names = visit.phone.submit_changes(changes, origin=Origin.PAGE) if changes else ()
    except ParameterError as error:
        refused = ParameterStore(visit.view.baseline).check(changes).refused
        errors = {remark.name: remark.reason for remark in refused}
        # Every value is allowed: then it is the phone that takes none, being down or off.
        down = Notice(text=f"Nothing was changed: {error.reason}.", is_fault=True)
        return _write(visit, tab, _REFUSED if refused else down, given=changes, errors=errors)
    return redirect(f"{visit.address}?changed={len(names)}")


def _write(
    visit: Visit,
    tab: Tab,
    notice: Notice | None,
    *,
    given: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
) -> Reply:
    view = visit.view
    sections = [
        ShownSection(
            section=section,
            groups=tuple(
                build_groups(view, section, visit.account, given=given or {}, errors=errors or {})
            ),
        )
        for section in tab.sections
    ]
    seals = visit.seals(fingerprint(view, tab.parameters))
    text = write_voice(visit.frame(), tab, sections, seals, notice)
    return page(text, status=422 if notice and notice.is_fault else 200)


def _held_now(visit: Visit, changes: Mapping[str, str]) -> dict[str, str]:
    """Return for each value that would be changed what the phone holds, but for passwords."""
    parameters = visit.view.baseline.parameters
    return {
        name: f"the phone holds “{visit.view[name]}”"
        for name in changes
        if not parameters[name].is_secret
    }


_NEWS: Mapping[str, Notice] = {
    "0": Notice(text="Nothing was changed."),
    "1": Notice(text="1 parameter was changed."),
}
_REFUSED = Notice(text="Nothing was changed: some values are not allowed.", is_fault=True)
_OVERTAKEN = Notice(
    text="Nothing was changed: since you opened this page, the phone's values have changed."
    " Look at what differs, then submit again.",
    is_fault=True,
)
