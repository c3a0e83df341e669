"""Refuse what must not be committed: download addresses, absolute paths, lock files, unfinished work."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__)
FORBIDDEN = {
    "a download address": re.compile(r"https?://\S*(/simple(/|\b)|\.whl\b|\.tar\.gz#|\.tgz\b)"),
    "an absolute path of a machine": re.compile(r"(?<![\w.])/(work|farm|root|tmp/bash_jobs)/"),
    "unfinished work": re.compile(r"\b(TODO|FIXME|XXX|raise NotImplementedError)\b"),
}
LOCKS = {"uv.lock", "poetry.lock", "pdm.lock", "package-lock.json"}
LONGEST_FILE = 400


def main() -> int:
    tracked = subprocess.run(["git", "ls-files", "-z"], check=True, capture_output=True, text=True).stdout
    problems: list[str] = []
    for path in (Path(name) for name in tracked.split("\0") if name):
        if path.name in LOCKS:
            problems.append(f"{path}: a lock file")
        if path.resolve() == HERE.resolve() or not path.is_file():
            continue
        content = path.read_bytes()
        if b"\0" in content:  # an image
            continue
        lines = content.decode("utf-8", errors="replace").splitlines()
        if path.suffix == ".py" and path.parts[0] == "orgsdk" and len(lines) > LONGEST_FILE:
            problems.append(f"{path}: {len(lines)} lines, {LONGEST_FILE} at most")
        problems += [
            f"{path}:{number}: {what}"
            for number, line in enumerate(lines, 1)
            for what, pattern in FORBIDDEN.items()
            if pattern.search(line)
        ]
    sys.stdout.write("".join(f"{problem}\n" for problem in problems) or "tidy\n")
    return 1 if problems else 0


if __name__ == "__main__":
    raise SystemExit(main())
