"""The targets, in the order of the report."""

from __future__ import annotations

ROWS: dict[str, str] = {
    "wire": "Users a second, same page size, against plain httpx and `validate_json` of the full wire model",
    "domain": "The same against `validate_json` of the same domain model",
    "peers": "Users a second and CPU a user against the generated clients, same page size",
    "requests": "Requests for 100,000 users at defaults",
    "wall": "Wall time for 100,000 users at 50 ms, with prefetching, against the generated clients' defaults",
    "windows": "Parallel pages at 50 ms, share of the ideal",
    "overhead": "What orgsdk adds to one call of the same HTTP library, with a response of 2 bytes",
    "creates": "Creates at 50 ms, share of the ideal",
    "scheduling": "Scheduling of 100,000 items by workers over one iterator",
    "ahead": "Prefetching at 50 ms, with a consumer that blocks 40 ms a page, against no prefetching",
    "kept": "Memory of a user, with `raw` available, without its share of the page's bytes",
    "parsing": "Time of parsing, against the full wire model",
    "memory": "Growth of peak memory from 100,000 to 1,000,000 users streamed",
    "imports": "`import orgsdk` and a first client, against `import httpx, pydantic, anyio, tenacity`",
}
