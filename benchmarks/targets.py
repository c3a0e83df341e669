"""The targets, in the order of the report."""

from __future__ import annotations

ROWS: dict[str, str] = {
    "wire": "Time to list, against plain httpx and the full model",
    "socket": "Time to list with aiohttp, against a raw socket and the same model",
    "prefetch": "Time to list with prefetching and no latency, against no prefetching",
    "peers": "Time to list, against the generated clients with the same page size",
    "requests": "Requests for 100,000 users at defaults",
    "wall": "Time of the generated clients' defaults at 50 ms, against orgsdk with prefetching",
    "windows": "Parallel pages at 50 ms, share of the ideal",
    "overhead": "Time that orgsdk adds to one call of the same HTTP library",
    "creates": "Creates at 50 ms, share of the ideal",
    "scheduling": "Scheduling of 100,000 items by workers over one iterator",
    "ahead": "Speed with prefetching at 50 ms, if the caller blocks 40 ms a page",
    "kept": "Memory of a user with `raw`, without its share of the page's bytes",
    "parsing": "Time of parsing, against the full model",
    "envelope": "Time of parsing a page in an envelope, against the bare array",
    "memory": "Growth of peak memory from 100,000 to 1,000,000 users streamed",
    "imports": "Time to a first client, against `import httpx, pydantic, anyio, tenacity`",
}
