"""Create docs/fastapi-app.png: `python -m tests.examples.screenshot`."""

from __future__ import annotations

import asyncio
import os
import tempfile
from pathlib import Path

from orgsdk.sandbox import Sandbox
from tests.examples.chromium import chromium, new_tab
from tests.examples.conftest import EXAMPLES, load_example, sandbox_environment
from tests.fastapi.serving import served

PICTURE = EXAMPLES.parent / "docs" / "fastapi-app.png"
TURNED = "document.querySelector('#people')?.getAttribute('aria-busy') === 'false' && !{}.disabled"


async def main() -> None:
    """Show the second page, with both buttons enabled, in a window of the page's height."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        async with Sandbox() as sandbox:
            os.environ.update(sandbox_environment(sandbox, "flat"))
            with served(load_example("fastapi_app/main.py").app) as url, chromium(Path(profile)) as browser:
                async with new_tab(browser) as tab:
                    await tab.open(url)
                    await tab.until(TURNED.format("document.querySelector('#next')"))
                    await tab.click("#next")
                    await tab.until(TURNED.format("document.querySelector('#previous')"))
                    await tab.until("/^[0-9,]+ people$/.test(document.querySelector('#count').textContent)")
                    height = await tab.evaluate("document.body.scrollHeight")
                    size = {"width": 1000, "height": height, "deviceScaleFactor": 1, "mobile": False}
                    await tab.send("Emulation.setDeviceMetricsOverride", **size)
                    PICTURE.write_bytes(await tab.screenshot())


if __name__ == "__main__":
    asyncio.run(main())
