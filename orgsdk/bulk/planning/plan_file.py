"""The plan file: canonical JSON with a SHA-256 hash.

Canonical means: keys in order, no spaces, UTF-8. The hash is the SHA-256 of all but itself.
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
from orgsdk.bulk.planning.guards import GuardResult
from orgsdk.bulk.planning.plan import Plan, ProtectedMember, RosterRecord
from orgsdk.bulk.planning.policy import Policy
from orgsdk.bulk.planning.writes import Write
from orgsdk.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pydantic import JsonValue

FORMAT: Final = "orgsdk plan 1"

# Canonical JSON has its keys in order: the writes, by far the longest, come last, and are made some at a time.
_WRITES_KEY: Final = "writes"
_WRITES_PER_CHUNK: Final = 100


def hash_of(plan: Plan) -> str:
    """Give the hash of a plan, in hexadecimal digits."""
    return _digest(_chunks(_head(plan), map(_write_record, plan.writes)))


def encode(plan: Plan) -> Iterator[bytes]:
    """Give the plan's file piece by piece: a long plan as one text would take as much memory as all that was read."""
    yield from _chunks({**_head(plan), "hash": plan.hash}, map(_write_record, plan.writes))
    yield b"\n"


def decode(content: bytes) -> Plan:
    """Give the plan of a file.

    Raises `PlanError` where it is none, is of another version, or is not as it was written.
    """
    try:
        read: Any = json.loads(content)
    except (ValueError, RecursionError):
        read = None
    if not isinstance(read, dict):
        raise PlanError("This is no plan: it is not a JSON object, or is cut short.")
    said = cast("dict[str, Any]", read)
    if said.get("format") != FORMAT:
        raise PlanError(f"This is no plan that this version of orgsdk can read: its format is not {FORMAT!r}.")
    return _checked(said)


def _checked(read: dict[str, Any]) -> Plan:
    stated = read.pop("hash", None)
    try:
        found = _digest(_chunks(_without(read, _WRITES_KEY), read[_WRITES_KEY]))
        plan = _read_plan(read) if found == stated else None
    except (AttributeError, KeyError, TypeError, ValueError, ConfigurationError):
        plan = None
    if plan is None:
        raise PlanError("The plan is not as it was written: its hash is another. Make a new one.")
    return plan


# Writing


def _head(plan: Plan) -> dict[str, Any]:
    return {
        "absent": plan.absent,
        "created_at": plan.created_at.isoformat(),
        "format": FORMAT,
        "guards": [_slots(guard) for guard in plan.guards],
        "invited": plan.invited,
        "kept": [_slots(kept) for kept in plan.kept],
        "left": plan.left,
        "matched": plan.matched,
        "members": plan.members,
        "notes": plan.notes,
        "organization": plan.organization,
        "policy": {**_slots(plan.policy), "max_age": plan.policy.max_age.total_seconds()},
        "previous": None if plan.previous is None else _slots(plan.previous),
        "provider": plan.provider,
        "source": _slots(plan.source),
        "tenant": plan.tenant,
        "unchanged": plan.unchanged,
    }


def _slots(value: object) -> dict[str, Any]:
    return {name: getattr(value, name) for name in value.__slots__}  # type: ignore[attr-defined]  # all are slotted


_WRITE_FIELDS = tuple(sorted(field.name for field in fields(Write)))
_write_values = attrgetter(*_WRITE_FIELDS)


def _write_record(write: Write) -> dict[str, Any]:
    said = dict(zip(_WRITE_FIELDS, _write_values(write), strict=True))
    # Put in the place of what stands there, so that the keys stay in order.
    said["before"], said["fields"] = dict(sorted(write.before.items())), dict(sorted(write.fields.items()))
    return said


def _canonical(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _chunks(head: Mapping[str, Any], writes: Iterable[Mapping[str, Any]]) -> Iterator[bytes]:
    """Give the canonical JSON of a head and of writes, the keys of which are in order."""
    yield _canonical(head)[:-1] + b',"writes":['
    separator = b""
    writes = iter(writes)
    while some := list(islice(writes, _WRITES_PER_CHUNK)):
        # pydantic's encoder writes the same bytes as the standard library's, in half of the time, and sorts no keys.
        yield separator + to_json(some)[1:-1]
        separator = b","
    yield b"]}"


def _digest(chunks: Iterable[bytes]) -> str:
    digest = hashlib.sha256()
    for chunk in chunks:
        digest.update(chunk)
    return digest.hexdigest()


# Reading


def _without(read: Mapping[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in read.items() if name != key}


def _read_plan(read: Mapping[str, Any]) -> Plan:
    policy = {name: _frozen(value) for name, value in read["policy"].items()}
    policy["max_age"] = timedelta(seconds=policy["max_age"])
    return Plan(
        **{name: read[name] for name in ("absent", "invited", "left", "matched", "members", "unchanged")},
        **{name: read[name] for name in ("organization", "provider", "tenant")},
        created_at=datetime.fromisoformat(read["created_at"]),
        guards=tuple(GuardResult(**guard) for guard in read["guards"]),
        kept=tuple(ProtectedMember(**kept) for kept in read["kept"]),
        notes=tuple(read["notes"]),
        policy=Policy(**policy),
        previous=None if read["previous"] is None else _read_roster_record(read["previous"]),
        source=_read_roster_record(read["source"]),
        writes=[_read_write(write) for write in read[_WRITES_KEY]],
    )


def _read_roster_record(read: Mapping[str, Any]) -> RosterRecord:
    return RosterRecord(**{name: _frozen(value) for name, value in read.items()})


def _read_write(read: Mapping[str, Any]) -> Write:
    return Write(**{name: _frozen(value) for name, value in read.items()})


def _frozen(value: JsonValue) -> Any:
    return tuple(value) if isinstance(value, list) else value
