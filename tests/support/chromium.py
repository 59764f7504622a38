"""Debian's Chromium without a window, driven by its own DevTools protocol over a WebSocket."""

import asyncio
import base64
import itertools
import json
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

AXE = Path(__file__).parents[2] / ".strangers" / "node_modules" / "axe-core" / "axe.min.js"
PATIENCE = 30.0

_FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    *("--hide-scrollbars", "--remote-debugging-port=0", "--disable-dev-shm-usage"),
)


@dataclass
class Tab:
    """One page of the browser: what a person does with it, and what went wrong in it."""

    socket: aiohttp.ClientWebSocketResponse
    session: str = ""
    credentials: tuple[str, str] | None = None
    faults: list[str] = field(default_factory=list)
    """What the console showed as an error."""
    requests: list[str] = field(default_factory=list)
    """Every URL that a page has asked for."""
    challenges: int = 0
    """How often a login was asked for."""
    _numbers: "itertools.count[int]" = field(default_factory=itertools.count)
    _waiting: dict[int, "asyncio.Future[dict[str, Any]]"] = field(default_factory=dict)
    _loaded: asyncio.Event = field(default_factory=asyncio.Event)

    async def call(self, method: str, **params: Any) -> dict[str, Any]:
        number = next(self._numbers)
        answer = asyncio.get_running_loop().create_future()
        self._waiting[number] = answer
        message = {"id": number, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        await self.socket.send_json(message)
        async with asyncio.timeout(PATIENCE):
            return await answer

    async def open(self) -> None:
        target = await self.call("Target.createTarget", url="about:blank")
        attached = await self.call(
            "Target.attachToTarget", targetId=target["targetId"], flatten=True
        )
        self.session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            await self.call(f"{domain}.enable")
        await self.call("Fetch.enable", handleAuthRequests=True, patterns=[{"urlPattern": "*"}])

    async def go(self, url: str) -> None:
        """Open a page and wait until it is there."""
        self._loaded.clear()
        # A place on the page that is shown already is no load.
        here, there = (await self.read("location.href")), url
        await self.call("Page.navigate", url=there)
        if "#" not in there or here.partition("#")[0] != there.partition("#")[0]:
            await self.wait_for_load()

    async def wait_for_load(self) -> None:
        async with asyncio.timeout(PATIENCE):
            await self._loaded.wait()

    async def read(self, expression: str) -> Any:
        """Give the value of an expression of JavaScript, which may be a promise."""
        result = await self.call(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in result, result
        return result["result"].get("value")

    async def text(self, selector: str) -> str:
        return str(await self.read(f"document.querySelector({selector!r})?.textContent ?? ''"))

    async def click(self, selector: str, *, loads: bool = False) -> None:
        """Click in the middle of an element, as a mouse does."""
        x, y = await self.read(
            f"(() => {{ const e = document.querySelector({selector!r});"
            " e.scrollIntoView({block: 'center'});"
            " const r = e.getBoundingClientRect();"
            " return [r.x + r.width / 2, r.y + r.height / 2] })()"
        )
        self._loaded.clear()
        for kind in ("mousePressed", "mouseReleased"):
            await self.call(
                "Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1
            )
        if loads:
            await self.wait_for_load()

    async def type(self, selector: str, text: str) -> None:
        """Replace what is in a field by typing."""
        await self.click(selector)
        await self.read(f"document.querySelector({selector!r}).select()")
        await self.call("Input.insertText", text=text)

    async def choose(self, selector: str, option: str) -> None:
        """Choose an option of a list, as its keys do: with input and change events."""
        await self.read(
            f"(() => {{ const e = document.querySelector({selector!r}); e.value = {option!r};"
            " e.dispatchEvent(new Event('input', {bubbles: true}));"
            " e.dispatchEvent(new Event('change', {bubbles: true})) })()"
        )

    async def press(self, key: str, code: int, *, loads: bool = False) -> None:
        self._loaded.clear()
        more = {"text": "\r"} if key == "Enter" else {}
        for kind in ("keyDown", "keyUp"):
            await self.call(
                "Input.dispatchKeyEvent",
                type=kind,
                key=key,
                code=key,
                windowsVirtualKeyCode=code,
                **more,
            )
        if loads:
            await self.wait_for_load()

    async def look(self, width: int, height: int, *, dark: bool = False) -> None:
        """Change the window and the colours that the person prefers."""
        await self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 500,
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        await self.call("Emulation.setEmulatedMedia", features=[scheme])

    async def photograph(self, path: Path) -> None:
        shot = await self.call("Page.captureScreenshot", format="png")
        _keep(path, base64.b64decode(shot["data"]))

    async def listen(self) -> None:
        async for message in self.socket:
            self._take(json.loads(message.data))

    def _take(self, message: dict[str, Any]) -> None:
        if "id" in message:
            self._answer(message)
            return
        params = message.get("params", {})
        match message["method"]:
            case "Page.loadEventFired":
                self._loaded.set()
            case "Fetch.requestPaused":
                self._tell("Fetch.continueRequest", requestId=params["requestId"])
            case "Fetch.authRequired":
                self._log_in(params["requestId"])
            case method:
                self._hear(method, params)

    def _answer(self, message: dict[str, Any]) -> None:
        waiting = self._waiting.pop(message["id"], None)
        if waiting is None or waiting.done():
            return
        if "error" in message:
            waiting.set_exception(AssertionError(message["error"]))
        else:
            waiting.set_result(message.get("result", {}))

    def _hear(self, method: str, params: dict[str, Any]) -> None:
        """Take note of what is asked for, and of what the console shows as an error."""
        match method:
            case "Network.requestWillBeSent":
                self.requests.append(params["request"]["url"])
            case "Runtime.exceptionThrown":
                self.faults.append(str(params["exceptionDetails"]))
            case "Runtime.consoleAPICalled" if params["type"] in {"error", "assert"}:
                self.faults.append(str(params["args"]))
            case "Log.entryAdded" if params["entry"]["level"] == "error":
                self.faults.append(f"{params['entry']['text']} {params['entry'].get('url')}")

    def _log_in(self, request: str) -> None:
        self.challenges += 1
        answer: dict[str, str] = {"response": "CancelAuth"}
        if self.credentials is not None:
            user, password = self.credentials
            answer = {
                "response": "ProvideCredentials",
                "username": user,
                "password": password,
            }
            self.credentials = None  # a wrong one is not tried for ever
        self._tell("Fetch.continueWithAuth", requestId=request, authChallengeResponse=answer)

    def _tell(self, method: str, **params: Any) -> None:
        self._told = asyncio.ensure_future(self.call(method, **params))
        self._told.add_done_callback(lambda done: done.cancelled() or done.exception())


async def serious_faults(tab: Tab) -> list[tuple[str, list[str]]]:
    """Let axe-core judge the page that is shown."""
    await tab.read(f"{AXE.read_text()}; 0")
    judged = json.loads(await tab.read("axe.run().then(JSON.stringify)"))
    assert "color-contrast" in {rule["id"] for rule in judged["passes"]}
    return [
        (rule["id"], [node["html"][:120] for node in rule["nodes"][:3]])
        for rule in judged["violations"]
        if rule["impact"] in {"serious", "critical"}
    ]


def _keep(path: Path, image: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(image)


@asynccontextmanager
async def chromium() -> AsyncIterator[Tab]:
    """Start a browser of its own with an empty profile, and one tab."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        process = await asyncio.create_subprocess_exec(
            *("chromium", *_FLAGS, f"--user-data-dir={profile}", "about:blank"),
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            url = await _find_url(process)
            async with (
                aiohttp.ClientSession() as client,
                client.ws_connect(url, max_msg_size=0) as socket,
            ):
                tab = Tab(socket)
                listening = asyncio.create_task(tab.listen())
                await tab.open()
                yield tab
                listening.cancel()
                await asyncio.wait([listening])
        finally:
            process.terminate()
            await process.wait()


async def _find_url(process: asyncio.subprocess.Process) -> str:
    assert process.stderr is not None
    async with asyncio.timeout(PATIENCE):
        while line := (await process.stderr.readline()).decode("utf-8", "replace"):
            if line.startswith("DevTools listening on "):
                return line.removeprefix("DevTools listening on ").strip()
    raise AssertionError("chromium did not start")
