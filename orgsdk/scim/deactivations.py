"""The guard against mass deactivation: too many users a day put a token into quarantine."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, Self

from orgsdk._parameters import name_constructor_parameters, name_parameters
from orgsdk.arguments import check_integer, check_number
from orgsdk.errors import InvalidArgumentError, OrgError
from orgsdk.scim.database import Database
from orgsdk.scim.tables import to_text, to_time, utc_now

if TYPE_CHECKING:
    from orgsdk.scim.tables import Row, Session

_DAY: Final = timedelta(days=1)
# Identity providers wait as long before they try again, and an operator has time to look.
_RETRY_AFTER: Final = 3600
_SELECT: Final = "SELECT tenant, token, since, refused, allowed FROM scim_quarantines"


@name_constructor_parameters
@dataclass(frozen=True, slots=True, kw_only=True)
class DeactivationLimit:
    """How many users one token may deactivate, remove or take out of groups in 24 hours.

    The smaller of a number and a share of the organization's members is allowed. Of a small organization, a few users.

    Attributes:
        users: Largest number of users.
        share: Largest share of the organization's members, from 0 to 1. Suspended members count, and former ones do
            not.
        always: Number of users that is allowed where the share is less, up to `users`. 0 for none.

    Raises:
        ConfigurationError: A value is out of range.

    Example:
        ``DeactivationLimit(users=50, share=0.1)``
    """

    users: int = 500
    share: float = 0.05
    always: int = 5

    def __post_init__(self) -> None:
        check_integer("users", self.users, least=0)
        check_number("share", self.share, most=1)
        check_integer("always", self.always, least=0)

    def allowed(self, members: int) -> int:
        """Return how many users may be deactivated in 24 hours.

        Args:
            members: Number of the organization's members.

        Returns:
            The number.
        """
        # 0.07 * 100 is 7.000000000000001: round, so that a share is exact.
        return min(max(self.always, int(round(self.share * members, 6))), self.users)


class QuarantinedError(OrgError):
    """A token would deactivate too many users, or did so before: an operator has to lift its quarantine.

    Args:
        quarantine: The quarantine.

    Attributes:
        retry_after: Seconds after which the identity provider may try again.
    """

    retry_after: float = _RETRY_AFTER

    def __init__(self, quarantine: Quarantine) -> None:
        super().__init__(
            f"The token {quarantine.token} is in quarantine: {quarantine.refused:,} users would be deactivated in 24 "
            f"hours, {quarantine.allowed:,} may be. If that is intended, run orgsdk scim quarantine lift "
            f"{quarantine.tenant}."
        )
        self.quarantine = quarantine


@dataclass(frozen=True, slots=True)
class Quarantine:
    """A token that may deactivate nobody until an operator lifts the quarantine.

    Attributes:
        tenant: Name of the tenant.
        token: Key id of the token.
        since: Time at which the first user was refused.
        refused: Number of users that would have been deactivated in 24 hours.
        allowed: Number of users that were allowed.
    """

    tenant: str
    token: str
    since: datetime
    refused: int
    allowed: int


class DeactivationGuard:
    """Count the users that each token deactivates, and refuse too many. The counts survive a restart.

    A user counts once in 24 hours, however often the identity provider tries again.

    Args:
        database: The database, which an `IdMap` may share.
        limit: How many users are allowed.
        clock: Returns the time, with a time zone.
    """

    @name_parameters
    def __init__(
        self,
        database: Database,
        limit: DeactivationLimit = DeactivationLimit(),
        *,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._database = database
        self._limit = limit
        self._clock = clock

    @classmethod
    @name_parameters
    def open(
        cls, address: Path | str | Database, limit: DeactivationLimit = DeactivationLimit(), *, create: bool = True
    ) -> Self:
        """Open the counts at the address of the id map.

        Args:
            address: Path of a SQLite file, ``postgresql://host/name``, or the database of an `IdMap`.
            limit: How many users are allowed.
            create: Create what is missing. If False, a missing database is an error.

        Returns:
            The guard. Close it with `aclose()`.

        Raises:
            ConfigurationError: The address is invalid, or the extra ``postgres`` is not installed.
            DatabaseError: It is no database of orgsdk, or cannot be reached.
            FileError: The file is not safe to write to.

        Example:
            ``guard = DeactivationGuard.open("scim.db", DeactivationLimit(users=50))``
        """
        return cls(Database.open(address, create=create), limit)

    async def check(
        self, tenant: str, token: str, user_ids: Collection[str], *, count_members: Callable[[], Awaitable[int]]
    ) -> None:
        """Count users before they are deactivated, removed, or taken out of a group. All of them count, or none.

        Args:
            tenant: Name of the tenant.
            token: Key id of the token.
            user_ids: SCIM ids of the users.
            count_members: Returns the number of the organization's members. It is called only if the users are more
                than is always allowed.

        Raises:
            DatabaseError: The database cannot be written.
            QuarantinedError: They would be too many, or the token is in quarantine. Send nothing to the provider.
        """
        if not user_ids:
            return
        found = await self._database.write(lambda session: self._check(session, tenant, token, user_ids, None))
        if found == "uncounted":
            members = await count_members()
            found = await self._database.write(lambda session: self._check(session, tenant, token, user_ids, members))
        if isinstance(found, Quarantine):
            raise QuarantinedError(found)

    def _check(
        self, session: Session, tenant: str, token: str, user_ids: Collection[str], members: int | None
    ) -> Quarantine | Literal["uncounted"] | None:
        """Count users. Nothing is written if it depends on the number of members, which is None."""
        session.serialize(f"deactivations\0{tenant}\0{token}")
        if rows := session.execute(f"{_SELECT} WHERE tenant = ? AND token = ?", tenant, token):
            return _to_quarantine(rows[0])
        now = self._clock()
        session.execute("DELETE FROM scim_deactivations WHERE at <= ?", to_text(now - _DAY))
        before = session.execute("SELECT user_id FROM scim_deactivations WHERE tenant = ? AND token = ?", tenant, token)
        known = {user_id for (user_id,) in before}
        new = [user_id for user_id in dict.fromkeys(user_ids) if user_id not in known]
        ((extra,),) = session.execute(
            "SELECT COALESCE(MAX(users), 0) FROM scim_allowances WHERE tenant = ? AND token = ? AND until > ?",
            *(tenant, token, to_text(now)),
        )
        allowed, number = max(self._limit.allowed(members or 0), int(extra or 0)), len(known) + len(new)
        if new and number > allowed:
            if members is None:
                return "uncounted"
            session.execute(
                "INSERT INTO scim_quarantines VALUES (?, ?, ?, ?, ?)", tenant, token, to_text(now), number, allowed
            )
            return Quarantine(tenant, token, now, number, allowed)
        for user_id in new:
            session.execute("INSERT INTO scim_deactivations VALUES (?, ?, ?, ?)", tenant, token, user_id, to_text(now))
        return None

    @name_parameters
    async def lift(self, tenant: str, token: str | None = None, *, allow: int = 0) -> tuple[Quarantine, ...]:
        """End the quarantines of a tenant. The tokens' users of the last 24 hours no longer count.

        Args:
            tenant: Name of the tenant.
            token: Key id of one token. None: all tokens of the tenant.
            allow: Number of users that each of these tokens may deactivate in the next 24 hours, if it is above the
                limit. An identity provider that removes 200 users asks for one after the other.

        Returns:
            The quarantines that were ended.

        Raises:
            DatabaseError: The database cannot be written.
            InvalidArgumentError: `allow` is not a number of users.
        """
        check_integer("allow", allow, least=0, most=10**9, error=InvalidArgumentError)
        until = to_text(self._clock() + _DAY)

        def work(session: Session) -> list[Row]:
            found = session.execute(f"{_SELECT} WHERE tenant = ?", tenant)
            rows = [row for row in found if token is None or row[1] == token]
            for _, key_id, *_ in rows:
                for table in ("scim_deactivations", "scim_quarantines", "scim_allowances"):
                    session.execute(f"DELETE FROM {table} WHERE tenant = ? AND token = ?", tenant, key_id)  # noqa: S608
                if allow:
                    session.execute("INSERT INTO scim_allowances VALUES (?, ?, ?, ?)", tenant, key_id, allow, until)
            return rows

        return tuple(map(_to_quarantine, await self._database.write(work, durable=True)))

    @name_parameters
    async def list(self, tenant: str | None = None) -> list[Quarantine]:
        """Return the quarantines of a tenant.

        Args:
            tenant: The tenant. None: all.

        Returns:
            The quarantines, the oldest first.

        Raises:
            DatabaseError: The database cannot be read.
        """
        where, values = ("", ()) if tenant is None else (" WHERE tenant = ?", (tenant,))
        statement = f"{_SELECT}{where} ORDER BY since, token"
        rows = await self._database.read(lambda session: session.execute(statement, *values))
        return [_to_quarantine(row) for row in rows]

    async def aclose(self) -> None:
        """Close the database, for those who share it too."""
        await self._database.aclose()


def _to_quarantine(row: Row) -> Quarantine:
    tenant, token, since, refused, allowed = row
    return Quarantine(str(tenant), str(token), to_time(since), int(refused or 0), int(allowed or 0))
