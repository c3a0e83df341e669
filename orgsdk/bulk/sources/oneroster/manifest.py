"""`manifest.csv`: the version, and which files are whole (`bulk`), changes alone (`delta`), or not there (`absent`).

Source: OneRoster CSV Tables 1.1.1 and CSV Binding 1.2.1, "manifest.csv".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from orgsdk.bulk.sources.problems import at

if TYPE_CHECKING:
    from collections.abc import Mapping

    from orgsdk.bulk.sources.oneroster.files import Files

MANIFEST: Final = "manifest.csv"
_VERSIONS: Final = ("1.1", "1.2")
_MODES: Final = ("bulk", "delta", "absent")


@dataclass(frozen=True, slots=True)
class Manifest:
    """Hold what the manifest says: `version` is "1.1" or "1.2"."""

    version: str
    modes: Mapping[str, str]

    def mode(self, name: str) -> str:
        """Give how a file is to be taken; one that is not listed is absent."""
        return self.modes.get(name, "absent")


def read_manifest(files: Files) -> Manifest:
    """Read the manifest.

    Raises `SourceError` where it is missing, of another version, or at odds with the files that are there.
    """
    problems = files.problems
    if not files.has(MANIFEST):
        problems.fail(MANIFEST, "it is missing: OneRoster 1.1 and 1.2 have one, which says what the other files are")
    said: dict[str, str] = {}
    with files.rows(MANIFEST, ("propertyName", "value")) as rows:
        for line, (name, value) in rows:
            if name in said:
                problems.add(at(MANIFEST, line), f"{name[:100]!r} stands twice")
            said[name] = value
            if name.startswith("file.") and value not in _MODES:
                problems.add(at(MANIFEST, line), f"{name[:100]} is none of {', '.join(_MODES)}")
    version = said.get("oneroster.version", "")
    if version not in _VERSIONS:
        problems.add(MANIFEST, f"oneroster.version is {version[:20]!r}: 1.1 and 1.2 are read")
    modes = {name.removeprefix("file."): value for name, value in said.items() if name.startswith("file.")}
    for name in ("users", "orgs", "roles"):
        declared, there = modes.get(name, "absent") != "absent", files.has(f"{name}.csv")
        if declared and not there:
            problems.add(MANIFEST, f"it lists {name}.csv, which is missing: the export is not whole")
        if there and not declared and name != "orgs":
            problems.add(MANIFEST, f"it calls {name}.csv absent, which is there: which of them is right?")
    if modes.get("users", "absent") == "absent":
        problems.add(MANIFEST, "it lists no users.csv: there is nobody to read")
    problems.raise_any()
    return Manifest(version, modes)
