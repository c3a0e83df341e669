"""The SCIM gateway's own time: requests of an identity provider over users in memory, without a network.

`python -m benchmarks.scim_gateway` provisions the users as Entra does, looks them up, changes them and reads pages. It
prints the time of each kind of request: the median and the 95th percentile. The goal is a median of 3 ms over all of
them.
"""

from __future__ import annotations

import argparse
import asyncio
import secrets
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import httpx

from benchmarks import figures
from orgsdk import OrgClient
from orgsdk.scim import DeactivationLimit, GatewayOptions, gateway

GOAL_MS = 3.0
USERS = 300
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


class Stopwatch:
    """Send requests to an app and keep how long each took."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http
        self.times: dict[str, list[float]] = defaultdict(list)

    async def send(self, kind: str, method: str, path: str, body: object = None) -> Any:
        """Send one request, and return the JSON of its answer."""
        started = time.perf_counter()
        response = await self._http.request(method, path, json=body)
        self.times[kind].append((time.perf_counter() - started) * 1000)
        response.raise_for_status()
        return response.json() if response.content else None


async def measure(users: int) -> dict[str, list[float]]:
    """Return the times of each kind of request, in milliseconds."""
    token = secrets.token_urlsafe(32)
    unlimited = DeactivationLimit(users=10**6, share=1)
    with tempfile.TemporaryDirectory() as folder:
        async with OrgClient.memory() as client:
            options = GatewayOptions(on_delete="delete", max_deactivations=unlimited)
            app = gateway(client, options=options, tokens=[token], id_map=Path(folder, "scim.db"))
            transport, headers = httpx.ASGITransport(app), {"Authorization": f"Bearer {token}"}
            async with httpx.AsyncClient(transport=transport, base_url="http://app/v2", headers=headers) as http:
                watch = Stopwatch(http)
                await watch.send("warm-up", "GET", "/Users?count=1")
                for number in range(users):
                    await provision(watch, number)
                for start in range(1, users, 100):
                    await watch.send("page of 100", "GET", f"/Users?startIndex={start}&count=100")
    del watch.times["warm-up"]
    return watch.times


async def provision(watch: Stopwatch, number: int) -> None:
    """Send what Entra sends for one user."""
    name = f"kim{number}@acme.example"
    body = {
        "schemas": [USER],
        "userName": name,
        "externalId": f"x{number}",
        "active": True,
        "name": {"givenName": "Kim", "familyName": str(number)},
        "emails": [{"value": name, "type": "work", "primary": True}],
    }
    rename = {"op": "Replace", "path": "name.givenName", "value": "Kima"}
    leave = {"op": "Replace", "path": "active", "value": "False"}
    await watch.send("lookup, unknown", "GET", f'/Users?filter=userName eq "{name}"')
    user = await watch.send("create", "POST", "/Users", body)
    path = f"/Users/{user['id']}"
    await watch.send("lookup, known", "GET", f'/Users?filter=userName eq "{name}"')
    await watch.send("read", "GET", path)
    await watch.send("change a name", "PATCH", path, {"schemas": [PATCH], "Operations": [rename]})
    if number % 10 == 0:
        await watch.send("deactivate", "PATCH", path, {"schemas": [PATCH], "Operations": [leave]})


def main() -> None:
    """Measure, and print a table. Exit with 1 if the goal is missed."""
    times = asyncio.run(measure(_arguments().users))
    every = [one for kind in times.values() for one in kind]
    for kind, listed in {**times, "all": every}.items():
        slowest = statistics.quantiles(listed, n=20)[-1] if len(listed) > 1 else listed[0]
        print(f"{kind:16} {len(listed):6} requests, median {statistics.median(listed):6.2f} ms, 95 % {slowest:6.2f} ms")
    sys.exit(statistics.median(every) > GOAL_MS)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scim_gateway", description=__doc__)
    parser.add_argument(
        "users",
        nargs="?",
        type=figures.number,
        default=USERS,
        metavar="USERS",
        help=f"number of users (default: {USERS})",
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
