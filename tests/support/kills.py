"""A phone that is killed again and again under a stream of changes, and what becomes of them.

Each life is a process of its own with the same `--state`. It is given changes by its keypad, or by
its page; a change is confirmed when `parameters_changed` was told, or the page has answered. A life
reports below a path of its own, so that what came in says from which life it came, even where it
came after the kill.
"""

import asyncio
import json
import re
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from random import Random

import aiohttp

from mppsim.core.catalogue import find_model
from mppsim.core.firmware import load_release
from mppsim.core.identity import make_identity
from mppsim.core.phone_memory import PhoneMemory
from mppsim.net.state_file import FILE_NAME, open_state
from tests.support.http_server import Peer, ScriptedServer, reply, serve_script

PATIENCE = 60.0
NAMES = [f"GPP_{letter}" for letter in "ABCDEFGHIJKLMNOP"]
TAB = "/admin/advanced/provisioning"
PLACES = ("first", "second")
DURING_START, BY_REQUEST = 0.1, 0.6
"""How many kills fall while the phone starts; how many others may fall at one of its requests."""
AT_ONCE = 3
"""Changes by the keypad that are not confirmed yet: more would keep the phone from its uploads."""

_ELEMENT = re.compile(r"<(\w+) ua=\"\w+\">v(\d+)</")


@dataclass
class Life:
    """One process, from its start to its kill."""

    number: int
    by_page: bool
    sent: dict[int, set[str]] = field(default_factory=dict)
    """The names that each change set, by its number."""
    confirmed: set[int] = field(default_factory=set)
    accepted: list[tuple[int, dict[str, int]]] = field(default_factory=list)
    """What the server accepted from it, in order: the rule's place, and name: number."""
    memory: PhoneMemory | None = None
    """What the state file had after the kill."""

    def marked(self, place: int, name: str, number: int) -> bool:
        """Say whether the phone had written, before the kill, that this was accepted."""
        if self.memory is None:
            return False
        kept = self.memory.parameters.get(name)
        if kept is None or kept.value != f"v{number}":
            return True  # it has changed since, so this number cannot go out again
        return kept.revision <= self.memory.accepted[place]


