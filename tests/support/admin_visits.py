"""A phone and the desk that answers for its page: requests go in, answers come out, no network."""

import base64
import hashlib
import re
from collections.abc import Mapping
from urllib.parse import unquote, urlencode, urlsplit

from lxml import html

from mppsim.admin.desk import AdminDesk
from mppsim.admin.reply import PageRequest, Reply
from mppsim.core.profile import Profile, ProfileSetting
from mppsim.net.phone import Phone
from tests.support.phone_desk import Desk
from tests.support.timelines import profile_of
from tests.support.turns import turns

IP = "127.0.0.5"
BROWSER = "Mozilla/5.0 (X11; Linux x86_64)"
FORM = "application/x-www-form-urlencoded"


def profile_with_ua(**uas: str) -> Profile:
    """A profile that gives parameters a `ua`, and the value 1."""
    return Profile(tuple(ProfileSetting(name=name, value="1", ua=ua) for name, ua in uas.items()))


class Dice:
    """Bytes that differ each time, and are the same in every run."""

    def __init__(self) -> None:
        self.thrown = 0

    def __call__(self, count: int) -> bytes:
        self.thrown += 1
        return hashlib.shake_128(str(self.thrown).encode()).digest(count)


class Visitor:
    """A browser, as far as a desk sees it: it keeps its cookie and knows a password."""

    def __init__(
        self,
        values: Mapping[str, str] | None = None,
        *,
        quirks: tuple[str, ...] = (),
        firmware: str = "mpp-12.0",
        model: str = "8851",
    ) -> None:
        self.desk = Desk(dict(values or {}), quirks=quirks, ip=IP, firmware=firmware, model=model)
        self.phone = self.desk.phone
        self.admin = AdminDesk(Dice())
        self.headers = {"host": IP, "user-agent": BROWSER}
        self.now = 0.0
        self.phone.switch_on()

    def provision(self, **values: str) -> None:
        self.phone.provision(profile_of(values))

    def ask(self, target: str, *, method: str = "GET", body: bytes = b"", **headers: str) -> Reply:
        parts = urlsplit(target)
        request = PageRequest(
            method=method,
            target=target,
            path=unquote(parts.path),
            query=parts.query,
            headers=self.headers | {name.replace("_", "-"): to for name, to in headers.items()},
            body=body,
        )
        reply = self.admin.answer(request, self.phone, local_ip=IP, now=self.now)
        for value in headers_of(reply, "Set-Cookie"):
            self.headers["cookie"] = value.partition(";")[0]
        return reply

    def resyncs(self) -> list[str | None]:
        """Give the rules that the phone is told to resync by from now on; it does not."""
        rules: list[str | None] = []

        class Listening(Phone):
            __slots__ = ()

            def resync(self, rule: str | None = None) -> None:
                rules.append(rule)

        self.phone.__class__ = Listening
        return rules

    async def settle(self) -> None:
        """Let the phone do what is due."""
        await turns(4)

    def page(self, target: str, **headers: str) -> html.HtmlElement:
        reply = self.ask(target, **headers)
        assert reply.status == 200, reply
        return html.fromstring(reply.body.decode())

    def submit(self, target: str, *, token: str | None = None, **values: str) -> Reply:
        """Send a form with these fields only; the token is the page's own unless given."""
        own = self.token(target) if token is None else token
        return self.send(target, {"_token": own, **values})

    def send(self, target: str, values: Mapping[str, str | list[str]], **headers: str) -> Reply:
        body = urlencode(values, doseq=True).encode()
        return self.ask(target, method="POST", body=body, **{"content_type": FORM, **headers})

    def form(self, target: str) -> dict[str, str | list[str]]:
        """Give the fields of the page's form as a browser would send them."""
        return self.values_of(self.page(target))

    @staticmethod
    def read(reply: Reply) -> html.HtmlElement:
        return html.fromstring(reply.body.decode())

    @staticmethod
    def values_of(page: html.HtmlElement) -> dict[str, str | list[str]]:
        values: dict[str, str | list[str]] = {}
        for name, value in page.get_element_by_id("voice").form_values():
            # lxml keeps the line break after <textarea>, which a browser drops
            kept = values.setdefault(name, [])
            assert isinstance(kept, list)
            kept.append(value.removeprefix("\n"))
        return values

    def token(self, target: str) -> str:
        found = self.page(target).xpath("//input[@name='_token']/@value")
        return str(found[0])


def headers_of(reply: Reply, name: str) -> list[str]:
    return [value for key, value in reply.headers if key == name]


def digest_for(reply: Reply, *, user: str, password: str, method: str, target: str) -> str:
    """Answer the first challenge of a 401, as RFC 7616 says."""
    challenge = headers_of(reply, "WWW-Authenticate")[0]
    params = dict(re.findall(r'(\w+)="?([^",]+)', challenge))
    realm, nonce = params["realm"], params["nonce"]
    secret = _md5(f"{user}:{realm}:{password}")
    response = _md5(f"{secret}:{nonce}:00000001:abc:auth:{_md5(f'{method}:{target}')}")
    return (
        f'Digest username="{user}", realm="{realm}", nonce="{nonce}", uri="{target}",'
        f' qop=auth, nc=00000001, cnonce="abc", response="{response}", algorithm=MD5'
    )


def basic_for(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
