"""Fleets over providers in memory: one tenant for each limit key, with any number of organizations."""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from orgsdk import OrgClient, bulk
from orgsdk.fleet import Fleet, FleetEntry, FleetOptions
from orgsdk.pagination import Slice
from orgsdk.providers import Memory
from orgsdk.providers.memory.users import MemoryAccounts

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from orgsdk.domain import User, UserQuery
    from orgsdk.options import ClientOptions
    from orgsdk.pagination import Listing

OPTIONS = FleetOptions(verify_share=0, retry_pause=timedelta(0))


class Tenant(Memory):
    """A tenant that several clients open, one after the other."""

    async def aclose(self) -> None:
        """Stay open for the next client."""


class NewestFirst(Tenant):
    """A tenant that lists its newest accounts first, as Logto and WorkOS do."""

    def accounts(self) -> MemoryAccounts:
        return _NewestFirstAccounts(self._connection)


class _NewestFirstAccounts(MemoryAccounts):
    def list(self, query: UserQuery) -> Listing[User]:
        listing = super().list(query)

        async def fetch(position: str | None, page_size: int) -> Slice[User]:
            whole = await listing.fetch(None, sys.maxsize)
            first = int(position or 0)
            last = first + page_size
            page = list(reversed(list(whole.items)))[first:last]
            return Slice(page, next=str(last) if last < len(whole.items) else None, total=whole.total)

        return replace(listing, fetch=fetch)


@dataclass
class World:
    """Tenants in memory by limit key, and the rosters of their organizations in files."""

    folder: Path
    tenants: dict[str, Tenant] = field(default_factory=dict)
    tenant: type[Tenant] = Tenant
    ids: dict[str, str] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    opened: Counter[str] = field(default_factory=Counter)

    async def add(self, name: str, *, key: str = "main", members: Iterable[str] = (), rows: Iterable[str] = ()) -> None:
        """Add an organization with members, and a roster with rows."""
        tenant = self.tenants.setdefault(key, self.tenant(tenant=key))
        client = OrgClient(tenant)
        self.ids[name] = (await client.organizations.create(name=name)).id
        self.keys[name] = key
        users = client.organization(self.ids[name]).users
        for username in members:
            await users.create(username=username, email=f"{username}@example.com")
        self.write(name, rows)

    def write(self, name: str, rows: Iterable[str], *, roles: str = "student") -> None:
        """Write the roster of an organization: one user a row."""
        lines = [f"{username},{username}@example.com,{roles}" for username in rows]
        self.path(name).write_text("\n".join(["username,email,roles", *lines, ""]), "utf-8")

    def path(self, name: str) -> Path:
        return self.folder / f"{name}.csv"

    def entry(self, name: str, **values: Any) -> FleetEntry:
        key = self.keys[name]
        given = {
            "roster": self.path(name),
            "provider": "memory",
            "organization": self.ids[name],
            "key": key,
            "settings": {"MEMORY_TENANT": key},
            **values,
        }
        return FleetEntry(name=name, **given)

    def fleet(self, *, options: FleetOptions = OPTIONS, **values: Any) -> Fleet:
        """Return the fleet of all organizations."""
        entries = values.pop("entries", None) or [self.entry(name) for name in self.ids]
        return Fleet(
            entries,
            **{"store": self.folder / "fleet.db", "options": options, "open_client": self.open_client, **values},
        )

    def open_client(self, provider: str, settings: Mapping[str, str], options: ClientOptions) -> OrgClient:
        key = settings["MEMORY_TENANT"]
        self.opened[key] += 1
        return OrgClient(self.tenants[key], **options)

    async def usernames(self, name: str) -> set[str]:
        org = OrgClient(self.tenants[self.keys[name]]).organization(self.ids[name])
        return {user.username or "" async for user in org.users.list()}

    async def differs(self, name: str, policy: bulk.Policy | None = None) -> bool:
        """Return whether an organization differs from its roster."""
        org = OrgClient(self.tenants[self.keys[name]]).organization(self.ids[name])
        return not (await bulk.plan(org, bulk.read_csv(self.path(name)), policy)).is_empty

    def calls(self, key: str = "main") -> list[str]:
        """Return the calls of a tenant since the last time, and forget them."""
        calls = list(self.tenants[key].calls)
        self.tenants[key].calls.clear()
        return calls


def contents(folder: Path) -> bytes:
    """Return all bytes of the store's files."""
    return b"".join(path.read_bytes() for path in folder.glob("fleet.db*") if path.is_file())
