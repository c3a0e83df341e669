"""The status page in Chromium: no complaint, no overflow, and a table for a screen reader, on a phone too."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from orgsdk.fleet.status_page import status_app
from tests.examples.chromium import PROGRAM, chromium, new_tab
from tests.fastapi.serving import served
from tests.fleet.samples import SampleStore

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [
    pytest.mark.asyncio,  # aiohttp controls the browser
    pytest.mark.skipif(PROGRAM is None, reason="no Chromium is installed: apt-get install chromium"),
]

READY = "document.readyState === 'complete' && document.querySelector('footer')"
COLOURS = "[getComputedStyle(document.body).color, getComputedStyle(document.body).backgroundColor]"


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with chromium(tmp_path_factory.mktemp("chromium")) as address:
        yield address


@pytest.fixture
def url() -> Iterator[str]:
    with served(status_app(SampleStore())) as address:
        yield address


@pytest.mark.parametrize("width", [320, 760])
async def test_the_page_fits_the_window_and_stays_a_table(browser: str, url: str, width: int) -> None:
    async with new_tab(browser) as tab:
        await tab.send("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)
        await tab.open(url)
        await tab.until(READY)
        assert await tab.evaluate("document.documentElement.scrollWidth") <= width
        assert {
            ("progressbar", "Finished organizations"),
            ("table", "4 keys"),
            ("columnheader", "guarded"),
            ("rowheader", "tenant-north"),
            ("heading", "Organizations that need attention"),
            ("link", "stop"),
        } <= await tab.accessible()
        assert tab.complaints == []  # such as something that the policy has blocked


async def test_the_page_is_dark_for_a_reader_who_prefers_it(browser: str, url: str) -> None:
    seen = {}
    async with new_tab(browser) as tab:
        for scheme in ("light", "dark"):
            features = [{"name": "prefers-color-scheme", "value": scheme}]
            await tab.send("Emulation.setEmulatedMedia", features=features)
            await tab.open(url)
            await tab.until(READY)
            seen[scheme] = await tab.evaluate(COLOURS)
    assert seen == {
        "light": ["rgb(26, 26, 26)", "rgb(255, 255, 255)"],
        "dark": ["rgb(232, 232, 232)", "rgb(21, 23, 26)"],
    }


async def test_a_reader_stops_the_refresh_and_starts_it_again(browser: str, url: str) -> None:
    async with new_tab(browser) as tab:
        await tab.open(url)
        await tab.until(READY)
        await tab.click("footer a")
        await tab.until("location.search === '?refresh=0' && document.querySelector('footer')")
        assert await tab.evaluate("document.querySelector('meta[http-equiv]')") is None
        await tab.click("footer a")
        await tab.until("document.querySelector('meta[http-equiv=refresh]')?.content === '10'")
        assert await tab.evaluate("document.querySelectorAll('script').length") == 0
        assert tab.complaints == []
