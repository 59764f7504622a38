"""Who is let in: by host, by password, by the form's own token."""

import pytest

from mppsim.admin.address import Account
from mppsim.admin.gate import Gate
from mppsim.admin.guesses import FREE_GUESSES
from mppsim.admin.reply import PageRequest, Reply
from tests.support.admin_visits import IP, Dice, basic_for, digest_for, headers_of
from tests.support.phone_desk import Desk

ADMIN, USER = Account.ADMIN, Account.USER
PASSWORDS = {"Admin_Password": "hunter22", "User_Password": "1234"}


class Door:
    """A gate and the phone behind it."""

    def __init__(self, **values: str) -> None:
        self.phone = Desk(values, ip=IP).phone
        self.gate = Gate(Dice())
        self.now = 100.0

    def knock(self, account: Account, answer: str | None = None) -> Reply | None:
        headers = {} if answer is None else {"authorization": answer}
        request = PageRequest(method="GET", target="/x", path="/x", headers=headers)
        return self.gate.refuse_stranger(request, self.phone, account, now=self.now)

    def prove(self, account: Account, user: str, password: str) -> Reply | None:
        challenged = self.knock(account)
        assert challenged is not None
        return self.knock(
            account,
            digest_for(challenged, user=user, password=password, method="GET", target="/x"),
        )


def host_refused(host: str | None) -> bool:
    door = Door()
    headers = {} if host is None else {"host": host}
    request = PageRequest(method="GET", target="/", path="/", headers=headers)
    return door.gate.refuse_host(request, door.phone, IP) is not None


@pytest.mark.parametrize(
    "host", [IP, f"{IP}:8080", "localhost", "LOCALHOST:80", "localhost.", f"{IP}:"[:-1]]
)
async def test_phone_is_asked_by_its_own_address(host: str) -> None:
    assert not host_refused(host)


@pytest.mark.parametrize(
    "host",
    [
        *(None, "", "evil.example", "evil.example:8080", f"{IP}.evil.example", f"evil@{IP}"),
        *("127.0.0.6", "[::1]", f"[{IP}]x", f"{IP}:99999999", f"{IP}:8080:1", "localhost.evil"),
    ],
)
async def test_another_host_s_name_is_refused(host: str | None) -> None:
    assert host_refused(host)


async def test_phone_at_an_ipv6_address_is_asked_in_brackets() -> None:
    gate, phone = Gate(Dice()), Desk(ip="::1").phone
    requests = (
        PageRequest(method="GET", target="/", path="/", headers={"host": host})
        for host in ("[::1]", "[::1]:8080", "::1")
    )

    refused = [gate.refuse_host(request, phone, "::1") is not None for request in requests]
    assert refused == [False, False, True]


@pytest.mark.parametrize("account", Account)
async def test_account_without_a_password_is_open(account: Account) -> None:
    assert Door().knock(account) is None


@pytest.mark.parametrize(
    ("account", "user", "password", "status"),
    [
        (ADMIN, "admin", "hunter22", None),
        (ADMIN, "admin", "wrong", 401),
        (ADMIN, "user", "1234", 401),
        (USER, "user", "1234", None),
        (USER, "user", "hunter22", 401),
        # the administrator may see what the user sees
        (USER, "admin", "hunter22", None),
    ],
)
async def test_password_opens_its_own_account(
    account: Account, user: str, password: str, status: int | None
) -> None:
    reply = Door(**PASSWORDS).prove(account, user, password)

    assert (reply.status if reply else None) == status


async def test_empty_password_of_the_other_account_opens_nothing() -> None:
    door = Door(User_Password="1234")

    reply = door.prove(USER, "admin", "")
    assert reply is not None
    assert reply.status == 401


async def test_basic_credentials_are_not_taken() -> None:
    reply = Door(**PASSWORDS).knock(ADMIN, basic_for("admin", "hunter22"))

    assert reply is not None
    assert reply.status == 401


async def test_login_of_one_phone_opens_no_other_one() -> None:
    first, second = Door(**PASSWORDS), Door(**PASSWORDS)
    second.gate = first.gate
    second.phone = Desk(PASSWORDS, ip="127.0.0.6", mac="00562b000002").phone
    challenged = first.knock(ADMIN)
    assert challenged is not None
    answer = digest_for(challenged, user="admin", password="hunter22", method="GET", target="/x")

    assert first.knock(ADMIN, answer) is None
    reply = second.knock(ADMIN, answer)
    assert reply is not None
    assert reply.status == 401


