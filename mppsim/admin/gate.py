"""Let in who may come in: the right host name, the right password, a form of the page's own.

Nothing is remembered of a request but how often somebody guessed wrong.

Source: phone.md, the administration web page; RFC 7616; docs/decisions.md.
"""

import hmac
import re
from collections.abc import Mapping

from mppsim.admin.address import Account
from mppsim.admin.guesses import Guesses
from mppsim.admin.reply import PageRequest, Reply, sentence
from mppsim.core.encryption import RandomBytes
from mppsim.core.parameters import ParameterView
from mppsim.http import DigestRealm
from mppsim.net.phone import Phone

__all__ = ["Gate"]

COOKIE = "mppsim-session"

_SESSION = re.compile(rf"(?:^|;\s*){COOKIE}=([0-9a-f]{{32}})(?=;|$)")


class Gate:
    """Judges every request of every phone's page. `random_bytes` makes sessions and secrets."""

    __slots__ = ("_guesses", "_random_bytes", "_secret")

    def __init__(self, random_bytes: RandomBytes) -> None:
        self._random_bytes = random_bytes
        self._secret = random_bytes(32)
        self._guesses = Guesses()

    def refuse_host(self, request: PageRequest, phone: Phone, local_ip: str) -> Reply | None:
        """Refuse a request for another host than this phone.

        A name that somebody's DNS leads here (DNS rebinding) would make a stranger's page one of
        the phone's own.
        """
        host = _host_of(request.headers.get("host", ""))
        if host in {local_ip, phone.identity.ip, "localhost"}:
            return None
        return sentence(421, f"this is not that host: open the page by its address, {local_ip}")

    def refuse_stranger(
        self, request: PageRequest, phone: Phone, account: Account, *, now: float
    ) -> Reply | None:
        """Ask for the account's password, unless it has none or the request proves it."""
        passwords = _passwords(phone.parameters, account)
        if account not in passwords:
            return None
        mac = phone.identity.mac
        answer, login = request.headers.get("authorization"), request.login
        wait = self._guesses.wait(mac, now) if answer or login else 0.0
        if wait:
            again = ("Retry-After", str(int(wait) + 1))
            return sentence(429, "too many wrong passwords: wait a little").adding(again)
        realm = DigestRealm(f"{phone.identity.model.product_name} {mac}", secret=self._secret)
        verdict = realm.judge(answer, passwords, method=request.method, uri=request.target, now=now)
        if verdict.user is not None or _opens(passwords, login):
            return None
        if verdict.is_wrong or login:
            self._guesses.note_wrong(mac, now)
        challenges = realm.build_challenges(now=now, is_stale=verdict.is_stale)
        return sentence(401, f"log in as {account}").adding(
            *(("WWW-Authenticate", challenge) for challenge in challenges)
        )

    def session_of(self, request: PageRequest) -> tuple[str, tuple[tuple[str, str], ...]]:
        """Return the browser's session, and the header that begins one where there is none."""
        found = _SESSION.search(request.headers.get("cookie", ""))
        if found:
            return found[1], ()
        session = self._random_bytes(16).hex()
        cookie = f"{COOKIE}={session}; Path=/; HttpOnly; SameSite=Strict"
        return session, (("Set-Cookie", cookie),)

    def token(self, session: str, phone: Phone, account: Account) -> str:
        """Return what a form of this session, phone and account carries, and no other one does."""
        subject = f"{session} {phone.identity.mac} {account}"
        return hmac.digest(self._secret, subject.encode(), "sha256").hex()[:32]

    def is_own_form(
        self, request: PageRequest, phone: Phone, account: Account, *, token: str
    ) -> bool:
        """Say whether a form came from this phone's page, in this session."""
        # A browser without a session gets a new one here, of which nobody has a token.
        session, _ = self.session_of(request)
        expected = self.token(session, phone, account)
        return hmac.compare_digest(expected.encode(), token.encode("utf-8", "surrogateescape"))


_PASSWORDS: Mapping[Account, str] = {
    Account.ADMIN: "Admin_Password",
    Account.USER: "User_Password",
}


def _passwords(view: ParameterView, account: Account) -> dict[str, str]:
    """Return who may come in with which password; no entry for an account that has none."""
    # The administrator may see what the user sees.
    accounts = (Account.ADMIN,) if account is Account.ADMIN else (Account.USER, Account.ADMIN)
    held = {each: view[_PASSWORDS[each]] for each in accounts}
    return {str(each): password for each, password in held.items() if password}


def _opens(passwords: Mapping[str, str], login: tuple[str, str] | None) -> bool:
    """Say whether credentials in the URL itself are right, in constant time."""
    user, given = login or ("", "")
    expected = passwords.get(user)
    octets = (text.encode("utf-8", "surrogateescape") for text in (given, expected or "\0"))
    return hmac.compare_digest(*octets) and expected is not None


def _host_of(header: str) -> str:
    """Return the host of a Host header, without port and brackets."""
    found = re.fullmatch(r"\[([0-9A-Fa-f:.]+)\](?::\d{1,5})?|([^:\[\]]+)(?::\d{1,5})?", header)
    return (found[1] or found[2]).lower().rstrip(".") if found else ""
