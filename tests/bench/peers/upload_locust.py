"""Locust: as many users as phones, each with a path, a User-Agent and a connection of its own."""

import itertools

from locust import task
from locust_phone import LocustPhone

BODY = b"x" * 6000
NUMBERS = itertools.count(1)


class Phone(LocustPhone):
    """One phone that uploads without a pause."""

    def on_start(self) -> None:
        self.begin(f"00562b{next(NUMBERS):06x}")

    @task
    def upload(self) -> None:
        """Upload a report."""
        self.send(BODY)
