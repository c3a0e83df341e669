"""Logto's OpenAPI document: every operation, parameter and field has its counterpart in `client.native`."""

from __future__ import annotations

import inspect
import json
import re
import types
import typing
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal

import anyio
import pytest
from pydantic import BaseModel, JsonValue, SecretStr

from orgsdk import Paginator
from orgsdk.providers.http import HTTPConnection
from orgsdk.providers.logto import LogtoAPI, models
from tests.openapi import specs_folder

if typing.TYPE_CHECKING:
    from orgsdk.transport import Request, Response

Document = dict[str, Any]
Operation = tuple[str, str, dict[str, Any]]  # method, path, description

# Operations of applications and of enterprise SSO are out of scope (issue: "Logto, whole").
LEFT_OUT = re.compile(r"/applications|/sso-connectors")

# The document's name is misleading: `Create` with a list of ids, `List` of one object.
RENAMED = {
    "CreateOrganizationRoleScope": "assign_organization_role_scopes",
    "CreateOrganizationRoleResourceScope": "assign_organization_role_resource_scopes",
    "CreateOrganizationJitRole": "assign_organization_jit_roles",
    "CreateOrganizationInvitationMessage": "resend_organization_invitation_message",
    "ReplaceOrganizationInvitationStatus": "update_organization_invitation_status",
    "ListUserCustomData": "get_user_custom_data",
}

# Documented, but ignored by the server (facts/logto.md, section 5; `org.create.unknown_field`).
DROPPED = {"tenantId", "createdAt"}

# The paginator sets these.
PAGING = {"page": "cursor", "page_size": "page_size"}

ID_OF = {
    "/api/organizations/{id}": "organization_id",
    "/api/organization-roles/{id}": "role_id",
    "/api/organization-scopes/{id}": "scope_id",
    "/api/organization-invitations/{id}": "invitation_id",
}

# The body is an object with this member alone.
MEMBER = {"UpdateUserProfile": "profile"}

MOMENT = datetime(2030, 1, 1, tzinfo=UTC)
SAMPLES: dict[str, Any] = {
    "organization": models.CreateOrganization(name="n"),
    "role": models.CreateOrganizationRole(name="n"),
    "scope": models.CreateOrganizationScope(name="n"),
    "user": models.CreateUser(username="n"),
    "invitation": models.CreateOrganizationInvitation(invitee="a@b.c", organization_id="o", expires_at=MOMENT),
    "payload": models.MessagePayload(),
    "password": SecretStr("pw"),
    "custom_data": {},
    "is_suspended": True,
    "status": "Revoked",
    "email_domain": "a.example",
}


def snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def native_name(operation_id: str) -> str:
    return RENAMED.get(operation_id, snake(operation_id))


@pytest.fixture(scope="module")
def document(pytestconfig: pytest.Config) -> Document:
    file = specs_folder(pytestconfig.rootpath) / "logto-management.openapi.json"
    if not file.is_file():
        pytest.skip("the document of Logto's Management API is not in ../shared/specs (ORGSDK_SHARED)")
    found: Document = json.loads(file.read_text("utf-8"))
    return found


@pytest.fixture(scope="module")
def operations(document: Document) -> dict[str, Operation]:
    return {
        operation["operationId"]: (method.upper(), path, operation)
        for path, item in document["paths"].items()
        if not LEFT_OUT.search(path)
        for method, operation in item.items()
    }


