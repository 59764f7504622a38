"""A phone that only notes what its endpoint tells it; run as a program, it serves one.

    python -m tests.support.sip_phone PORT [PASSWORD]

prints the port that it listens on, and ends when its standard input does.
"""

import asyncio
import os
import sys
from dataclasses import dataclass, field

from mppsim.net.sip_endpoint import SipEndpoint
from mppsim.sip import SipAccount

__all__ = ["NotedPhone"]

SERVER_NAME = "Cisco-CP-8851-3PCC/12.0.7"


@dataclass
class NotedPhone:
    """Stands for `mppsim.net.phone.Phone`."""

    accounts: tuple[SipAccount, ...] = ()
    is_up: bool = True
    server_name: str = SERVER_NAME
    obeyed: list[str] = field(default_factory=list)
    notices: list[tuple[str, int]] = field(default_factory=list)
    counted: list[tuple[int, int]] = field(default_factory=list)

    def obey(self, package: str) -> None:
        self.obeyed.append(package)

    def notified(self, package: str, code: int) -> None:
        self.notices.append((package, code))

    def count_sip(self, received_bytes: int, sent_bytes: int) -> None:
        self.counted.append((received_bytes, sent_bytes))


class CountedPhone:
    """As `NotedPhone`, for the bench: what it is told costs nothing."""

    is_up = True
    server_name = SERVER_NAME

    def __init__(self, accounts: tuple[SipAccount, ...]) -> None:
        self.accounts = accounts
        self.reports = 0

    def obey(self, package: str) -> None:
        self.reports += 1

    def notified(self, package: str, code: int) -> None:
        pass

    def count_sip(self, received_bytes: int, sent_bytes: int) -> None:
        pass


async def _serve(port: int, password: str) -> None:
    account = SipAccount(user_id="1001", password=password, realm="pbx.example", sha256=True)
    phone = CountedPhone((account,))
    endpoint = SipEndpoint(lambda _local, _user: phone, secret=os.urandom(32))
    endpoint.open("127.0.0.1", port)
    sys.stdout.write(f"{endpoint.address[1]}\n")
    sys.stdout.flush()
    ended = asyncio.Event()
    asyncio.get_running_loop().add_reader(sys.stdin, ended.set)
    await ended.wait()
    endpoint.close()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]), "".join(sys.argv[2:3])))
