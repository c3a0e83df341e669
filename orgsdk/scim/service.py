"""The protocol: scim2-server's service and handler, with what identity providers need beyond the standard."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

from pydantic import ValidationError
from pydantic_core import from_json
from scim2_models import (
    BaseModel,
    Context,
    ForbiddenException,
    InvalidFilterException,
    InvalidPathException,
    InvalidSyntaxException,
    InvalidValueException,
    PatchOp,
    PayloadTooLargeException,
    Resource,
    ResourceType,
    ResponseParameters,
    SCIMException,
    ScimProvider,
    SearchRequest,
)
from scim2_server.conditions import Conditions
from scim2_server.handler import AsyncScimHandler
from scim2_server.requests import ScimRequest
from scim2_server.responses import ScimResponse
from scim2_server.routing import Operation, Target
from scim2_server.service import ScimService, scim_exception_of

from orgsdk.scim.errors import RETRY_AFTER
from orgsdk.scim.filters import is_manager_reference
from orgsdk.scim.groups import MemberChange, split_members
from orgsdk.scim.storage import GatewayStorage, shows_members
from orgsdk.scim.tokens import TokenRecord

if TYPE_CHECKING:
    from orgsdk.scim.directory import Directory

ModelT = TypeVar("ModelT", bound=BaseModel)

_READS = frozenset(
    {
        Operation.query,
        Operation.search,
        Operation.search_with_body,
        Operation.schema,
        Operation.schemas,
        Operation.resource_type,
        Operation.resource_types,
        Operation.service_provider_config,
    }
)
# Reading a filter or a path, and applying an operation, takes time in which no other request is answered.
MAX_EXPRESSION: Final = 10_000
MAX_VALUES: Final = 100
MAX_OPERATIONS: Final = 1_000
MAX_CHANGES: Final = 200
_MEMBERS: Final = re.compile(r"(?:^|:)members(?:$|[\[.])", re.IGNORECASE)
_WRITES_ONE = frozenset({Operation.replace, Operation.patch, Operation.delete})


class GatewayService(ScimService):
    """Read requests leniently, within a size, and answer errors of the provider.

    Args:
        provider: What the gateway announces.
        max_body: Largest body, in bytes.
    """

    def __init__(self, provider: ScimProvider, max_body: int) -> None:
        super().__init__(provider)
        self._max_body = max_body

    def authorize(self, request: ScimRequest, target: Target, resource_type: ResourceType) -> None:
        """Check the scope of the token."""
        scope = "read" if target.operation in _READS else "write"
        record = cast("TokenRecord | None", request.subject)
        if record is not None and scope not in record.scopes:
            raise ForbiddenException(detail=f"The token has no scope {scope}")

    def max_body_size(self, request: ScimRequest) -> int | None:
        """Return the largest body."""
        limit = super().max_body_size(request)
        return self._max_body if limit is None else min(limit, self._max_body)

    def read_body(self, model: type[ModelT], body: bytes, content_type: str | None, scim_ctx: Context) -> ModelT:
        """Validate a body. One object where a list belongs is a list of one, as OneLogin sends it."""
        payload = self.decode_body(body, content_type)
        if isinstance(payload, dict):
            items = cast("dict[str, Any]", payload)
            if scim_ctx is Context.RESOURCE_PATCH_REQUEST:
                _check_operations(items)
            else:
                _check_values(items)
                payload = {name: _as_list(name, value) for name, value in items.items()}
        try:
            return model.model_validate(payload, scim_ctx=scim_ctx)
        except ValidationError as exception:
            raise scim_exception_of(exception) from None

    def decode_body(self, body: bytes, content_type: str | None) -> Any:
        """Return the JSON of a body within the size."""
        self.ensure_json(content_type)
        if len(body) > self._max_body:
            raise PayloadTooLargeException(detail=f"The body is larger than {self._max_body} bytes")
        try:
            return from_json(body)
        except (ValueError, RecursionError):
            raise InvalidSyntaxException(detail="The body is not JSON") from None

    def read_response_parameters(
        self, resource_type: ResourceType, query: Mapping[str, str]
    ) -> ResponseParameters[Any]:
        """Validate the attributes that an answer shall have."""
        _check_attributes(query)
        return super().read_response_parameters(resource_type, query)

    def read_search(self, resource_types: list[ResourceType], payload: Any) -> tuple[SearchRequest[Any], Any]:
        """Validate a search. Entra's question for a manager finds nobody: managers are not stored."""
        if isinstance(payload, Mapping):
            search = cast("Mapping[str, Any]", payload)
            _check_attributes(search)
            text = _value_of(search, "filter")
            if isinstance(text, str) and len(text) > MAX_EXPRESSION:
                raise InvalidFilterException(detail=f"The filter is longer than {MAX_EXPRESSION:,} characters")
            if isinstance(text, str) and is_manager_reference(text):
                payload = {
                    **{key: value for key, value in search.items() if key.lower() != "filter"},
                    "filter": 'id eq ""',
                }
        return super().read_search(resource_types, payload)

    def publish(self, base_url: str, resource: Resource[Any]) -> Resource[Any]:
        """Return a resource with its address, and those of what it refers to.

        The storage has made the resource for this request alone. So it is changed, and not copied, which would take
        most of the time of a page.
        """
        assert resource.meta is not None  # noqa: S101  # set by the storage
        location = self.resource_location(base_url, self.get_resource_type_of(resource), resource.id or "")
        resource.meta = resource.meta.model_copy(update={"location": location})
        for entry in (*(getattr(resource, "groups", None) or ()), *(getattr(resource, "members", None) or ())):
            if entry.ref is not None:
                entry.ref = self.reference_location(base_url, entry.ref)
        return resource

    def error_response(self, exception: Exception) -> ScimResponse:
        """Return the answer to an error, with the time after which to try again.

        The text of pydantic names no attribute of SCIM, and has an address of pydantic's.
        """
        if isinstance(exception, SCIMException) and isinstance(exception.__cause__, ValidationError):
            exception = scim_exception_of(exception.__cause__)
        response = super().error_response(exception)
        if isinstance(exception, SCIMException) and RETRY_AFTER in exception.context:
            response.headers["Retry-After"] = str(exception.context[RETRY_AFTER])
        return response


