"""The process of a competitor: `python -m benchmarks.worker MODULE` reads jobs and writes results, as lines of JSON.

It imports only the standard library, so that it runs in any environment. A job is `{"task": name, …}`. The module's
function of that name is a context manager that prepares and yields the work to be timed, which returns its results as a
dict. Only the work is timed: no import, no connecting, no closing.
"""

from __future__ import annotations

import argparse
import gc
import http.client
import importlib
import json
import sys
import time
from typing import Any
from urllib.parse import urlsplit


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.worker", description=__doc__)
    parser.add_argument("module", help="name of the competitor's module")
    name: str = parser.parse_args().module
    results, sys.stdout = sys.stdout, sys.stderr  # the output of a library is not a result
    module = importlib.import_module(name)
    for line in sys.stdin:
        results.write(json.dumps(measure(module, json.loads(line))) + "\n")
        results.flush()


def measure(module: Any, job: dict[str, Any]) -> dict[str, Any]:
    """Run one job. Return the wall and CPU seconds of its work, and its number of requests."""
    task = getattr(module, job.pop("task"))
    with task(**job) as work:
        gc.collect()
        before = _requests(job)
        start, used = time.perf_counter(), time.process_time()
        done = work()
        seconds, cpu = time.perf_counter() - start, time.process_time() - used
        return {"seconds": seconds, "cpu": cpu, "requests": _requests(job) - before, **done}


def _requests(job: dict[str, Any]) -> int:
    if "address" not in job:
        return 0
    url = urlsplit(job["address"])
    connection = http.client.HTTPConnection(url.hostname or "", url.port)
    connection.request("GET", f"/-/requests{url.path}")
    count = int(connection.getresponse().read())
    connection.close()
    return count


if __name__ == "__main__":
    main()
