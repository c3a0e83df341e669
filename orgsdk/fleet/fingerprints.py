"""Fingerprints of rosters and settings: which organizations are unchanged, and which are verified in full tonight."""

from __future__ import annotations

import json
from hashlib import sha256
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING, Final

from orgsdk._distribution import __version__
from orgsdk.bulk.errors import FileError
from orgsdk.bulk.input_file import open_input
from orgsdk.bulk.private_file import file_errors

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from orgsdk.fleet.entries import FleetEntry

# One more when the same roster and policy would give another plan, with the same version of orgsdk.
_FORMAT: Final = 1
_NUMBERS: Final = 2**32
_CHUNK: Final = 2**18


def fingerprint_of(entry: FleetEntry, credentials: Mapping[str, str], content: str) -> str:
    """Return the fingerprint of an organization's roster and settings.

    Args:
        entry: The organization's entry, with its preset, policy and reader.
        credentials: The settings of its credentials; secrets are references.
        content: The digest of the roster's content.

    Returns:
        A SHA-256 in hexadecimal digits.
    """
    known = [_FORMAT, __version__, entry.to_json(), sorted(credentials.items()), content]
    return sha256(json.dumps(known).encode()).hexdigest()


def digest_of_files(entry: FleetEntry) -> str:
    """Return the digest of the content of an entry's files, and of its mapping file. It blocks.

    Args:
        entry: The entry.

    Returns:
        A SHA-256 in hexadecimal digits.

    Raises:
        FileError: A file cannot be read.
    """
    paths = [*entry.paths]
    if isinstance(mapping := entry.reader.get("mapping"), str):
        paths.append(Path(mapping))
    digest = sha256()
    for path in paths:
        for file in _files_in(path):
            content = sha256()
            digest.update(f"{file.relative_to(path).as_posix()}\0".encode("utf-8", "surrogateescape"))
            with open_input(file) as stream:
                while chunk := stream.read(_CHUNK):
                    content.update(chunk)
            digest.update(content.digest())
    return digest.hexdigest()


def is_verified_on(name: str, night: date, share: float) -> bool:
    """Return whether an organization has its turn to be planned although its roster may be unchanged.

    The hash of a name is a number below 2**32. Each night verifies the next range of these numbers, so that every
    organization has its turn within `1 / share` nights, rounded up.

    Args:
        name: The organization's name.
        night: The night.
        share: Share of the organizations, from 0 to 1.

    Returns:
        Always the same for the same arguments, on any machine.
    """
    step = ceil(share * _NUMBERS)
    number = int.from_bytes(sha256(name.encode("utf-8", "surrogatepass")).digest()[:4])
    return (number - night.toordinal() * step) % _NUMBERS < step


def _files_in(path: Path) -> list[Path]:
    """Return a file itself, or the files in a folder in a stable order."""
    with file_errors(path):
        if not path.is_dir():
            return [path]
        files = sorted(file for file in path.rglob("*") if file.is_file() and not file.name.startswith("."))
    if not files:
        raise FileError(path, "the folder of the roster is empty: check the path")
    return files
