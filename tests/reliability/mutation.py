"""Mutation testing: change the decision modules in small steps, and list the changes that no test detects.

`python tests/reliability/mutation.py FOLDER [--sample] [GROUP ...]` runs mutmut (`pip install mutmut`) with the current
Python, in a new folder of each group below FOLDER. It prints the score of each module and the survivors.
With `--sample` it makes about a third of the changes: those with a number that ends in 1, 4 or 7.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Group:
    """Modules that are changed together, and the tests that must detect the changes."""

    modules: tuple[str, ...]
    tests: tuple[str, ...]


# Each group has the fewest test files that test its modules, so that a run takes minutes.
GROUPS = {
    "pagination": Group(
        (
            "orgsdk/pagination/cursors.py",
            "orgsdk/pagination/listing.py",
            "orgsdk/pagination/paginator.py",
            "orgsdk/pagination/prefetch.py",
            "orgsdk/pagination/walk.py",
        ),
        (
            "tests/pagination/test_cursors.py",
            "tests/pagination/test_endless_lists.py",
            "tests/pagination/test_messages.py",
            "tests/pagination/test_paginator.py",
            "tests/pagination/test_prefetch.py",
            "tests/pagination/test_prefetch_generators.py",
            "tests/pagination/test_strategies.py",
        ),
    ),
    "domain": Group(
        ("orgsdk/domain/json_reader.py", "orgsdk/domain/record.py"),
        ("tests/domain/test_json_reader.py", "tests/domain/test_record.py", "tests/domain/test_round_trip.py"),
    ),
    "private_file": Group(
        ("orgsdk/bulk/private_file.py",),
        ("tests/bulk/test_private_file.py", "tests/bulk/test_private_file_errors.py"),
    ),
    "requests": Group(
        ("orgsdk/transport/urls.py", "orgsdk/transport/headers.py", "orgsdk/transport/request.py"),
        (
            "tests/transport/test_clock.py",
            "tests/transport/test_link.py",
            "tests/transport/test_request.py",
            "tests/transport/test_urls.py",
        ),
    ),
    "connections": Group(
        (
            "orgsdk/transport/send.py",
            "orgsdk/transport/backends/failures.py",
            "orgsdk/transport/backends/proxy.py",
        ),
        (
            "tests/transport/test_event_loops.py",
            "tests/transport/test_fork.py",
            "tests/transport/backends/test_failures.py",
            "tests/transport/backends/test_proxy.py",
            "tests/transport/backends/test_secrets_in_tracebacks.py",
            "tests/transport/middleware/test_events.py",
            "tests/transport/middleware/test_request_headers.py",
            "tests/transport/middleware/test_send_failures.py",
            "tests/transport/test_transport.py",
        ),
    ),
    "errors": Group(
        (
            "orgsdk/transport/errors.py",
            "orgsdk/transport/redaction.py",
            "orgsdk/transport/secret_names.py",
            "orgsdk/transport/error_bodies.py",
        ),
        (
            "tests/transport/test_error_bodies.py",
            "tests/transport/test_errors.py",
            "tests/transport/test_redaction.py",
            "tests/transport/test_secret_names.py",
            "tests/transport/test_token_cache.py",
            "tests/transport/test_transport.py",
            "tests/transport/middleware/test_error_responses.py",
        ),
    ),
    "waiting": Group(
        ("orgsdk/transport/retry.py", "orgsdk/transport/throttle.py"),
        ("tests/transport/middleware",),
    ),
    "tokens": Group(
        ("orgsdk/transport/token_cache.py", "orgsdk/transport/oauth.py", "orgsdk/transport/auth.py"),
        (
            "tests/transport/test_auth.py",
            "tests/transport/test_credential_settings.py",
            "tests/transport/test_oauth.py",
            "tests/transport/test_token_cache.py",
            "tests/transport/middleware/test_auth.py",
            "tests/transport/middleware/test_refresh_token_exchange.py",
        ),
    ),
    "complete": Group(("orgsdk/providers/http/complete.py",), ("tests/providers/http/test_complete.py",)),
}
_CALLERS = '"__name__") in {"contextlib", "mutmut.mutation.trampoline"}'
_RESULT = re.compile(r"\s*(orgsdk\.\S+?)\.(x\S*): (\w[\w ]*)")


def main(folder: Path, *arguments: str) -> int:
    """Run mutmut on a copy of the code for each group, and print its results."""
    is_sample = "--sample" in arguments
    for name in [name for name in arguments if name != "--sample"] or GROUPS:
        _run(folder / name, GROUPS[name], ["*[147]"] if is_sample else [])
    return 0


def _run(folder: Path, group: Group, mutants: list[str]) -> None:
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    for name in ("orgsdk", "tests", "examples"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    # mutmut calls each function through its own, which `Prefetch` would take for the one that entered it.
    prefetch = folder / "orgsdk/pagination/prefetch.py"
    prefetch.write_text(prefetch.read_text("utf-8").replace('"__name__") == "contextlib"', _CALLERS), "utf-8")
    settings = (ROOT / "pyproject.toml").read_text("utf-8")
    settings += f'\n[tool.mutmut]\nsource_paths = ["orgsdk"]\nonly_mutate = {list(group.modules)}\n'
    settings += 'also_copy = ["examples"]\n'
    settings += f"pytest_add_cli_args_test_selection = {list(group.tests)}\n"
    # One event loop takes half of the time. A test that a change makes endless is ended, and has detected it.
    settings += 'pytest_add_cli_args = ["-k", "not trio"]\ntimeout_multiplier = 4.0\ntimeout_constant = 2.0\n'
    (folder / "pyproject.toml").write_text(settings, "utf-8")
    for name in ("README.md", "constraints.txt"):
        shutil.copy(ROOT / name, folder / name)
    command = [sys.executable, "-m", "mutmut"]
    subprocess.run([*command, "run", "--max-children", "1", *mutants], cwd=folder, check=False)
    results = subprocess.run(
        [*command, "results", "--all", "true"], cwd=folder, check=True, capture_output=True, text=True
    )
    counts: dict[str, Counter[str]] = {}
    survivors: list[str] = []
    for line in results.stdout.splitlines():
        if found := _RESULT.match(line):
            module, mutant, status = found.groups()
            if status == "not checked":
                continue
            counts.setdefault(module, Counter())[status] += 1
            if status != "killed":
                survivors.append(f"{module}.{mutant}: {status}")
    for module, count in sorted(counts.items()):
        total = sum(count.values())
        killed = count["killed"] + count["timeout"]
        sys.stdout.write(f"{module}: {killed} of {total} killed ({100 * killed / total:.1f} %), {dict(count)}\n")
    sys.stdout.write("\n".join(survivors) + "\n")


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1]), *sys.argv[2:]))
