"""Mutation testing: change the decision modules in small steps, and list the changes that no test detects.

`python tests/reliability/mutation.py FOLDER [MODULE ...]` deletes FOLDER and works in it, with mutmut
(`pip install mutmut`) in the current Python. It prints the score of each module and the survivors.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MODULES = (
    "transport/retry",
    "transport/throttle",
    "transport/errors",
    "transport/link",
    "transport/urls",
    "transport/token_cache",
    "transport/backends/base",
    "providers/http/adoption",
    "pagination/listing",
    "pagination/cursors",
    "pagination/walk",
    "pagination/prefetch",
)
# Tests without a server: they test a mutant in seconds.
TESTS = (
    "tests/transport/middleware",
    "tests/transport/test_errors.py",
    "tests/transport/test_link.py",
    "tests/transport/test_urls.py",
    "tests/transport/test_token_cache.py",
    "tests/transport/backends/test_decompress.py",
    "tests/transport/test_oauth.py",
    "tests/pagination",
    "tests/providers/http",
    "tests/reliability/test_unknown_outcomes.py",
)
_RESULT = re.compile(r"\s*(orgsdk\.\S+?)\.(x\S*): (\w[\w ]*)")


def main(folder: Path, modules: tuple[str, ...]) -> int:
    """Run mutmut on a copy of the code, and print its results."""
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    for name in ("orgsdk", "tests"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    settings = (ROOT / "pyproject.toml").read_text("utf-8")
    only = [f"orgsdk/{module}.py" for module in modules]
    settings += f'\n[tool.mutmut]\nsource_paths = ["orgsdk"]\nonly_mutate = {only}\n'
    settings += f"pytest_add_cli_args_test_selection = {list(TESTS)}\n"
    (folder / "pyproject.toml").write_text(settings, "utf-8")
    for name in ("README.md", "constraints.txt"):
        shutil.copy(ROOT / name, folder / name)
    command = [sys.executable, "-m", "mutmut"]
    subprocess.run([*command, "run", "--max-children", "2"], cwd=folder, check=False)
    results = subprocess.run(
        [*command, "results", "--all", "true"], cwd=folder, check=True, capture_output=True, text=True
    )
    counts: dict[str, Counter[str]] = {}
    survivors: list[str] = []
    for line in results.stdout.splitlines():
        if found := _RESULT.match(line):
            module, mutant, status = found.groups()
            counts.setdefault(module, Counter())[status] += 1
            if status != "killed":
                survivors.append(f"{module}.{mutant}: {status}")
    for module, count in sorted(counts.items()):
        total = sum(count.values())
        killed = count["killed"] + count["timeout"]
        sys.stdout.write(f"{module}: {killed} of {total} killed ({100 * killed / total:.1f} %), {dict(count)}\n")
    sys.stdout.write("\n".join(survivors) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1]), tuple(sys.argv[2:]) or MODULES))
