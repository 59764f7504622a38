"""Answer a request to a phone's page: who may, what is shown, what is handed on to the phone.

Nothing here waits. What a form asks for, the phone itself decides; the page shows what it said.

Source: the administration guides on the web page and its direct URLs; docs/admin-page.md.
"""

from collections.abc import Callable, Mapping

from mppsim.admin.address import STATUS, Account, Detail, PageAddress, parse_address
from mppsim.admin.gate import Gate
from mppsim.admin.layout import show_tabs
from mppsim.admin.pages import (
    MEDIA_TYPES,
    read_asset,
    write_message,
    write_question,
    write_search,
    write_status,
)
from mppsim.admin.reply import PageRequest, Reply, RequestError, page, sentence, xml
from mppsim.admin.screen_page import SCREEN, answer_screen
from mppsim.admin.search import find_parameters
from mppsim.admin.spa_dump import build_spa_dump
from mppsim.admin.visit import Visit
from mppsim.admin.voice_page import answer_voice
from mppsim.core.encryption import RandomBytes
from mppsim.core.report import build_full
from mppsim.core.secrets import hide_secrets
from mppsim.net.phone import Phone

__all__ = ["AdminDesk"]

_ASSETS = "/assets/"
_SEARCH = "search"
_LONGEST_QUERY = 100

