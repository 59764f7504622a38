"""Read what a form sends: which of its values are changes, and whether the sender may make them."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from mppsim.admin.address import Account
from mppsim.admin.layout import Access, access_to
from mppsim.admin.reply import RequestError
from mppsim.core.catalogue import Parameter
from mppsim.core.parameters import ParameterView
from mppsim.core.profile import clean_value

__all__ = ["CLEAR", "SEEN", "TOKEN", "Form", "fingerprint", "parse_form", "read_changes"]

TOKEN = "_token"
"""The field that proves that a form came from this phone's own page."""
SEEN = "_seen"
"""The field that says which values the page showed."""
CLEAR = "_clear"
"""The field that names a password to be cleared: an empty box leaves it as it is."""

_MOST_FIELDS = 2000
"""The largest page has 700."""


@dataclass(frozen=True, slots=True)
class Form:
    """The fields of a form, each with all that was sent for it."""

    fields: Mapping[str, tuple[str, ...]] = field(repr=False)

    def get(self, name: str) -> str:
        """Return the last value of a field, empty where there is none."""
        return self.fields.get(name, ("",))[-1]

    def get_all(self, name: str) -> tuple[str, ...]:
        """Return every value of a field."""
        return self.fields.get(name, ())


def parse_form(body: bytes) -> Form:
    """Read a form's body; raises `RequestError` for one that is no form or has too many fields."""
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            encoding="utf-8",
            errors="strict",
            max_num_fields=_MOST_FIELDS,
        )
    except ValueError:  # UnicodeDecodeError is one
        raise RequestError(400, "the form cannot be read") from None
    fields: dict[str, tuple[str, ...]] = {}
    for name, value in pairs:
        fields[name] = (*fields.get(name, ()), value)
    return Form(fields)


def read_changes(
    form: Form, view: ParameterView, on_page: Iterable[Parameter], account: Account
) -> dict[str, str]:
    """Return the values that differ from the phone's, by name.

    A password box left empty changes nothing. Raises `RequestError` for a field that is not on the
    page, and for one that the account may only read.
    """
    parameters = {parameter.name: parameter for parameter in on_page}
    strange = form.fields.keys() - parameters.keys() - {TOKEN, SEEN, CLEAR}
    strange |= set(form.get_all(CLEAR)) - parameters.keys()
    if strange:
        raise RequestError(400, "the form names a parameter that is not on this page")
    changes: dict[str, str] = {}
    for parameter in parameters.values():
        value = _given(form, parameter)
        if value is not None and value != view.value(parameter.index):
            if access_to(view, parameter, account) is not Access.WRITE:
                raise RequestError(403, f"{parameter.name} may not be changed by this account")
            changes[parameter.name] = value
    return changes


def fingerprint(view: ParameterView, on_page: Iterable[Parameter]) -> str:
    """Return a word that differs where what a page shows differs. It tells nothing of a secret."""
    digest = hashlib.sha256()
    for parameter in on_page:
        if not parameter.is_secret:
            digest.update(view.value(parameter.index).encode("utf-8", "surrogateescape") + b"\n")
    return digest.hexdigest()[:16]


def _given(form: Form, parameter: Parameter) -> str | None:
    """Return what the form says of a parameter; None: nothing."""
    values = form.get_all(parameter.name)
    if parameter.is_secret:
        if parameter.name in form.get_all(CLEAR):
            return ""
        return clean_value(values[-1]) or None if values else None
    if not values:
        return None
    if parameter.kind == "multi":
        return "|".join(value for value in values if value)
    return clean_value(values[-1])
