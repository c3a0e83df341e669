"""A contender's process: `python -m benchmarks.worker MODULE` takes jobs and gives measurements, a line of JSON each.

Only the standard library is imported here, so that it runs in any environment. Each job is `{"task": name, …}`; the
module's function of that name is a context manager that prepares and yields the work to be timed, which gives what it
did as a dict. Nothing but the work is in the time: no import, no connecting, no closing.
"""

from __future__ import annotations

import gc
import http.client
import importlib
import json
import sys
import time
from typing import Any
from urllib.parse import urlsplit


def main() -> None:
    answers, sys.stdout = sys.stdout, sys.stderr  # what a library prints is no answer
    module = importlib.import_module(sys.argv[1])
    for line in sys.stdin:
        answers.write(json.dumps(measure(module, json.loads(line))) + "\n")
        answers.flush()


def measure(module: Any, job: dict[str, Any]) -> dict[str, Any]:
    """Do one job: wall and CPU seconds of its work, and the requests that the server saw meanwhile."""
    task = getattr(module, job.pop("task"))
    with task(**job) as work:
        gc.collect()
        before = _requests(job)
        began, used = time.perf_counter(), time.process_time()
        done = work()
        seconds, cpu = time.perf_counter() - began, time.process_time() - used
        return {"seconds": seconds, "cpu": cpu, "requests": _requests(job) - before, **done}


def _requests(job: dict[str, Any]) -> int:
    if "address" not in job:
        return 0
    place = urlsplit(job["address"])
    connection = http.client.HTTPConnection(place.hostname or "", place.port)
    connection.request("GET", f"/-/requests{place.path}")
    count = int(connection.getresponse().read())
    connection.close()
    return count


if __name__ == "__main__":
    main()
