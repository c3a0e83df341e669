"""Discovery: what a server announces of itself is a hint, asked for once. A server without it has all of SCIM."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from anyio import Lock

from orgsdk.domain import Role
from orgsdk.errors import APIError, DecodeError, OrgError
from orgsdk.providers.http import EnvelopeReader, FilterProofs, HTTPConnection
from orgsdk.providers.scim.models import ResourceType, Schema, SCIMServer, ServiceProviderConfig, read_server
from orgsdk.providers.scim.native.routes import REQUESTS

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class Service:
    """What the operations of a provider know together: what the server supports, the filters it has, and its groups.

    Args:
        server: What the server supports, if it is not asked.
    """

    def __init__(self, server: SCIMServer | None) -> None:
        self.server = server or SCIMServer()
        self.proofs = FilterProofs()
        self.groups: dict[str, Role] = {}
        self._is_asked = server is not None
        self._lock = Lock()

    async def discover(self, connection: HTTPConnection) -> SCIMServer:
        """Return what the server supports, after three requests at the first call."""
        async with self._lock:
            if not self._is_asked:
                try:
                    self.server = read_server(
                        await _read(connection, "get_service_provider_config", config_of, ServiceProviderConfig()),
                        await _read(connection, "list_resource_types", TYPES.many, []),
                        await _read(connection, "list_schemas", SCHEMAS.many, []),
                    )
                    self._is_asked = True
                except OrgError:  # there was no response: the call that follows reports it, and the next one asks again
                    pass
        return self.server


TYPES: EnvelopeReader[ResourceType] = EnvelopeReader(ResourceType, "Resources", "totalResults")
SCHEMAS: EnvelopeReader[Schema] = EnvelopeReader(Schema, "Resources", "totalResults")
CONFIGS: EnvelopeReader[ServiceProviderConfig] = EnvelopeReader(ServiceProviderConfig)
config_of = CONFIGS.one


async def _read(connection: HTTPConnection, operation: str, decode: Callable[[bytes], T], absent: T) -> T:
    try:
        return await connection.read(REQUESTS.build(operation), decode)
    except (APIError, DecodeError):
        return absent
