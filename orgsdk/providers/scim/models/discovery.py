"""What a server announces of itself. A member that is missing, or of a wrong type, announces nothing."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from orgsdk.providers.http import EnvelopeReader


class _Announced(BaseModel):
    model_config: ClassVar[ConfigDict] = ConfigDict(
        extra="allow", frozen=True, alias_generator=to_camel, populate_by_name=True
    )


class Feature(_Announced):
    """Whether a server has a feature, such as PATCH. None if it does not state it.

    Attributes:
        supported: Whether it has the feature.
        max_results: Of `filter`: the largest page.
        max_operations: Of `bulk`: the largest number of operations.
        max_payload_size: Of `bulk`: the largest body in bytes.
    """

    supported: bool | None = None
    max_results: int | None = None
    max_operations: int | None = None
    max_payload_size: int | None = None


class Pagination(_Announced):
    """How a server pages lists (RFC 9865, section 4).

    Attributes:
        cursor: Whether it has cursors.
        index: Whether it has indexes.
        default_pagination_method: ``"cursor"`` or ``"index"``.
        default_page_size: The size of a page without `count`.
        max_page_size: The largest page.
        cursor_timeout: Seconds that a cursor is valid for, at least.
    """

    cursor: bool | None = None
    index: bool | None = None
    default_pagination_method: str | None = None
    default_page_size: int | None = None
    max_page_size: int | None = None
    cursor_timeout: int | None = None


class ServiceProviderConfig(_Announced):
    """The features of a server (RFC 7643, section 5).

    Attributes:
        patch: Changes by PATCH.
        bulk: Several changes in one request.
        filter: Filters of lists.
        change_password: Whether passwords can be changed.
        sort: Sorted lists.
        etag: Versions of resources.
        pagination: How lists are paged.
        documentation_uri: Where the server is documented.
        authentication_schemes: How clients sign in.
    """

    patch: Feature = Feature()
    bulk: Feature = Feature()
    filter: Feature = Feature()
    change_password: Feature = Feature()
    sort: Feature = Feature()
    etag: Feature = Feature()
    pagination: Pagination = Pagination()
    documentation_uri: str | None = None
    authentication_schemes: tuple[dict[str, Any], ...] = ()


class ResourceType(_Announced):
    """A type of resources (RFC 7643, section 6).

    Attributes:
        name: The name, such as ``User``.
        endpoint: The path, such as ``/Users``.
        schema_uri: The URI of the schema.
        description: What the resources are.
    """

    name: str | None = None
    endpoint: str | None = None
    schema_uri: str | None = Field(None, validation_alias="schema")
    description: str | None = None


class Attribute(_Announced):
    """An attribute of a schema (RFC 7643, section 7).

    Attributes:
        name: The name.
        type: The type, such as ``string``.
        multi_valued: Whether it is a list.
        mutability: ``readOnly``, ``readWrite``, ``immutable`` or ``writeOnly``.
        required: Whether each resource has it.
        case_exact: Whether its texts are compared with case.
        uniqueness: ``none``, ``server`` or ``global``.
    """

    name: str = ""
    type: str | None = None
    multi_valued: bool | None = None
    mutability: str | None = None
    required: bool | None = None
    case_exact: bool | None = None
    uniqueness: str | None = None


class Schema(_Announced):
    """The attributes of a type of resources (RFC 7643, section 7).

    Attributes:
        id: The URI of the schema.
        name: The name, such as ``User``.
        attributes: The attributes.
    """

    id: str = ""
    name: str | None = None
    attributes: tuple[Attribute, ...] = ()

    def writable(self) -> frozenset[str]:
        """Return the names of the attributes that a client can write, in lower case: SCIM ignores their case.

        Returns:
            The names.
        """
        return frozenset(each.name.casefold() for each in self.attributes if each.mutability != "readOnly")


CONFIGS: EnvelopeReader[ServiceProviderConfig] = EnvelopeReader(ServiceProviderConfig)
RESOURCE_TYPES: EnvelopeReader[ResourceType] = EnvelopeReader(ResourceType, "Resources", "totalResults")
SCHEMAS: EnvelopeReader[Schema] = EnvelopeReader(Schema, "Resources", "totalResults")
