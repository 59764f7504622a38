"""Locust: what its phones have in common, with each a User-Agent and an address of its own."""

import itertools
import os
from functools import partial
from ipaddress import IPv4Address
from socket import IPPROTO_IP

from gevent.socket import socket
from locust import FastHttpUser, constant

_NUMBERS = itertools.count()
_FIRST_ADDRESS = IPv4Address("127.60.0.1")
_BIND_ADDRESS_NO_PORT = 24  # ip(7): the port is chosen when it connects


def _open_socket(address: str, family: int, kind: int, protocol: int) -> socket:
    opened = socket(family, kind, protocol)
    opened.setsockopt(IPPROTO_IP, _BIND_ADDRESS_NO_PORT, 1)
    opened.bind((address, 0))
    return opened


class LocustPhone(FastHttpUser):
    """A phone that does its one task without a pause."""

    abstract = True
    host = f"http://127.0.0.1:{os.environ['PORT']}"
    wait_time = constant(0)

    def begin(self, mac: str) -> None:
        """Take a MAC address, and send from an address of its own from now on."""
        self.path = f"/reports/{mac}.xml"
        self.own_headers = {
            "User-Agent": f"Cisco-CP-8851-3PCC/12.0.7 ({mac})",
            "Accept-Encoding": "deflate, gzip",
            "Accept": "*/*",
            "Accept-Language": "en",
            "Accept-Charset": "iso-8859-1",
        }
        # FastHttpUser has no option for it: the socket factory of the client's pool is the place.
        pool = self.client.client.clientpool.get_client(self.host)._connection_pool
        address = str(_FIRST_ADDRESS + next(_NUMBERS))
        pool._create_tcp_socket = partial(_open_socket, address)

    def send(self, body: bytes) -> None:
        """Send a report; a failure ends the run."""
        # One name for all of them: what Locust keeps for each name is not what is measured.
        answer = self.client.put(self.path, data=body, headers=self.own_headers, name="report")
        if answer.status_code != 201:
            print(f"answered {answer.status_code}: {answer.error}")
            self.environment.runner.quit()
