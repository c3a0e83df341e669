"""The plan file: canonical JSON with a SHA-256 hash, so that a changed or truncated plan is refused.

Canonical means: sorted keys, no spaces, UTF-8. The hash covers everything but itself.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import fields
from datetime import datetime, timedelta
from itertools import islice
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final, cast

from pydantic_core import to_json

from orgsdk.bulk.errors import PlanError
from orgsdk.bulk.planning.policy import Policy
from orgsdk.bulk.planning.writes import GuardResult, ProtectedMember, RosterRecord, Write
from orgsdk.bulk.roster.spec import RosterProblem
from orgsdk.errors import ConfigurationError
from orgsdk.responses import RequestRate

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pydantic import JsonValue

FORMAT: Final = "orgsdk plan 3"

# Keys are sorted, so the writes, by far the longest part, come last; they are encoded in chunks.
_WRITES_KEY: Final = "writes"
_WRITES_PER_CHUNK: Final = 100

_DURATIONS: Final = ("grace", "max_age")

_WRITE_FIELDS = tuple(sorted(field.name for field in fields(Write)))
_write_values = attrgetter(*_WRITE_FIELDS)


def hash_of(plan: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a plan, given by its fields, in hexadecimal digits."""
    return _digest(_chunks(_head(plan), map(_write_record, plan[_WRITES_KEY])))


def encode(plan: Mapping[str, Any], plan_hash: str) -> Iterator[bytes]:
    """Yield the file of a plan, given by its fields, in chunks: a large plan as one string would double the memory."""
    yield from _chunks({**_head(plan), "hash": plan_hash}, map(_write_record, plan[_WRITES_KEY]))
    yield b"\n"


def decode(content: bytes) -> dict[str, Any]:
    """Return the fields of the plan in a file.

    Raises `PlanError` if it is not a plan, has another format version, or was changed.
    """
    try:
        document: Any = json.loads(content)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise PlanError(
            "This is not a plan: it is not a JSON object, or it is truncated. Pass a file that Plan.save or "
            "orgsdk plan --output wrote."
        )
    record = cast("dict[str, Any]", document)
    if record.get("format") != FORMAT:
        raise PlanError(
            f"This version of orgsdk cannot read this plan: its format is not {FORMAT!r}. Make a new plan, without a "
            "previous one."
        )
    stated = record.pop("hash", None)
    try:
        head = {name: value for name, value in record.items() if name != _WRITES_KEY}
        found = _digest(_chunks(head, record[_WRITES_KEY]))
        plan = _read_plan(record) if found == stated else None
    except (AttributeError, KeyError, OverflowError, RecursionError, TypeError, ValueError, ConfigurationError):
        plan = None
    if plan is None:
        raise PlanError("The plan was changed after it was saved: its hash does not match. Make a new plan.")
    return plan


def _head(plan: Mapping[str, Any]) -> dict[str, Any]:
    """Return all but the writes, as JSON values."""
    policy: Policy = plan["policy"]
    return {
        **{name: value for name, value in plan.items() if name != _WRITES_KEY},
        "created_at": plan["created_at"].isoformat(),
        "format": FORMAT,
        "guards": [_slots(guard) for guard in plan["guards"]],
        "missing": {user_id: since.isoformat() for user_id, since in plan["missing"].items()},
        "policy": {**_slots(policy), **_durations(policy)},
        "previous": None if plan["previous"] is None else _slots(plan["previous"]),
        "protected": [_slots(member) for member in plan["protected"]],
        "rate": None if plan["rate"] is None else _slots(plan["rate"]),
        "rejected": [{"message": problem.message, "origin": problem.origin} for problem in plan["rejected"]],
        "source": _slots(plan["source"]),
    }


def _durations(policy: Policy) -> dict[str, float | None]:
    """Return the durations of a policy in seconds."""
    found: dict[str, timedelta | None] = {name: getattr(policy, name) for name in _DURATIONS}
    return {name: None if value is None else value.total_seconds() for name, value in found.items()}


def _slots(value: object) -> dict[str, Any]:
    return {name: getattr(value, name) for name in value.__slots__}  # type: ignore[attr-defined]  # all are slotted


def _write_record(write: Write) -> dict[str, Any]:
    record = dict(zip(_WRITE_FIELDS, _write_values(write), strict=True))
    # Assigning to existing keys keeps the keys of the record sorted.
    record["before"], record["fields"] = dict(sorted(write.before.items())), dict(sorted(write.fields.items()))
    return record


def _canonical(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _chunks(head: Mapping[str, Any], writes: Iterable[Mapping[str, Any]]) -> Iterator[bytes]:
    """Yield the canonical JSON of a head and of writes whose keys are sorted."""
    yield _canonical(head)[:-1] + b',"writes":['
    separator = b""
    writes = iter(writes)
    while chunk := list(islice(writes, _WRITES_PER_CHUNK)):
        # pydantic's encoder produces the same bytes as the standard library's in half the time, but sorts no keys.
        yield separator + to_json(chunk)[1:-1]
        separator = b","
    yield b"]}"


def _digest(chunks: Iterable[bytes]) -> str:
    digest = hashlib.sha256()
    for chunk in chunks:
        digest.update(chunk)
    return digest.hexdigest()


def _read_plan(record: Mapping[str, Any]) -> dict[str, Any]:
    policy = {name: _frozen(value) for name, value in record["policy"].items()}
    policy |= {name: timedelta(seconds=policy[name]) for name in _DURATIONS if policy[name] is not None}
    return {
        **{name: record[name] for name in ("absent", "invited", "left", "matched", "members", "requests", "unchanged")},
        **{name: record[name] for name in ("organization", "provider", "tenant")},
        "created_at": datetime.fromisoformat(record["created_at"]),
        "guards": tuple(GuardResult(**guard) for guard in record["guards"]),
        "missing": {user_id: datetime.fromisoformat(since) for user_id, since in record["missing"].items()},
        "notes": tuple(record["notes"]),
        "policy": Policy(**policy),
        "previous": None if record["previous"] is None else _read_roster_record(record["previous"]),
        "protected": tuple(ProtectedMember(**member) for member in record["protected"]),
        "rate": None if record["rate"] is None else RequestRate(**record["rate"]),
        "rejected": tuple(RosterProblem(**problem) for problem in record["rejected"]),
        "source": _read_roster_record(record["source"]),
        "suspended": _frozen(record["suspended"]),
        _WRITES_KEY: [_read_write(write) for write in record[_WRITES_KEY]],
    }


def _read_roster_record(record: Mapping[str, Any]) -> RosterRecord:
    return RosterRecord(**{name: _frozen(value) for name, value in record.items()})


def _read_write(record: Mapping[str, Any]) -> Write:
    return Write(**{name: _frozen(value) for name, value in record.items()})


def _frozen(value: JsonValue) -> Any:
    return tuple(value) if isinstance(value, list) else value
