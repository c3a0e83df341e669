"""The chain of an audit: each line has the hash of the line before, and the hash of itself.

The audits of bulk runs and of the SCIM gateway have it, so that `verify_audit` verifies both.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Final

from orgsdk.bulk.errors import AuditError

if TYPE_CHECKING:
    from collections.abc import Mapping

FIRST_PREVIOUS: Final = "0" * 64
"""The previous hash of the first line."""


def chain_line(event: Mapping[str, object], previous: str) -> dict[str, object]:
    """Return an event with the hash of the previous line, and the hash (SHA-256) of both."""
    line = {**event, "previous": previous}
    return {**line, "hash": hashlib.sha256(_canonical(line)).hexdigest()}


def encode_line(line: Mapping[str, object]) -> bytes:
    """Return a line as it is stored, with its line end."""
    return _canonical(line) + b"\n"


def check_line(raw: bytes, previous: str | None, where: str) -> str:
    """Return the hash of a line; raise unless it follows `previous` (None: any line) and is unchanged."""
    try:
        line = json.loads(raw)
        stated, before = line.pop("hash"), line.pop("previous")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise AuditError(f"{where} is not a line of an audit.") from None
    if previous is not None and previous != before:
        raise AuditError(f"{where} does not follow the line before it: a line was removed, inserted or moved.")
    expected = chain_line(line, before)
    if expected["hash"] != stated or raw != encode_line(expected):
        raise AuditError(f"{where} was changed.")
    return str(stated)


def read_status(raw: bytes, where: str) -> tuple[int, str]:
    """Return the number and the status of a line's write."""
    try:
        line = json.loads(raw)
        return int(line["write"]), str(line["status"])
    except (ValueError, KeyError, TypeError, RecursionError):
        raise AuditError(f"{where} is not a line of an audit.") from None


def _canonical(line: Mapping[str, object]) -> bytes:
    text = json.dumps(line, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode("utf-8", "backslashreplace")  # UTF-8 cannot encode a lone surrogate
