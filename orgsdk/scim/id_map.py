"""The id map: what the gateway knows of users and groups and the provider cannot store."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import AsyncGenerator, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal, Self, TypeAlias, cast

from orgsdk._parameters import name_parameters
from orgsdk.errors import InvalidArgumentError, OrgError
from orgsdk.scim.database import Database
from orgsdk.scim.tables import UniqueError, is_storable, to_text, to_time, utc_now

if TYPE_CHECKING:
    from orgsdk.scim.tables import Row, Session

Kind: TypeAlias = Literal["user", "group"]

_COLUMNS: Final = (
    "tenant, kind, id, provider_id, external_id, name, active, groups, created, modified, version, details"
)
_SELECT: Final = f"SELECT {_COLUMNS} FROM scim_entries WHERE tenant = ? AND kind = ?"  # noqa: S608  # constants
_INSERT: Final = f"""
INSERT INTO scim_entries ({_COLUMNS}, folded) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (tenant, kind, id) DO UPDATE SET
    provider_id = excluded.provider_id, external_id = excluded.external_id, name = excluded.name,
    active = excluded.active, groups = excluded.groups, modified = ?,
    version = scim_entries.version + 1, details = excluded.details, folded = excluded.folded
RETURNING created, modified, version
"""  # noqa: S608  # constants
_PAGE: Final = 500


@dataclass(frozen=True, slots=True)
class MapEntry:
    """A user or a group of one tenant.

    Attributes:
        tenant: Name of the tenant.
        kind: ``user`` or ``group``.
        id: The SCIM id: the provider's id, unless the user was created again there.
        provider_id: The provider's id, of the account or the role.
        external_id: The identity provider's own id.
        name: The userName or displayName, as it was given. Unique in a tenant, whatever its case.
        active: Whether the user is active.
        groups: Ids of groups. Kept while the user is inactive, or where a provider has one role a user.
        created: Time of the creation.
        modified: Time of the last change, at first that of the creation; `IdMap.put` sets it.
        version: Number that grows with each write, also over a deletion; `IdMap.put` sets it.
        details: Further values as they were given, such as a telephone number.
    """

    tenant: str
    kind: Kind
    id: str
    provider_id: str
    external_id: str | None = None
    name: str | None = None
    active: bool = True
    groups: tuple[str, ...] = ()
    created: datetime = field(default_factory=utc_now)
    modified: datetime = field(default_factory=utc_now)
    version: int = 0
    details: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


class TakenError(OrgError):
    """The name, or the provider's record, belongs to another entry of the tenant.

    Args:
        kind: ``user`` or ``group``.
    """

    def __init__(self, kind: Kind) -> None:
        super().__init__(f"Another {kind} of the tenant has the same name or the same provider's id: choose another.")
        self.kind = kind


def fold(name: str) -> str:
    """Return the form of a name by which names are compared: case does not count, nor how accents are encoded.

    Args:
        name: A userName or a displayName.

    Returns:
        The case-folded name in Unicode's form NFC.

    Example:
        ``fold("Kim@Acme.example") == "kim@acme.example"``
    """
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def check_storable(*texts: str | None) -> None:
    """Check that texts can be ids and names of the map.

    Args:
        *texts: The texts.

    Raises:
        InvalidArgumentError: One is longer than 800 bytes, or has a NUL or half a character.
    """
    if not is_storable(*texts):
        raise InvalidArgumentError(
            "An id or a name is longer than 800 bytes, or has a NUL or half a character: shorten it."
        )


class IdMap:
    """Read and write the entries of all tenants. It outlives the process that wrote it.

    Write to the provider first, then here. After a crash between the two, the next create finds the user at the
    provider and adopts it.

    Args:
        database: The database, which a `TokenStore` and a `DeactivationGuard` may share.
    """

    @name_parameters
    def __init__(self, database: Database) -> None:
        self._database = database

    @classmethod
    @name_parameters
    def open(cls, address: Path | str | Database, *, create: bool = True) -> Self:
        """Open the map at a path or a URL.

        Args:
            address: Path of a SQLite file (one gateway process), or ``postgresql://host/name`` (several).
            create: Create what is missing. If False, a missing map is an error.

        Returns:
            The map. Close it with `aclose()`.

        Raises:
            ConfigurationError: The address is invalid, or the extra ``postgres`` is not installed.
            DatabaseError: It is not a map, or cannot be reached.
            FileError: The file is not safe to write to.

        Example:
            ``id_map = IdMap.open("scim.db")``
        """
        return cls(Database.open(address, create=create))

    def __repr__(self) -> str:
        return f"IdMap({self._database.name!r})"

    @property
    def database(self) -> Database:
        """The database, to be shared with a `TokenStore` and a `DeactivationGuard`."""
        return self._database

    async def get(self, tenant: str, kind: Kind, entry_id: str) -> MapEntry | None:
        """Return the entry with a SCIM id, None if there is none.

        Args:
            tenant: Name of the tenant.
            kind: ``user`` or ``group``.
            entry_id: The SCIM id.

        Returns:
            The entry.

        Raises:
            DatabaseError: The map cannot be read.
        """
        return await self._one("id = ?", tenant, kind, entry_id)

    async def find(
        self, tenant: str, kind: Kind, *, name: str | None = None, external_id: str | None = None
    ) -> MapEntry | None:
        """Return the entry with a name, an external id, or both.

        Args:
            tenant: Name of the tenant.
            kind: ``user`` or ``group``.
            name: The userName or displayName; case does not count.
            external_id: The external id; case counts. Of several entries, the active one, then the oldest.

        Returns:
            The entry; None if there is none.

        Raises:
            DatabaseError: The map cannot be read.
            InvalidArgumentError: Neither is given.
        """
        conditions: dict[str, str] = {}
        if name is not None:
            conditions["folded = ?"] = fold(name)
        if external_id is not None:
            conditions["external_id = ?"] = external_id
        if not conditions:
            raise InvalidArgumentError("find() needs name= or external_id=.")
        return await self._one(" AND ".join(conditions), tenant, kind, *conditions.values())

    async def lookup(self, tenant: str, kind: Kind, provider_ids: Collection[str]) -> dict[str, MapEntry]:
        """Return the entries of a page of the provider's records, in one call.

        Args:
            tenant: Name of the tenant.
            kind: ``user`` or ``group``.
            provider_ids: The provider's ids.

        Returns:
            The entries by the provider's id. Records without an entry are left out.

        Raises:
            DatabaseError: The map cannot be read.
        """
        wanted = [one for one in dict.fromkeys(provider_ids) if is_storable(one)]

        def work(session: Session) -> dict[str, MapEntry]:
            found: dict[str, MapEntry] = {}
            for start in range(0, len(wanted), _PAGE):
                part = wanted[start : start + _PAGE]
                marks = ", ".join("?" * len(part))
                rows = session.execute(f"{_SELECT} AND provider_id IN ({marks})", tenant, kind, *part)
                found.update((entry.provider_id, entry) for entry in map(_to_entry, rows))
            return found

        return await self._database.read(work) if wanted and is_storable(tenant) else {}

    async def put(self, entry: MapEntry) -> MapEntry:
        """Store an entry in place of the one with its id.

        Args:
            entry: The entry. Its ``modified`` and ``version`` do not count, nor ``created`` if it exists.

        Returns:
            The entry as it is stored.

        Raises:
            DatabaseError: The map cannot be written.
            InvalidArgumentError: A name or an id is longer than 800 bytes, or has a NUL or half a character.
            TakenError: The name or the provider's id belongs to another entry.
        """
        check_storable(entry.tenant, entry.id, entry.provider_id, entry.external_id, entry.name)
        folded = None if entry.name is None else fold(entry.name)
        now = utc_now()
        values = (
            *(entry.tenant, entry.kind, entry.id, entry.provider_id, entry.external_id, entry.name),
            # A new entry was last modified when it was created.
            *(int(entry.active), json.dumps(entry.groups), to_text(entry.created), to_text(entry.created)),
            # Not 1: an entry that is deleted and made again must not have a version twice.
            *(int(now.timestamp() * 1000), json.dumps(dict(entry.details)), folded, to_text(now)),
        )
        try:
            rows = await self._database.write(lambda session: session.execute(_INSERT, *values))
        except UniqueError:
            raise TakenError(entry.kind) from None
        ((created, modified, version),) = rows
        return replace(entry, created=to_time(created), modified=to_time(modified), version=int(version or 0))

    async def delete(self, tenant: str, kind: Kind, entry_id: str) -> None:
        """Delete an entry. Nothing happens if there is none.

        Args:
            tenant: Name of the tenant.
            kind: ``user`` or ``group``.
            entry_id: The SCIM id.

        Raises:
            DatabaseError: The map cannot be written.
        """
        if is_storable(tenant, entry_id):
            statement = "DELETE FROM scim_entries WHERE tenant = ? AND kind = ? AND id = ?"
            await self._database.write(lambda session: session.execute(statement, tenant, kind, entry_id))

    async def entries(self, tenant: str, kind: Kind, *, active: bool | None = None) -> AsyncGenerator[MapEntry]:
        """Yield all entries of a tenant, in the order of their ids.

        Args:
            tenant: Name of the tenant.
            kind: ``user`` or ``group``.
            active: Yield only those that are active, or inactive. None: all.

        Yields:
            Each entry.

        Raises:
            DatabaseError: The map cannot be read.
        """
        condition = "" if active is None else f" AND active = {int(active)}"
        statement = f"{_SELECT}{condition} AND id > ? ORDER BY id LIMIT {_PAGE}"
        last = ""
        while True:
            start = last
            rows = await self._database.read(lambda session: session.execute(statement, tenant, kind, start))  # noqa: B023
            for row in rows:
                yield _to_entry(row)
            if len(rows) < _PAGE:
                return
            last = str(rows[-1][2])

    @asynccontextmanager
    async def lock(self, tenant: str, resource: str) -> AsyncGenerator[None]:
        """Let one task at a time write a resource, in all processes that use this map.

        Args:
            tenant: Name of the tenant.
            resource: Name of the resource, such as ``user/U1``.

        Yields:
            While the lock is held.

        Raises:
            DatabaseError: The database cannot be reached.
            LockedError: The map is a SQLite file, and another process uses it.

        Example:
            ``async with id_map.lock("acme", "user/U1"): entry = await id_map.get("acme", "user", "U1")``
        """
        name = f"{tenant}\0{resource}"
        await self._database.acquire(name)
        try:
            yield
        finally:
            await self._database.release(name)

    async def claim(self) -> None:
        """Make sure that no other gateway process uses the map, if it is a SQLite file: a server's first step.

        The first `lock()` does the same. At PostgreSQL, several processes may use a map.

        Raises:
            DatabaseError: The database cannot be reached.
            LockedError: Another process uses it.
        """
        async with self.lock("", "claim"):
            pass

    async def aclose(self) -> None:
        """Close the database, for those who share it too."""
        await self._database.aclose()

    async def _one(self, condition: str, tenant: str, kind: Kind, *values: str) -> MapEntry | None:
        if not is_storable(tenant, *values):
            return None
        statement = f"{_SELECT} AND {condition} ORDER BY active DESC, created LIMIT 1"
        rows = await self._database.read(lambda session: session.execute(statement, tenant, kind, *values))
        return _to_entry(rows[0]) if rows else None


def _to_entry(row: Row) -> MapEntry:
    tenant, kind, id_, provider_id, external_id, name, active, groups, created, modified, version, details = row
    return MapEntry(
        tenant=str(tenant),
        kind=cast("Kind", kind),
        id=str(id_),
        provider_id=str(provider_id),
        external_id=None if external_id is None else str(external_id),
        name=None if name is None else str(name),
        active=bool(active),
        groups=tuple(json.loads(str(groups))),
        created=to_time(created),
        modified=to_time(modified),
        version=int(version or 0),
        details=MappingProxyType(json.loads(str(details))),
    )