SAFETY = (
    (
        "Content-Security-Policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self';"
        " form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    ),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
)
"""On every answer: nothing but this page's own files is run or shown, and no page frames it."""


class AdminDesk:
    """Answers for every phone; keeps nothing of a request but wrong guesses of a password."""

    def __init__(self, random_bytes: RandomBytes) -> None:
        self._gate = Gate(random_bytes)

    def answer(self, request: PageRequest, phone: Phone, *, local_ip: str, now: float) -> Reply:
        """Answer a whole request that came to `local_ip`; `now` is seconds that never go back."""
        try:
            reply = self._answer(request, phone, local_ip, now)
        except RequestError as refused:
            reply = sentence(refused.status, refused.reason)
        return reply.adding(*SAFETY)

    def _answer(self, request: PageRequest, phone: Phone, local_ip: str, now: float) -> Reply:
        if request.method not in {"GET", "HEAD", "POST"}:
            return sentence(405, "only GET, HEAD and POST").adding(("Allow", "GET, HEAD, POST"))
        if (refused := self._gate.refuse_host(request, phone, local_ip)) is not None:
            return refused
        if request.path.startswith(_ASSETS):
            return _answer_asset(request.path.removeprefix(_ASSETS))
        address, act = _find(request.path)
        if address.account is Account.ADMIN:
            _check_admin_access(phone)
        refused = self._gate.refuse_stranger(request, phone, address.account, now=now)
        if refused is not None:
            return refused
        session, cookie = self._gate.session_of(request)
        visit = Visit(
            request=request, phone=phone, address=address, gate=self._gate, session=session
        )
        reply = act(visit).adding(("Cache-Control", "no-store"))
        return reply.adding(*cookie) if reply.media_type == "text/html" else reply


_Act = Callable[[Visit], Reply]


def _find(path: str) -> tuple[PageAddress, _Act]:
    """Return whose a path is and what it does; raises `RequestError` for one that is not there.

    The account is asked for its password by this, so no path may be read in two ways.
    """
    if path in _DIRECT:
        account, act = _DIRECT[path]
        return PageAddress(account=account), act
    if path == SCREEN or path.startswith(f"{SCREEN}/"):
        return PageAddress(account=Account.USER), answer_screen
    address = parse_address(path)
    if address is None:
        raise RequestError(404, "there is no such page")
    return address, _PAGES.get(address.slug, answer_voice)


def _check_admin_access(phone: Phone) -> None:
    if phone.parameters["Enable_Web_Admin_Access"] == "No":
        raise RequestError(403, "Enable_Web_Admin_Access is No: a profile may change it")


def _answer_asset(name: str) -> Reply:
    body = read_asset(name)
    if body is None:
        raise RequestError(404, "there is no such file")
    kept = ("Cache-Control", "no-cache")  # another version of mppsim may answer next
    return Reply(media_type=MEDIA_TYPES[name], body=body, headers=(kept,))


# Pages.


def _only_read(visit: Visit) -> None:
    if visit.request.is_form:
        raise RequestError(405, "this page takes no form")


def _status(visit: Visit) -> Reply:
    _only_read(visit)
    return page(write_status(visit.frame(), visit.phone.status_groups()))


def _search(visit: Visit) -> Reply:
    _only_read(visit)
    query = visit.request.asks("q")[:_LONGEST_QUERY]
    tabs = show_tabs(visit.view, visit.account, Detail.ADVANCED)
    return page(write_search(visit.frame(), query, find_parameters(tabs, query)))


_PAGES: Mapping[str, _Act] = {STATUS: _status, _SEARCH: _search}


# What programs read.


def _configuration(visit: Visit) -> Reply:
    _only_read(visit)
    return xml(build_full(visit.view))


def _status_report(visit: Visit) -> Reply:
    _only_read(visit)
    return xml(visit.phone.status_report())


def _spa_dump(visit: Visit) -> Reply:
    _only_read(visit)
    if not visit.view.baseline.release.name.startswith("spa"):
        raise RequestError(404, "only SPA firmware has this file: /admin/cfg.xml is this phone's")
    return xml(build_spa_dump(visit.view, visit.phone.status_groups()))


# Direct URLs: a program's GET does it at once. A browser's is asked first, since a stranger's page
# can make a browser send one.


def _reboot(visit: Visit) -> Reply:
    if not _is_decided(visit, is_at_once=True):
        return _ask(
            visit, "Reboot", "Uploads in hand are cut, and the phone reports once it is up."
        )
    visit.phone.restart("User Triggered")
    return _say(visit, "Reboot", "The phone restarts.")


def _factory_reset(visit: Visit) -> Reply:
    if not _is_decided(visit, is_at_once=False):
        return _ask(
            visit,
            "Factory reset",
            "Every parameter takes its factory value, and the phone restarts."
            " Passwords and the Report Rule are gone then.",
        )
    visit.phone.reset()
    return _say(visit, "Factory reset", "The phone has its factory values, and restarts.")


def _resync(visit: Visit) -> Reply:
    rule = visit.request.argument
    if not _is_decided(visit, is_at_once=True):
        by = f"once by this rule: {hide_secrets(rule)}" if rule else "by its profile rules"
        return _ask(visit, "Resync", f"The phone fetches its profile {by}.")
    visit.phone.resync(rule or None)
    return _say(visit, "Resync", "The phone resyncs.")


def _is_decided(visit: Visit, *, is_at_once: bool) -> bool:
    """Say whether a direct URL is to be done now; raises `RequestError` where it may not be."""
    if not visit.may_act:
        raise RequestError(403, "Enable_Direct_Action_Url is No: this URL does nothing")
    request = visit.request
    if request.is_form:
        visit.read_form()
        return True
    return is_at_once and request.method == "GET" and not request.is_from_browser


def _ask(visit: Visit, title: str, question: str) -> Reply:
    frame = visit.frame(title.lower().replace(" ", "-"))
    return page(write_question(frame, title, question, act=title, seals=visit.seals()))


def _say(visit: Visit, title: str, text: str) -> Reply:
    if not visit.request.is_from_browser:
        return sentence(200, text)
    return page(write_message(visit.frame(title.lower().replace(" ", "-")), title, text))


_DIRECT: Mapping[str, tuple[Account, _Act]] = {
    "/admin/cfg.xml": (Account.ADMIN, _configuration),
    "/admin/status.xml": (Account.ADMIN, _status_report),
    "/admin/spacfg.xml": (Account.ADMIN, _spa_dump),
    "/status.xml": (Account.USER, _status_report),
    "/admin/resync": (Account.ADMIN, _resync),
    "/admin/reboot": (Account.ADMIN, _reboot),
    "/admin/factory-reset": (Account.ADMIN, _factory_reset),
}