async def test_guesses_are_slowed_whatever_is_guessed_and_then_forgotten() -> None:
    door = Door(**PASSWORDS)
    challenged = door.knock(ADMIN)
    assert challenged is not None
    right = digest_for(challenged, user="admin", password="hunter22", method="GET", target="/x")

    wrong = [door.knock(ADMIN, "Digest nonsense") for _ in range(FREE_GUESSES + 2)]

    assert [reply.status for reply in wrong if reply] == [401] * FREE_GUESSES + [429] * 2
    slowed = door.knock(ADMIN, right)
    assert slowed is not None
    assert (slowed.status, headers_of(slowed, "Retry-After")) == (429, ["4"])
    assert door.knock(ADMIN, None).status == 401  # type: ignore[union-attr]  # not looked at
    door.now += 4.0
    assert door.knock(ADMIN, right) is None


async def test_stale_answer_is_no_guess_and_gets_a_new_challenge() -> None:
    door = Door(**PASSWORDS)
    challenged = door.knock(ADMIN)
    assert challenged is not None
    right = digest_for(challenged, user="admin", password="hunter22", method="GET", target="/x")
    door.now += 1000.0

    for _ in range(FREE_GUESSES + 2):
        reply = door.knock(ADMIN, right)
        assert reply is not None
        assert "stale=true" in headers_of(reply, "WWW-Authenticate")[0]


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("/x&xuser=admin&xpassword=hunter22", None),
        ("xuser=admin&xpassword=hunter22", None),
        ("/x&xuser=admin&xpassword=guess", 401),
        ("/x&xuser=admin&xpassword=", 401),
        ("/x&xuser=user&xpassword=1234", 401),
        ("/x&xuser=root&xpassword=%00", 401),
        ("/x&xuser=&xpassword=", 401),
    ],
)
async def test_credentials_in_the_url_itself_are_as_good_as_a_login(
    query: str, status: int | None
) -> None:
    door = Door(**PASSWORDS)
    request = PageRequest(method="GET", target=f"/x?{query}", path="/x", query=query)

    replies = [
        door.gate.refuse_stranger(request, door.phone, ADMIN, now=0.0)
        for _ in range(FREE_GUESSES + 1)
    ]

    wanted = [status] * FREE_GUESSES + [429 if status else None]
    assert [reply.status if reply else None for reply in replies] == wanted


class TestSession:
    def request(self, cookie: str) -> PageRequest:
        headers = {"cookie": cookie} if cookie else {}
        return PageRequest(method="POST", target="/", path="/", headers=headers)

    @pytest.mark.parametrize(
        "cookie", ["", "a=b", "mppsim-session=short", "xmppsim-session=" + "0" * 32]
    )
    async def test_browser_without_a_session_gets_one_that_only_this_site_sees(
        self, cookie: str
    ) -> None:
        session, headers = Door().gate.session_of(self.request(cookie))

        expected = f"mppsim-session={session}; Path=/; HttpOnly; SameSite=Strict"
        assert headers == (("Set-Cookie", expected),)
        assert len(session) == 32

    @pytest.mark.parametrize("cookie", ["mppsim-session={}", "a=b; mppsim-session={}; c=d"])
    async def test_browser_keeps_its_session(self, cookie: str) -> None:
        session = "0123456789abcdef" * 2

        assert Door().gate.session_of(self.request(cookie.format(session))) == (session, ())

    async def test_token_is_of_one_session_phone_and_account(self) -> None:
        door, session = Door(), "0" * 32
        other = Desk(ip="127.0.0.6", mac="00562b000002").phone
        own = door.gate.token(session, door.phone, ADMIN)
        request = self.request(f"mppsim-session={session}")

        assert door.gate.is_own_form(request, door.phone, ADMIN, token=own)
        for wrong in (
            "",
            "é",
            "\udce9",
            own[:-1],
            door.gate.token("1" * 32, door.phone, ADMIN),
            door.gate.token(session, other, ADMIN),
            door.gate.token(session, door.phone, USER),
            Gate(bytes).token(session, door.phone, ADMIN),
        ):
            assert not door.gate.is_own_form(request, door.phone, ADMIN, token=wrong)

    async def test_form_without_a_session_is_nobody_s(self) -> None:
        door = Door()
        session, _ = door.gate.session_of(self.request(""))
        token = door.gate.token(session, door.phone, ADMIN)

        assert not door.gate.is_own_form(self.request(""), door.phone, ADMIN, token=token)