class GatewayHandler(AsyncScimHandler):
    """Answer requests: one writer at a time for each resource, and no list of members to change a few.

    Args:
        service: The protocol.
        storage: The users and groups of the tenant.
        directory: The organization of the tenant.
    """

    storage: GatewayStorage

    def __init__(self, service: ScimService, storage: GatewayStorage, directory: Directory) -> None:
        super().__init__(service, storage)
        self._directory = directory

    async def handle(self, request: ScimRequest) -> ScimResponse:
        """Answer a request. A resource that it changes is locked."""
        async with AsyncExitStack() as stack:
            with self.service.provider:
                target = self.service.match(request)
            if target.operation in _WRITES_ONE and target.resource_id is not None:
                kind = (target.endpoint or "").lower().removesuffix("s")
                lock = self._directory.id_map.lock(self._directory.tenant, f"{kind}/{target.resource_id}")
                await stack.enter_async_context(lock)
                if kind == "group":
                    # What follows from the members must not follow from those that another process has changed since.
                    self._directory.forget_members()
            return await super().handle(request)

    async def replace_resource(
        self,
        resource_type: ResourceType,
        current: Resource[Any],
        replacement: Resource[Any],
        conditions: Conditions,
    ) -> Resource[Any]:
        """Replace a resource, which is locked: no version need be compared."""
        if "active" in type(replacement).model_fields and "active" not in replacement.model_fields_set:
            replacement.active = current.active  # type: ignore[attr-defined]  # a field of the user's model
        replaced = self.service.apply_replacement(current, replacement, conditions)
        return current if replaced is None else await self.storage.update(resource_type, replaced)

    async def patch_resource(
        self,
        resource_type: ResourceType,
        resource_id: str,
        patch_op: PatchOp[Any],
        conditions: Conditions,
    ) -> Resource[Any]:
        """Apply a PATCH. Members of a group that it names are added and removed without reading the others."""
        if resource_type.name == "Group":
            found = split_members(patch_op)
            if found is not None:
                change, others = found
                rest = patch_op.model_copy(update={"operations": others})
                return await self._patch_group(resource_type, resource_id, change, rest, conditions)
        current = await self.storage.get(resource_type, resource_id)
        patched = self.service.apply_patch(current, patch_op, conditions)
        return current if patched is None else await self.storage.update(resource_type, patched)

    async def delete_resource(self, resource_type: ResourceType, resource_id: str, conditions: Conditions) -> None:
        """Delete a resource, which is locked. Only a condition needs its content."""
        if conditions.if_match or conditions.if_none_match:
            self.service.check_deletion(await self.storage.get(resource_type, resource_id), conditions)
        await self.storage.delete(resource_type, resource_id)

    async def patch(self, request: ScimRequest) -> ScimResponse:
        """Answer a PATCH. The members of a group are read if the answer has them."""
        response = await super().patch(request)
        target = self.service.match(request)
        if response.body is None or (target.endpoint or "").lower() != "groups":
            return response
        with self.service.provider:
            resource_type = self.service.resource_type_at(target.endpoint or "")
            parameters = self.service.read_response_parameters(resource_type, request.query)
        if not shows_members(parameters):
            return response
        return await self.query(
            ScimRequest("GET", request.base_url, request.path, request.query, subject=request.subject)
        )

    async def _patch_group(
        self,
        resource_type: ResourceType,
        group_id: str,
        change: MemberChange,
        others: PatchOp[Any],
        conditions: Conditions,
    ) -> Resource[Any]:
        """Add and remove members of a group, and apply the operations of a PATCH that are no change of members."""
        group, resource = await self.storage.group_without_members(group_id)
        if conditions.if_match or conditions.if_none_match:  # the version is that of the whole group
            whole = await self.storage.get(resource_type, group_id)
            self.service.check_preconditions(whole, "PATCH", conditions)
        if others.operations:
            others.patch(resource)
        return await self.storage.change_group(group, resource.model_dump(), change)


