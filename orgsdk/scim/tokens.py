"""Bearer tokens of the gateway: made once, shown once, and stored as digests."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, Self, TypeAlias, cast, get_args

from pydantic import SecretStr

from orgsdk._parameters import name_parameters
from orgsdk.arguments import as_list, check_instance
from orgsdk.errors import InvalidArgumentError
from orgsdk.scim.database import Database
from orgsdk.scim.tables import is_storable, to_text, to_time, utc_now

if TYPE_CHECKING:
    from orgsdk.scim.tables import Row, Session

Scope: TypeAlias = Literal["read", "write"]

# The prefix lets scanners find a token that was committed by mistake. 32 bytes are 256 random bits.
_PREFIX: Final = "orgscim"
_SECRET_BYTES: Final = 32
_TOKEN: Final = re.compile(rf"{_PREFIX}_([0-9a-f]{{16}})_[A-Za-z0-9_-]{{43}}")
# Compared for an unknown id, so that it takes as long as a wrong secret.
_NO_DIGEST: Final = "0" * 64
_USE_INTERVAL: Final = timedelta(minutes=1)
_COLUMNS: Final = "id, tenant, scopes, created, expires, revoked, last_used"


@dataclass(frozen=True, slots=True)
class TokenRecord:
    """What is known of a token. It has neither the token nor its digest.

    Attributes:
        id: The key id, a part of the token that is no secret.
        tenant: The tenant that the token opens.
        scopes: ``read`` and ``write``, or one of them.
        created: Time of the creation.
        expires: End of its validity; None if it has none.
        revoked: Time of the revocation; None if it is not revoked.
        last_used: Time of the last use, exact to a minute; None if it was never used.
    """

    id: str
    tenant: str
    scopes: tuple[Scope, ...]
    created: datetime
    expires: datetime | None = None
    revoked: datetime | None = None
    last_used: datetime | None = None

    def is_valid(self, now: datetime) -> bool:
        """Return whether the token is neither revoked nor expired.

        Args:
            now: The time.

        Returns:
            True if it opens its tenant.
        """
        return self.revoked is None and (self.expires is None or now < self.expires)


class TokenStore:
    """Make, verify and revoke tokens. A tenant can have several, so that one can replace another without a gap.

    Args:
        database: The database, which an `IdMap` may share.
        clock: Returns the time, with a time zone.
    """

    @name_parameters
    def __init__(self, database: Database, *, clock: Callable[[], datetime] = utc_now) -> None:
        self._database = database
        self._clock = clock

    @classmethod
    @name_parameters
    def open(cls, address: Path | str | Database, *, create: bool = True) -> Self:
        """Open the tokens at the address of the id map.

        Args:
            address: Path of a SQLite file, ``postgresql://host/name``, or the database of an `IdMap`.
            create: Create what is missing. If False, a missing database is an error.

        Returns:
            The store. Close it with `aclose()`.

        Raises:
            ConfigurationError: The address is invalid, or the extra ``postgres`` is not installed.
            DatabaseError: It is no database of orgsdk, or cannot be reached.
            FileError: The file is not safe to write to.

        Example:
            ``tokens = TokenStore.open("scim.db")``
        """
        return cls(Database.open(address, create=create))

    def __repr__(self) -> str:
        return f"TokenStore({self._database.name!r})"

    @name_parameters
    async def create(
        self, tenant: str, *, expires: timedelta | None = None, scopes: Collection[Scope] = ("read", "write")
    ) -> tuple[str, SecretStr]:
        """Make a token. Its text is returned once: only a digest is stored.

        Args:
            tenant: The tenant that it opens.
            expires: How long it is valid. None: until it is revoked.
            scopes: ``read`` for requests that read, ``write`` for those that change something.

        Returns:
            The key id, and the token.

        Raises:
            DatabaseError: The database cannot be written.
            InvalidArgumentError: An argument is invalid.

        Example:
            ``token_id, token = await tokens.create("acme", expires=timedelta(days=365))``
        """
        check_instance("expires", expires, timedelta | None, "a datetime.timedelta, or leave it out")
        now = self._clock()
        chosen = _check_scopes(scopes)
        _check_tenant(tenant)
        key_id = secrets.token_hex(8)
        text = f"{_PREFIX}_{key_id}_{secrets.token_urlsafe(_SECRET_BYTES)}"
        ends = None if expires is None else to_text(_end(now, expires))
        values = (key_id, tenant, _digest(text), " ".join(chosen), to_text(now), ends)
        statement = "INSERT INTO scim_tokens (id, tenant, digest, scopes, created, expires) VALUES (?, ?, ?, ?, ?, ?)"
        await self._database.write(lambda session: session.execute(statement, *values), durable=True)
        return key_id, SecretStr(text)

    async def verify(self, text: str) -> TokenRecord | None:
        """Return the record of a token that is valid, and note its use at most once a minute.

        The token is looked up by its key id, and compared in a time that does not depend on where it differs. A wrong,
        an unknown, an expired and a revoked token take the same steps.

        Args:
            text: The token, without the word ``Bearer``.

        Returns:
            The record; None for any other text.

        Raises:
            DatabaseError: The database cannot be read.
        """
        found = _TOKEN.fullmatch(text)
        key_id = found[1] if found else ""
        digest = _digest(text)
        now = self._clock()

        def work(session: Session) -> TokenRecord | None:
            rows = session.execute(f"SELECT {_COLUMNS}, digest FROM scim_tokens WHERE id = ?", key_id)  # noqa: S608
            stored = str(rows[0][-1]) if rows else _NO_DIGEST
            is_equal = hmac.compare_digest(stored, digest)
            record = _to_record(rows[0]) if rows else None
            return record if record is not None and is_equal and record.is_valid(now) else None

        record = await self._database.read(work)
        if record is not None and (record.last_used is None or now - record.last_used >= _USE_INTERVAL):
            statement = "UPDATE scim_tokens SET last_used = ? WHERE id = ?"
            await self._database.write(lambda session: session.execute(statement, to_text(now), key_id))
        return record

    @name_parameters
    async def revoke(self, token_id: str) -> TokenRecord:
        """End the validity of a token at once. A revoked one keeps the time of its revocation.

        Args:
            token_id: The key id.

        Returns:
            The record.

        Raises:
            DatabaseError: The database cannot be written.
            InvalidArgumentError: There is no such token.
        """
        statement = (
            "UPDATE scim_tokens SET revoked = COALESCE(revoked, ?) WHERE id = ? "  # noqa: S608  # constants
            f"RETURNING {_COLUMNS}"
        )
        check_instance("token_id", token_id, str, "the key id of a token")
        now = to_text(self._clock())
        rows: list[Row] = []
        if is_storable(token_id):
            rows = await self._database.write(lambda session: session.execute(statement, now, token_id), durable=True)
        if not rows:
            raise InvalidArgumentError("names no token: list() returns the ids.", argument="token_id")
        return _to_record(rows[0])

    @name_parameters
    async def list(self, tenant: str | None = None) -> list[TokenRecord]:
        """Return the tokens of a tenant, the oldest first. Revoked and expired ones are among them.

        Args:
            tenant: The tenant. None: all.

        Returns:
            The records.

        Raises:
            DatabaseError: The database cannot be read.
        """
        if tenant is not None:
            _check_tenant(tenant)
        values = () if tenant is None else (tenant,)
        where = "" if tenant is None else " WHERE tenant = ?"
        statement = f"SELECT {_COLUMNS} FROM scim_tokens{where} ORDER BY created, id"  # noqa: S608  # constants
        return [
            _to_record(row) for row in await self._database.read(lambda session: session.execute(statement, *values))
        ]

    async def aclose(self) -> None:
        """Close the database, for those who share it too."""
        await self._database.aclose()


def _digest(text: str) -> str:
    # No slow hash: 256 random bits cannot be guessed, and every request is verified.
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _check_tenant(tenant: str) -> None:
    check_instance("tenant", tenant, str, "the name of a tenant")
    if not tenant or not is_storable(tenant):
        raise InvalidArgumentError(
            "is empty, longer than 800 bytes, or has a NUL: choose a short name.", argument="tenant"
        )


def _check_scopes(scopes: Collection[Scope]) -> list[Scope]:
    chosen = as_list("scopes", scopes, error=InvalidArgumentError)
    if not chosen or any(one not in get_args(Scope) for one in chosen):
        raise InvalidArgumentError("are not read and write, or one of them.", argument="scopes")
    return sorted(set(chosen))


def _end(now: datetime, expires: timedelta) -> datetime:
    check_instance("expires", expires, timedelta, "a timedelta")
    if expires <= timedelta(0):
        raise InvalidArgumentError("is not in the future: pass a positive time.", argument="expires")
    try:
        return now + expires
    except OverflowError:
        raise InvalidArgumentError("is after the year 9999: pass a shorter time.", argument="expires") from None


def _to_record(row: Row) -> TokenRecord:
    id_, tenant, scopes, created, expires, revoked, last_used = row[:7]
    return TokenRecord(
        id=str(id_),
        tenant=str(tenant),
        scopes=cast("tuple[Scope, ...]", tuple(str(scopes).split())),
        created=to_time(created),
        expires=None if expires is None else to_time(expires),
        revoked=None if revoked is None else to_time(revoked),
        last_used=None if last_used is None else to_time(last_used),
    )
