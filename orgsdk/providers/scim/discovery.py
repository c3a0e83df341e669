"""Discovery: what a server announces of itself is a hint, asked for once. A server without it has all of SCIM."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from anyio import Lock

from orgsdk.domain import Capability, Record, Role
from orgsdk.errors import OrgError
from orgsdk.providers.http import BodyReader, ConditionalChange, FilterProofs, HTTPConnection, IndexOrCursor
from orgsdk.providers.scim.models import SCIMServer, read_server
from orgsdk.providers.scim.models.discovery import CONFIGS, RESOURCE_TYPES, SCHEMAS
from orgsdk.providers.scim.models.resources import version_of
from orgsdk.providers.scim.native.routes import REQUESTS, change_request, paging

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from orgsdk.providers.scim.native.routes import Values
    from orgsdk.transport import Request

RecordT = TypeVar("RecordT", bound=Record)


class Service:
    """What the operations of a provider know together: what the server supports, the filters it has, and its groups.

    Args:
        server: What the server supports, if it is not asked.
    """

    def __init__(self, server: SCIMServer | None) -> None:
        self.server: SCIMServer = server or SCIMServer()
        self.proofs: FilterProofs = FilterProofs()
        self.groups: dict[str, Role] = {}
        self._is_asked = server is not None
        self._lock = Lock()

    def paging(self, *, complete: bool = False) -> IndexOrCursor:
        """Return how lists are paged. Without the capability, no page has a total."""
        totals = Capability.TOTAL in self.server.capabilities
        return paging(by_cursor=self.server.cursors, complete=complete, totals=totals)

    async def discover(self, connection: HTTPConnection) -> SCIMServer:
        """Return what the server supports, after three requests at the first call."""
        async with self._lock:
            if not self._is_asked:
                try:
                    self.server = read_server(
                        await connection.read_optional(REQUESTS.build("get_service_provider_config"), CONFIGS.one),
                        await connection.read_optional(REQUESTS.build("list_resource_types"), RESOURCE_TYPES.many),
                        await connection.read_optional(REQUESTS.build("list_schemas"), SCHEMAS.many),
                    )
                    self._is_asked = True
                except OrgError:  # there was no response: the call that follows reports it, and the next one asks again
                    pass
        return self.server

    async def change(
        self,
        connection: HTTPConnection,
        noun: str,
        record_id: str,
        reader: BodyReader[RecordT],
        values_of: Callable[[RecordT | None], Values],
        operations: Sequence[Values] = (),
        *,
        reads_first: bool = False,
    ) -> ConditionalChange[RecordT]:
        """Return a change by one PATCH. A server without PATCH has the resource read, and replaced by PUT."""
        patches = (await self.discover(connection)).patch
        ids = {f"{noun}_id": record_id}

        def build(current: RecordT | None) -> Request | None:
            present = None if current is None else current.raw
            return change_request(noun, present, values_of(current), operations, patches=patches, **ids)

        read, reads = REQUESTS.build(f"get_{noun}", **ids), reads_first or not patches
        return ConditionalChange(connection, read, reader, build, version_of, reads)