def _check_attributes(parameters: Mapping[str, Any]) -> None:
    """Check the number of attributes that an answer shall have: each is looked for in each resource of a page."""
    for name in ("attributes", "excludedAttributes"):
        value = _value_of(parameters, name)
        number = value.count(",") + 1 if isinstance(value, str) else len(_listed(value))
        if number > MAX_VALUES:
            raise InvalidValueException(detail=f"{name} has more than {MAX_VALUES} names")


def _check_values(payload: Mapping[str, Any]) -> None:
    """Check the number of values of a resource: they are compared with one another."""
    for name in ("schemas", "emails", "phoneNumbers"):
        if len(_listed(_value_of(payload, name))) > MAX_VALUES:
            raise InvalidValueException(detail=f"{name} has more than {MAX_VALUES} values")


def _check_operations(payload: Mapping[str, Any]) -> None:
    """Check the number of operations of a PATCH, and the lengths of their paths.

    Members are added and removed all at once, everything else one after the other.
    """
    operations = [
        cast("dict[str, Any]", operation)
        for operation in _listed(_value_of(payload, "operations"))
        if isinstance(operation, dict)
    ]
    changes = 0
    for operation in operations:
        path, value = _value_of(operation, "path"), _value_of(operation, "value")
        if isinstance(path, str) and len(path) > MAX_EXPRESSION:
            raise InvalidPathException(detail=f"A path is longer than {MAX_EXPRESSION:,} characters")
        is_of_members = isinstance(path, str) and _MEMBERS.search(path) is not None
        if is_of_members:  # the whole list is written by each operation that replaces it
            changes += str(_value_of(operation, "op")).lower() == "replace"
        else:
            changes += max(1, len(cast("list[object]", value))) if isinstance(value, list | dict) else 1
    if len(operations) > MAX_OPERATIONS or changes > MAX_CHANGES:
        raise PayloadTooLargeException(
            detail=f"The PATCH has more than {MAX_OPERATIONS:,} operations, or more than {MAX_CHANGES} values of other "
            "attributes than members: send several requests, or name several members in one operation"
        )


def _value_of(payload: Mapping[str, Any], name: str) -> object:
    """Return the value of a key, whatever its case."""
    return next((value for key, value in payload.items() if key.lower() == name.lower()), None)


def _listed(value: object) -> list[object]:
    return cast("list[object]", value) if isinstance(value, list) else []


def _as_list(name: str, value: Any) -> Any:
    return [value] if name.lower() in {"emails", "phonenumbers", "members"} and isinstance(value, dict) else value
