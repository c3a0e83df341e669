"""`SCIMServer`: what one server supports, from what it announces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from orgsdk.domain import Capability
from orgsdk.providers.scim.capabilities import ATTRIBUTES, CAPABILITIES, OF_GROUPS
from orgsdk.providers.scim.models.discovery import ResourceType, Schema, ServiceProviderConfig
from orgsdk.providers.scim.native.routes import GROUP_SCHEMA, USER_SCHEMA

_DEFAULT_PAGE_SIZE = 100
_MAX_PAGE_SIZE = 1000  # as Slack has it; a larger page could exceed the largest body that is read


@dataclass(frozen=True, slots=True, kw_only=True)
class SCIMServer:
    """What one server supports. The default is a server that has all of SCIM, except cursors.

    Attributes:
        capabilities: What it has of the common domain, a part of `SCIM.capabilities`.
        patch: Whether resources are changed by PATCH. Otherwise they are read, and replaced by PUT.
        cursors: Whether lists are paged by cursors (RFC 9865).
        max_page_size: The largest page.
    """

    capabilities: frozenset[Capability] = CAPABILITIES
    patch: bool = True
    cursors: bool = False
    max_page_size: int = _DEFAULT_PAGE_SIZE


def read_server(
    config: ServiceProviderConfig | None,
    resource_types: Sequence[ResourceType] | None,
    schemas: Sequence[Schema] | None,
) -> SCIMServer:
    """Return what a server supports. What it does not announce, it is taken to have.

    Args:
        config: Its features. None if it does not announce them.
        resource_types: Its types of resources. None if it does not announce them.
        schemas: Its schemas. None if it does not announce them.

    Returns:
        What it supports.

    Source: RFC 7643, sections 5 to 7, and RFC 9865, section 4.
    """
    config = config or ServiceProviderConfig()
    types = {each.schema_uri for each in resource_types or ()}
    attributes = {each.id: each.writable() for each in schemas or () if each.attributes}
    lacking: set[Capability] = set()
    if USER_SCHEMA in attributes:
        lacking = {each for each, name in ATTRIBUTES.items() if name.casefold() not in attributes[USER_SCHEMA]}
    if (types and GROUP_SCHEMA not in types) or "members" not in attributes.get(GROUP_SCHEMA, {"members"}):
        lacking |= OF_GROUPS
    if config.change_password.supported is False:
        lacking.add(Capability.USERS_PASSWORD)
    has_cursors = config.pagination.cursor is True
    if has_cursors and config.pagination.index is not True:  # with cursors alone, the total may be missing
        lacking.add(Capability.TOTAL)
    size = config.pagination.max_page_size or config.filter.max_results or _DEFAULT_PAGE_SIZE
    return SCIMServer(
        capabilities=CAPABILITIES - lacking,
        patch=config.patch.supported is not False,
        cursors=has_cursors,
        max_page_size=max(1, min(size, _MAX_PAGE_SIZE)),
    )
