"""Locust: as many users as phones, each with a path, a User-Agent and a connection of its own."""

import itertools
import os

from locust import FastHttpUser, constant, task

BODY = b"x" * 6000
NUMBERS = itertools.count(1)


class Phone(FastHttpUser):
    """One phone that uploads without a pause."""

    host = f"http://127.0.0.1:{os.environ['PORT']}"
    wait_time = constant(0)

    def on_start(self) -> None:
        mac = f"00562b{next(NUMBERS):06x}"
        self.path = f"/reports/{mac}.xml"
        self.own_headers = {
            "User-Agent": f"Cisco-CP-8851-3PCC/12.0.7 ({mac})",
            "Accept-Encoding": "deflate, gzip",
            "Accept": "*/*",
            "Accept-Language": "en",
            "Accept-Charset": "iso-8859-1",
        }

    @task
    def upload(self) -> None:
        """Upload a report; a failure ends the run."""
        # One name for all of them: what Locust keeps for each name is not what is measured.
        answer = self.client.put(self.path, data=BODY, headers=self.own_headers, name="upload")
        if answer.status_code != 201:
            print(f"answered {answer.status_code}: {answer.error}")
            self.environment.runner.quit()
