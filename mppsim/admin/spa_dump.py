"""Write settings and status together, as SPA phones do at `/admin/spacfg.xml`.

Source: dumps of SPA phones: an attribute `group` names the page's tab and section of each element.
"""

import re
from collections.abc import Iterable, Iterator

from mppsim.core.catalogue import Parameter, ReportForm
from mppsim.core.parameters import ParameterView
from mppsim.core.report import escape_text
from mppsim.core.status import StatusGroup

__all__ = ["build_spa_dump"]

_MASK = "*" * 13


def build_spa_dump(view: ParameterView, status: Iterable[StatusGroup]) -> bytes:
    """Write the status, then every parameter in configuration order. It shows no secret."""
    lines = ["<flat-profile>", *_status_lines(status), *_parameter_lines(view), "</flat-profile>"]
    return "\n".join((*lines, "")).encode()


def _status_lines(status: Iterable[StatusGroup]) -> Iterator[str]:
    for group in status:
        for row in group.rows:
            yield _element(row.name, f"Info/{group.name}", row.value)


def _parameter_lines(view: ParameterView) -> Iterator[str]:
    for parameter in view.baseline.parameters.reported:
        value = view.value(parameter.index)
        name, group = parameter.name, _group_of(parameter)
        if parameter.form is ReportForm.ELEMENT and not parameter.is_secret:
            yield _element(name, group, value)
        elif parameter.is_secret:
            yield f"<!-- {_element(name, group, _MASK if value else '')} -->"


def _group_of(parameter: Parameter) -> str:
    """Return the tab and section as the attribute spells them: SIP/SIP_Timer_Values__sec_."""
    return "/".join(re.sub("[ ()/]", "_", part) for part in (parameter.tab, parameter.section))


def _element(name: str, group: str, value: str) -> str:
    opening = f'<{name} group="{escape_text(group)}"'
    return f"{opening}>{escape_text(value)}</{name}>" if value else f"{opening}/>"
