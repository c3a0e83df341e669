"""A headless Chromium, controlled by its DevTools protocol over an aiohttp WebSocket."""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
import re
import shutil
import subprocess
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import TYPE_CHECKING, Any

import aiohttp

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

PROGRAM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
_FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--remote-debugging-port=0")
_SECONDS = 20.0


class NavigatedError(Exception):
    """The tab went on to another page before the answer."""


class Tab:
    """One page of the browser."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)
        self.complaints: list[str] = []

    async def send(self, method: str, **parameters: Any) -> dict[str, Any]:
        number = next(self._numbers)
        await self._socket.send_json({"id": number, "method": method, "params": parameters})
        async with asyncio.timeout(_SECONDS):
            while True:
                message = await self._socket.receive_json()
                if message.get("id") == number:
                    if message.get("error", {}).get("message") == "Inspected target navigated or closed":
                        raise NavigatedError
                    assert "error" not in message, message["error"]
                    return dict(message["result"])
                self._note(message)

    def _note(self, message: dict[str, Any]) -> None:
        if message.get("method") == "Runtime.exceptionThrown":
            self.complaints.append(str(message["params"]["exceptionDetails"]))
        elif message.get("method") == "Log.entryAdded" and message["params"]["entry"]["level"] == "error":
            self.complaints.append(message["params"]["entry"]["text"])

    async def evaluate(self, expression: str) -> Any:
        answer = await self.send("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    async def until(self, condition: str) -> None:
        """Wait until a JavaScript expression is true, on the next page too if the tab goes on to one meanwhile."""
        async with asyncio.timeout(_SECONDS):
            while True:
                with suppress(NavigatedError):
                    await self.evaluate(
                        f"new Promise(d => {{ const c = () => ({condition}) ? d() : requestAnimationFrame(c); c(); }})"
                    )
                    return

    async def open(self, url: str) -> None:
        await self.send("Page.navigate", url=url)

    async def click(self, selector: str) -> None:
        """Click the middle of an element with the mouse."""
        found = f"document.querySelector({selector!r})"
        await self.evaluate(f"{found}.scrollIntoView({{ block: 'center' }})")
        middle = "box => [box.x + box.width / 2, box.y + box.height / 2]"
        x, y = await self.evaluate(f"({middle})({found}.getBoundingClientRect())")
        for kind in ("mousePressed", "mouseReleased"):
            await self.send("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    async def type(self, text: str) -> None:
        """Type into the focused element."""
        await self.send("Input.insertText", text=text)

    async def press(self, key: str) -> None:
        for kind in ("rawKeyDown", "keyUp"):
            code = {"Tab": 9, "Enter": 13}[key]
            text = {"text": "\r"} if (key, kind) == ("Enter", "rawKeyDown") else {}
            kind_ = "keyDown" if text else kind
            await self.send("Input.dispatchKeyEvent", type=kind_, key=key, code=key, windowsVirtualKeyCode=code, **text)

    async def accessible(self) -> set[tuple[str, str]]:
        """Return role and name of every element of the accessibility tree."""
        nodes = (await self.send("Accessibility.getFullAXTree"))["nodes"]
        seen = [node for node in nodes if not node.get("ignored")]
        return {(n.get("role", {}).get("value", ""), n.get("name", {}).get("value", "").strip()) for n in seen}

    async def screenshot(self) -> bytes:
        return base64.b64decode((await self.send("Page.captureScreenshot"))["data"])


@contextmanager
def chromium(profile: Path) -> Iterator[str]:
    """Run a browser. Yield the address of its DevTools."""
    assert PROGRAM is not None
    arguments = [*_FLAGS, f"--user-data-dir={profile}", "about:blank"]
    with subprocess.Popen([PROGRAM, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        try:
            yield _address(process)
        finally:
            process.terminate()
            process.communicate()


@asynccontextmanager
async def new_tab(address: str, width: int = 1000, height: int = 920) -> AsyncIterator[Tab]:
    """Yield a page with no cookies, no storage and no cache of other pages."""
    async with aiohttp.ClientSession() as session:
        async with asyncio.timeout(_SECONDS), session.get(f"http://{address}/json/version") as answer:
            found = json.loads(await answer.text())
        async with session.ws_connect(found["webSocketDebuggerUrl"], max_msg_size=0) as control:
            browser = Tab(control)
            context = (await browser.send("Target.createBrowserContext"))["browserContextId"]
            target = await browser.send(
                "Target.createTarget", url="about:blank", browserContextId=context, width=width, height=height
            )
            page_url = f"ws://{address}/devtools/page/{target['targetId']}"
            async with session.ws_connect(page_url, max_msg_size=0) as socket:
                page = Tab(socket)
                for domain in ("Page", "Runtime", "Log", "Accessibility"):
                    await page.send(f"{domain}.enable")
                yield page
            await browser.send("Target.disposeBrowserContext", browserContextId=context)


def _address(process: subprocess.Popen[bytes]) -> str:
    assert process.stderr is not None
    while line := process.stderr.readline():
        if listening := re.search(rb"listening on ws://([^/]+)/", line):
            return listening[1].decode()
    raise AssertionError("the browser did not start")
