"""Refuse a release whose tag, version, changelog or addresses do not agree: `python .ci/release.py v0.1.0`."""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]


def problems_of(tag: str, root: Path = ROOT) -> list[str]:
    """Return what is wrong with a release, one line each.

    Args:
        tag: The tag, such as ``v0.1.0``.
        root: The repository.

    Returns:
        The problems; empty if the release can be published.
    """
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    stated = re.search(r'^__version__ = "(.+)"$', (root / "orgsdk/_distribution.py").read_text("utf-8"), re.MULTILINE)
    version = stated[1] if stated else None
    problems = []
    if tag != f"v{version}":
        problems.append(f"the tag is {tag}, the version in orgsdk/_distribution.py is {version}: tag v{version}")
    if not re.search(
        rf"^## \[{re.escape(tag.removeprefix('v'))}\] - \d{{4}}-\d\d-\d\d$", _changelog(root), re.MULTILINE
    ):
        problems.append(f"CHANGELOG.md has no section for {tag.removeprefix('v')}: rename [Unreleased] and date it")
    problems += [
        f"the address {name} is a placeholder: set it in pyproject.toml"
        for name, address in project["urls"].items()
        if ".example" in address
    ]
    return problems


def _changelog(root: Path) -> str:
    return (root / "CHANGELOG.md").read_text("utf-8")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit("usage: python .ci/release.py TAG")
    found = problems_of(sys.argv[1])
    sys.stdout.write("".join(f"{line}\n" for line in found) or "the release can be published\n")
    raise SystemExit(1 if found else 0)