def parameters_of(document: Document, path: str, operation: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the location of each documented parameter, and its name here."""
    for given in operation.get("parameters", ()):
        described = document
        for part in given.get("$ref", "#").split("/")[1:]:
            described = described[part]
        parameter = described if "$ref" in given else given
        name = parameter["name"]
        if parameter["in"] == "path" and name == "id":
            yield "path", next(ours for start, ours in ID_OF.items() if path.startswith(start))
        else:
            yield parameter["in"], PAGING.get(name, snake(name))


def body_of(operation: dict[str, Any]) -> dict[str, Any]:
    content = operation.get("requestBody", {}).get("content", {})
    found: dict[str, Any] = content.get("application/json", {}).get("schema", {})
    return found


def hints(name: str) -> dict[str, Any]:
    known = {each: getattr(models, each) for each in vars(models)["__all__"]}  # loaded on first use
    known |= {"Paginator": Paginator, "Iterable": Iterable, "Mapping": Mapping, "Sequence": Sequence}
    known |= {"Literal": Literal, "JsonValue": JsonValue, "SecretStr": SecretStr, "Unpack": typing.Unpack}
    return typing.get_type_hints(getattr(LogtoAPI, name), globalns=known)


def models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [found for argument in typing.get_args(annotation) for found in models_in(argument)]


def missing_fields(schema: dict[str, Any], model: type[BaseModel], location: str) -> Iterator[str]:
    """Yield the documented fields of an object and its nested objects that the model does not have."""
    model.model_rebuild()  # pydantic before 2.11 has no alias until a deferred model is built
    aliases = {field.alias or name: field.annotation for name, field in model.model_fields.items()}
    for name, described in schema.get("properties", {}).items():
        if name in DROPPED and name not in aliases:
            continue
        if name not in aliases:
            yield f"{location}.{name}"
            continue
        for inner in within(described):
            nested = models_in(aliases[name])
            if nested:
                yield from missing_fields(inner, nested[0], f"{location}.{name}")
            elif inner.get("properties"):
                yield f"{location}.{name} (its fields)"


def within(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the object schemas of a field."""
    for described in [schema, *schema.get("oneOf", ())]:
        found = described.get("items", {}) if described.get("type") == "array" else described
        if found.get("type") == "object":
            yield found


def test_the_methods_are_exactly_the_documents_operations(operations: dict[str, Operation]) -> None:
    methods = {name for name in dir(LogtoAPI) if not name.startswith("_")}
    documented = {native_name(operation_id) for operation_id in operations}
    assert sorted(documented - methods) == []
    assert sorted(methods - documented) == []
    assert len(methods) == 63


def test_every_documented_parameter_is_a_parameter_of_its_method(
    document: Document, operations: dict[str, Operation]
) -> None:
    missing: list[str] = []
    for operation_id, (_, path, operation) in operations.items():
        ours = inspect.signature(getattr(LogtoAPI, native_name(operation_id))).parameters
        missing += [
            f"{operation_id}: {where} {name}"
            for where, name in parameters_of(document, path, operation)
            if name not in ours
        ]
    assert missing == []


def test_every_documented_field_of_a_request_can_be_sent(operations: dict[str, Operation]) -> None:
    missing: list[str] = []
    for operation_id, (_, _, operation) in operations.items():
        name, schema = native_name(operation_id), body_of(operation)
        parameters = {key: kind for key, kind in hints(name).items() if key != "return"}
        # A body is one model, or consists of parameters.
        whole = [
            model for kind in parameters.values() for model in models_in(kind) if issubclass(model, models.LogtoBody)
        ]
        if whole:
            body = schema["properties"][MEMBER[operation_id]] if operation_id in MEMBER else schema
            missing += missing_fields(body, whole[0], operation_id)
            continue
        for field, described in schema.get("properties", {}).items():
            if snake(field) not in parameters:
                missing.append(f"{operation_id}.{field}")
                continue
            for model in models_in(parameters[snake(field)]):
                missing += missing_fields(described, model, f"{operation_id}.{field}")
    assert missing == []


def test_every_documented_field_of_a_response_is_in_a_model(operations: dict[str, Operation]) -> None:
    missing: list[str] = []
    unread: list[str] = []
    for operation_id, (_, _, operation) in operations.items():
        answer = hints(native_name(operation_id))["return"]
        for status in ("200", "201"):
            content = operation["responses"].get(status, {}).get("content", {})
            schema = content.get("application/json", {}).get("schema", {})
            for described in within(schema):
                found = models_in(answer)
                if found:
                    missing += missing_fields(described, found[0], operation_id)
                elif described.get("properties"):
                    unread.append(operation_id)
    assert (missing, unread) == ([], [])


def test_every_list_operation_returns_a_paginator(operations: dict[str, Operation]) -> None:
    for operation_id, (_, _, operation) in operations.items():
        content = operation["responses"].get("200", {}).get("content", {})
        is_list = content.get("application/json", {}).get("schema", {}).get("type") == "array"
        answer = hints(native_name(operation_id))["return"]
        assert (typing.get_origin(answer) is Paginator) is is_list, operation_id


class Captured(Exception):  # noqa: N818  # it is not an error
    pass


class Recorder:
    """A transport that records the request instead of sending it."""

    provider = "logto"

    def __init__(self) -> None:
        self.request: Request | None = None

    async def send(self, request: Request) -> Response:
        self.request = request
        raise Captured


def sample(name: str, kind: Any) -> Any:
    if name == "changes":
        model = models_in(kind)[0]
        return model.model_validate({"nickname" if model is models.UpdateUserProfile else "name": "n"})
    if name in SAMPLES:
        return SAMPLES[name]
    # The value of an id is its parameter's name, so that the test can find it in the path.
    return [name] if name.endswith(("_ids", "_names", "_domains")) else name


def is_body(kind: Any) -> bool:
    return any(issubclass(model, models.LogtoBody) for model in models_in(kind))


def captured(name: str) -> Request:
    """Return the request of a method that is called with all required arguments."""
    recorder = Recorder()
    method: Callable[..., Awaitable[object]] = getattr(LogtoAPI(HTTPConnection(typing.cast("Any", recorder))), name)
    kinds = hints(name)
    arguments = {
        key: sample(key, kinds[key])
        for key, parameter in inspect.signature(method).parameters.items()
        if parameter.kind is not parameter.VAR_KEYWORD
        and (parameter.default is parameter.empty or key == "organization_role_ids" or is_body(kinds[key]))
    }
    if name.endswith("_email_domains") and "email_domains" in arguments:
        arguments["email_domains"] = ["a.example"]

    async def call() -> None:
        with pytest.raises(Captured):
            await method(**arguments)

    anyio.run(call)
    assert recorder.request is not None
    return recorder.request


def test_every_method_sends_the_documented_request(document: Document, operations: dict[str, Operation]) -> None:
    for operation_id, (method, path, operation) in operations.items():
        request = captured(native_name(operation_id))
        expected = path
        for where, ours in parameters_of(document, path, operation):
            if where == "path":
                expected = re.sub(r"\{\w+\}", str(SAMPLES.get(ours, ours)), expected, count=1)
        assert (request.method, request.path) == (method, expected), operation_id
        # Errors, events and logs have the provider's own name.
        assert request.operation == snake(operation_id)
        sent = json.loads(request.body) if request.body is not None else {}
        assert set(body_of(operation).get("required", ())) <= set(sent), operation_id
        assert request.expects_json is bool(answers_json(operation)), operation_id


def answers_json(operation: dict[str, Any]) -> bool:
    """Return whether an operation returns JSON. `201` without a schema is the word `Created` (facts, section 5)."""
    for status in ("200", "201"):
        content = operation["responses"].get(status, {}).get("content", {})
        if content.get("application/json", {}).get("schema"):
            return True
    return False


def test_the_documentation_lists_every_operation(operations: dict[str, Operation], pytestconfig: pytest.Config) -> None:
    page = (pytestconfig.rootpath / "docs/providers/logto.md").read_text("utf-8")
    rows = re.findall(r"^\| `(\w+)` \| `(\w+)` \| `(\w+)` \|", page, re.MULTILINE)
    assert sorted(rows) == sorted(
        (operation_id, snake(operation_id), native_name(operation_id)) for operation_id in operations
    )


def test_public_methods_name_their_operation() -> None:
    for name in dir(LogtoAPI):
        method = getattr(LogtoAPI, name)
        if name.startswith("_") or not isinstance(method, types.FunctionType):
            continue
        assert "Source: Logto " in (inspect.getdoc(method) or ""), name
        assert "Any" not in str(inspect.signature(method)), name