class Torture:
    """Lives, one after the other, and the server that they report to."""

    def __init__(self, folder: Path, random: Random) -> None:
        self.folder = folder
        self.random = random
        self.lives: list[Life] = []
        self.changes = 0
        self.process: asyncio.subprocess.Process | None = None
        self.fatal_request: tuple[int, bool] | None = None
        """Which request from now on kills the phone, and whether before its answer."""

    @asynccontextmanager
    async def serve(self) -> AsyncIterator["Torture"]:
        async with serve_script(self._accept) as server:
            self.server: ScriptedServer = server
            yield self

    async def _accept(self, peer: Peer) -> None:
        while (request := await peer.read_request()) is not None:
            _, number, place, _ = request.line.split()[1].split("/")
            values = {name: int(value) for name, value in _ELEMENT.findall(request.body.decode())}
            self.lives[int(number)].accepted.append((PLACES.index(place), values))
            left, is_before = self.fatal_request or (0, False)
            self.fatal_request = (left - 1, is_before) if left else None
            if left == 1 and is_before:
                self._kill()
            await peer.send(reply(204))
            if left == 1 and not is_before:
                self._kill()

    # One life.

    async def live(self, *, by_page: bool) -> None:
        """Start the phone, change its values, kill it at some point."""
        life = Life(len(self.lives), by_page)
        self.lives.append(life)
        self.process = process = await self._start(life)
        try:
            async with asyncio.timeout(PATIENCE):
                if self.random.random() < DURING_START:
                    self._kill_within(0.8)
                ready = await self._ready(process)
                self._kill_within(1.2)
                if self.random.random() < BY_REQUEST:
                    self.fatal_request = self.random.randint(1, 12), self.random.random() < 0.5
                await (self._submit if by_page else self._press)(life, process, ready)
        except* (ConnectionError, EOFError, aiohttp.ClientError):
            pass  # the kill fell
        finally:
            self._kill()
            await process.wait()
            self.process = self.fatal_request = None
        life.memory = self._read_memory()

    def _kill_within(self, seconds: float) -> None:
        """Kill this process, not the next, at a random moment from now on."""
        process = self.process
        assert process is not None

        def kill() -> None:
            if process is self.process:
                self._kill()

        asyncio.get_running_loop().call_later(self.random.uniform(0.0, seconds), kill)

    def _kill(self) -> None:
        if self.process is not None and self.process.returncode is None:
            self.process.kill()

    async def _start(self, life: Life) -> asyncio.subprocess.Process:
        rules = [f"[--delta]{self.server.url(f'/{life.number}/{place}/$MA')}" for place in PLACES]
        settings = (
            f"Report_Rule={' '.join(rules)}",
            "HTTP_Report_Method=PUT",
            "Report_To_Server=On Local Change",
            "Upload_Delay_On_Local_Change=10",
        )
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "mppsim", "phone", "--state", str(self.folder)),
            *("--sip-port", "0", "--web-port", "0", "--events", "-", "--speed", "1000"),
            *(word for setting in settings for word in ("--set", setting)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )

    def _next_change(self, life: Life, count: int) -> dict[str, str]:
        self.changes += 1
        names = self.random.sample(NAMES, count)
        life.sent[self.changes] = set(names)
        return dict.fromkeys(names, f"v{self.changes}")

    async def _press(
        self, life: Life, process: asyncio.subprocess.Process, _: dict[str, object]
    ) -> None:
        """Set values by the keypad, until the kill."""
        assert process.stdin is not None
        waiting: list[int] = []
        while True:
            while len(waiting) < AT_ONCE:
                ((name, value),) = self._next_change(life, 1).items()
                process.stdin.write(f"set {name}={value}\n".encode())
                waiting.append(self.changes)
            await process.stdin.drain()
            event = await self._read_event(process)
            if event["event"] == "parameters_changed" and event["origin"] == "phone":
                number = waiting.pop(0)
                assert event["names"] == list(life.sent[number])
                life.confirmed.add(number)

    async def _submit(
        self, life: Life, process: asyncio.subprocess.Process, ready: dict[str, object]
    ) -> None:
        """Set values by Submit All Changes on the page, several at a time, until the kill."""
        url = f"http://{ready['web']}{TAB}"
        async with (
            aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as browser,
            asyncio.TaskGroup() as group,
        ):
            group.create_task(self._read_all(process))
            async with browser.get(url) as page:
                token = re.search(r'name="_token" value="([^"]+)"', await page.text())
            assert token is not None
            while True:
                form = {"_token": token[1], **self._next_change(life, 3)}
                number = self.changes
                async with browser.post(url, data=form, allow_redirects=False) as answer:
                    assert answer.status == 303, await answer.text()
                life.confirmed.add(number)

    @staticmethod
    async def _read_event(process: asyncio.subprocess.Process) -> dict[str, object]:
        assert process.stdout is not None
        line = await process.stdout.readline()
        if not line.endswith(b"\n"):
            raise EOFError
        return dict(json.loads(line))

    async def _read_all(self, process: asyncio.subprocess.Process) -> None:
        """Take in what the phone tells, lest it wait for somebody to do so."""
        while True:
            await self._read_event(process)

    async def _ready(self, process: asyncio.subprocess.Process) -> dict[str, object]:
        while (event := await self._read_event(process))["event"] != "ready":
            pass
        return event

    def _read_memory(self) -> PhoneMemory | None:
        """Read a copy of the state file: the next life finds it as the kill left it."""
        copy = self.folder.with_name("copy")
        shutil.rmtree(copy, ignore_errors=True)
        if not (self.folder / FILE_NAME).exists():
            return None
        shutil.copytree(self.folder, copy)
        with open_state(copy) as state:
            identity = make_identity(find_model("8851"))
            return state.flash_of(identity, load_release("mpp-12.0")).recalled

    # What became of it all.

    async def rest(self) -> dict[str, str]:
        """Start the phone once more, let it report what waits, and give what it shows."""
        life = Life(len(self.lives), by_page=False)
        self.lives.append(life)
        process = await self._start(life)
        assert process.stdin is not None
        async with asyncio.timeout(PATIENCE):
            for _ in PLACES:
                while (event := await self._read_event(process))["event"] != "upload_finished":
                    assert event["event"] != "upload_failed"
            _, shown = await process.communicate(b"quit\n")
        assert process.returncode == 0, shown
        life.memory = self._read_memory()
        assert life.memory is not None
        assert life.memory.accepted == (life.memory.revision,) * len(PLACES)
        return {name: kept.value or "" for name, kept in life.memory.parameters.items()}

    def check_values(self) -> None:
        """After each kill: what was confirmed is there, the rest is there whole or not at all."""
        held: dict[str, int] = {}
        for life in self.lives:
            parameters = {} if life.memory is None else life.memory.parameters
            found = {
                name: int((parameters[name].value or "v0")[1:]) if name in parameters else 0
                for name in NAMES
            }
            for number, names in life.sent.items():
                if number not in life.confirmed and not any(
                    found[name] == number for name in names
                ):
                    continue  # it never came to that, or something newer of this life is there
                held |= dict.fromkeys(names, number)
            assert found == {name: held.get(name, 0) for name in NAMES}, f"life {life.number}"

    def count_repeats(self) -> int:
        """Count the deltas whose changes came again; none may do so without a good reason.

        The only one: the kill fell between the server's answer and the write, so that the state
        file it left behind still has the change among those that wait.
        """
        repeats: set[tuple[int, int]] = set()
        for place in range(len(PLACES)):
            seen: dict[tuple[str, int], list[Life]] = {}
            for life in self.lives:
                for at, values in life.accepted:
                    if at == place:
                        for change in values.items():
                            seen.setdefault(change, []).append(life)
            for (name, number), lives in seen.items():
                for earlier, later in pairwise(lives):
                    assert earlier is not later, f"{name}=v{number} was sent twice in one life"
                    assert not earlier.marked(place, name, number), (
                        f"{name}=v{number} was known to be accepted and sent again"
                    )
                    repeats.add((earlier.number, place))
        return len(repeats)

    def check_reports(self, values: dict[str, str]) -> None:
        """Every change that stayed is in an accepted delta of both rules, by its newest value."""
        for place in range(len(PLACES)):
            newest: dict[str, int] = {}
            for life in self.lives:
                for at, carried in life.accepted:
                    if at == place:
                        assert all(newest.get(name, 0) <= to for name, to in carried.items())
                        newest |= carried
            assert {name: f"v{number}" for name, number in newest.items()} == {
                name: value for name, value in values.items() if name in NAMES
            }
