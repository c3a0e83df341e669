"""`SCIMAPI`: the users, groups and announcements of a SCIM service, with resources as JSON objects."""

from __future__ import annotations

from collections.abc import Sequence

from orgsdk.providers.scim.models import ResourceType, Schema, ServiceProviderConfig
from orgsdk.providers.scim.models.discovery import CONFIGS, RESOURCE_TYPES, SCHEMAS
from orgsdk.providers.scim.native.groups import SCIMGroupsAPI
from orgsdk.providers.scim.native.routes import REQUESTS
from orgsdk.providers.scim.native.users import SCIMUsersAPI


class SCIMAPI(SCIMUsersAPI, SCIMGroupsAPI):
    """Requests of SCIM, with resources as JSON objects under SCIM's own names.

    Args:
        connection: Sends the requests.
        service: What the server supports.
    """

    async def get_service_provider_config(self) -> ServiceProviderConfig:
        """Return the features of the server.

        Returns:
            The features.

        Raises:
            NotFoundError: The server announces none.

        Source: RFC 7644, section 4.
        """
        return await self._read_one(REQUESTS.build("get_service_provider_config"), CONFIGS)

    async def list_resource_types(self) -> Sequence[ResourceType]:
        """Return the types of resources.

        Returns:
            The types.

        Raises:
            NotFoundError: The server announces none.

        Source: RFC 7644, section 4.
        """
        return await self._read(REQUESTS.build("list_resource_types"), RESOURCE_TYPES.many)

    async def list_schemas(self) -> Sequence[Schema]:
        """Return the schemas of the resources.

        Returns:
            The schemas.

        Raises:
            NotFoundError: The server announces none.

        Source: RFC 7644, section 4.
        """
        return await self._read(REQUESTS.build("list_schemas"), SCHEMAS.many)
