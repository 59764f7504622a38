"""One request to one phone, let in: what every page needs in order to be written."""

from dataclasses import dataclass

from mppsim.admin.address import Account, PageAddress
from mppsim.admin.forms import TOKEN, Form, parse_form
from mppsim.admin.gate import Gate
from mppsim.admin.layout import show_tabs
from mppsim.admin.pages import Frame, Seals
from mppsim.admin.reply import PageRequest, RequestError
from mppsim.core.parameters import ParameterView
from mppsim.net.phone import Phone

__all__ = ["Visit"]

_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """Who came to which phone, and for what."""

    request: PageRequest
    phone: Phone
    address: PageAddress
    """Of the page; for anything else, of the page that it leads back to."""
    gate: Gate
    session: str

    @property
    def account(self) -> Account:
        """Return who came."""
        return self.address.account

    @property
    def view(self) -> ParameterView:
        """Return what the phone holds now."""
        return self.phone.parameters

    @property
    def may_act(self) -> bool:
        """Say whether direct URLs do anything."""
        return self.view["Enable_Direct_Action_Url"] == "Yes"

    def frame(self, here: str = "") -> Frame:
        """Return what is around the page; `here` is the link to be marked."""
        return Frame(
            phone=self.phone,
            address=self.address,
            tabs=show_tabs(self.view, self.account, self.address.detail),
            here=here or self.address.slug,
            can_act=self.may_act,
        )

    def seals(self, seen: str = "") -> Seals:
        """Return what a form of this page carries."""
        return Seals(token=self.gate.token(self.session, self.phone, self.account), seen=seen)

    def read_form(self) -> Form:
        """Read the form that was sent; raises `RequestError` unless it is this page's own."""
        kind = self.request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != _FORM:
            raise RequestError(415, f"send the form as {_FORM}")
        form = parse_form(self.request.body)
        token = form.get(TOKEN)
        if not self.gate.is_own_form(self.request, self.phone, self.account, token=token):
            raise RequestError(403, "this form is not the page's own: load it again, then submit")
        return form
