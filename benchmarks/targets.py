"""What is to be reached, as ratios of one run, in the order in which it is shown."""

from __future__ import annotations

ROWS: dict[str, str] = {
    "wire": "Users a second, same page size, against plain httpx and `validate_json` of the full wire model",
    "domain": "The same against `validate_json` of the same domain model",
    "peers": "Users a second and CPU a user against the generated clients, same page size",
    "requests": "Requests for 100,000 users at defaults",
    "wall": "Wall time for 100,000 users at 50 ms and defaults, reading ahead, against the generated clients at theirs",
    "windows": "Parallel pages at 50 ms, share of the ideal",
    "overhead": "What our layers add to one call of the same HTTP library, with an answer of 2 bytes",
    "creates": "Creates at 50 ms, share of the ideal",
    "scheduling": "Scheduling of 100,000 items by workers over one iterator",
    "ahead": "Reading ahead at 50 ms, the consumer blocking 40 ms a page, against not reading ahead",
    "kept": "A user kept, with `raw` at hand, without its share of the page's bytes",
    "parsing": "Time of parsing, against the full wire model",
    "memory": "Growth of peak memory from 100,000 to 1,000,000 users streamed",
    "imports": "`import orgsdk` and a first client, against `import httpx, pydantic, anyio, tenacity`",
}
