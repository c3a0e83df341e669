"""The official document and the code have the same operations, parameters, fields and required values."""

from __future__ import annotations

import inspect
import json
import re
import types
from typing import TYPE_CHECKING, Any, get_args

import pytest
from pydantic import BaseModel

from orgsdk.providers.workos import WorkOS, WorkOSAPI, models
from orgsdk.providers.workos.models import keywords
from orgsdk.providers.workos.models.events import WorkOSEvent
from orgsdk.providers.workos.native.routes import ROUTES
from tests.openapi import specs_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

Document = dict[str, Any]

METHODS = ("get", "post", "put", "patch", "delete")
# The paginator sets them. `before` leads to the first rows before a row, not to the previous page (section 2).
PAGING = {"limit": "page_size", "after": "cursor", "before": "cursor"}

BODIES: dict[str, type[BaseModel]] = {
    "create_user": models.CreateUser,
    "update_user": models.UpdateUser,
    "send_email_change": models.SendEmailChange,
    "confirm_email_change": models.ConfirmCode,
    "verify_email": models.ConfirmCode,
    "create_organization_membership": models.CreateOrganizationMembership,
    "update_organization_membership": models.UpdateOrganizationMembership,
    "send_invitation": models.SendInvitation,
    "resend_invitation": models.ResendInvitation,
    "create_organization": models.CreateOrganization,
    "update_organization": models.UpdateOrganization,
    "create_organization_domain": models.CreateOrganizationDomain,
    "create_environment_role": models.CreateRole,
    "update_environment_role": models.UpdateRole,
    "set_environment_role_permissions": models.SetRolePermissions,
    "add_environment_role_permission": models.AddRolePermission,
    "create_organization_role": models.CreateOrganizationRole,
    "update_organization_role": models.UpdateRole,
    "set_organization_role_permissions": models.SetRolePermissions,
    "add_organization_role_permission": models.AddRolePermission,
    "create_permission": models.CreatePermission,
    "update_permission": models.UpdatePermission,
    "assign_role": models.AssignRole,
    "remove_role": models.AssignRole,
    "create_webhook_endpoint": models.CreateWebhookEndpoint,
    "update_webhook_endpoint": models.UpdateWebhookEndpoint,
}
# The document's response has the user in an object; the method returns the user.
UNWRAPPED = {"confirm_email_change", "send_verification_email", "verify_email"}


@pytest.fixture(scope="module")
def document(pytestconfig: pytest.Config) -> Document:
    file = specs_folder(pytestconfig.rootpath) / "workos.openapi.json"
    if not file.is_file():
        pytest.skip("the official document is not in ../shared/specs (ORGSDK_SHARED)")
    found: Document = json.loads(file.read_bytes())
    return found


def route_key(method: str, path: str) -> str:
    return f"{method.upper()} {re.sub(r'{[^}]+}', '{}', path)}"


NAMES = {route_key(*route.split(" ", 1)): name for name, route in ROUTES.items()}


def operations(document: Document) -> Iterator[tuple[str, Document]]:
    """Yield each operation's name in the code, and the operation with all its parameters."""
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                shared = item.get("parameters", [])
                parameters = [resolve(document, each) for each in [*shared, *item[method].get("parameters", [])]]
                name = NAMES.get(route_key(method, path), f"{method} {path}")
                yield name, {**item[method], "parameters": parameters}


def resolve(document: Document, found: Document) -> Document:
    while "$ref" in found:
        target: Any = document
        for part in found["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        found = target
    return found


def properties(document: Document, schema: Document) -> dict[str, Document]:
    schema = resolve(document, schema)
    found: dict[str, Document] = {}
    for part in [*schema.get("allOf", ()), *schema.get("oneOf", ()), *schema.get("anyOf", ())]:
        found |= properties(document, part)
    own: dict[str, Document] = schema.get("properties", {})
    return found | own


def required(document: Document, schema: Document) -> set[str]:
    schema = resolve(document, schema)
    own = set(schema.get("required", ()))
    return own.union(*(required(document, part) for part in schema.get("allOf", ())))


def is_nullable(document: Document, schema: Document) -> bool:
    schema = resolve(document, schema)
    kinds = schema.get("type")
    alternatives = [*schema.get("oneOf", ()), *schema.get("anyOf", ())]
    return (isinstance(kinds, list) and "null" in kinds) or any(one.get("type") == "null" for one in alternatives)


def content(part: Document) -> Document:
    found: Document = part.get("content", {}).get("application/json", {}).get("schema", {})
    return found


def success(operation: Document) -> Document:
    return next((content(each) for status, each in operation["responses"].items() if status < "300"), {})


def models_in(annotation: object) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in get_args(annotation) for model in models_in(part)]


def returned(name: str) -> type[BaseModel] | None:
    """Return the model that a native method returns, or lists."""
    annotation = str(inspect.signature(getattr(WorkOSAPI, name)).return_annotation)
    found: type[BaseModel] | None = getattr(models, annotation.removeprefix("Paginator[").rstrip("]"), None)
    return found


def parameters_of(name: str) -> set[str]:
    return set(inspect.signature(getattr(WorkOSAPI, name)).parameters) - {"self"}


def test_every_operation_has_a_method_and_every_method_an_operation(document: Document) -> None:
    named = {name for name, _ in operations(document)}
    assert len(named) == 62
    assert named == set(ROUTES)
    assert {name for name in dir(WorkOSAPI) if not name.startswith("_")} == named


def test_every_parameter_is_a_parameter_of_the_method(document: Document) -> None:
    missing = []
    for name, operation in operations(document):
        for parameter in operation["parameters"]:
            wanted = PAGING.get(parameter["name"], parameter["name"])
            if parameter["in"] == "path":
                continue  # the next test
            if wanted not in parameters_of(name):
                missing.append(f"{name}({parameter['name']})")
    assert missing == []


def test_every_id_in_a_path_is_a_parameter_of_the_method() -> None:
    for name, route in ROUTES.items():
        assert set(re.findall(r"{(\w+)}", route)) <= parameters_of(name), name


def test_every_field_of_a_request_body_is_a_field_of_the_model(document: Document) -> None:
    wrong = []
    for name, operation in operations(document):
        schema = content(operation.get("requestBody", {}))
        if not schema:
            assert name not in BODIES
            continue
        model, documented = BODIES[name], properties(document, schema)
        wrong += [f"{name}: {field}" for field in sorted(set(documented) ^ set(model.model_fields))]
        ours = {field for field, info in model.model_fields.items() if info.is_required()}
        wrong += [f"{name}: required {field}" for field in sorted(ours ^ required(document, schema))]
        for field, info in model.model_fields.items():
            accepts_null = types.NoneType in get_args(info.annotation)
            if field in documented and accepts_null is not is_nullable(document, documented[field]):
                wrong.append(f"{name}: null for {field}")
    assert wrong == []


def test_every_field_of_a_response_is_read(document: Document) -> None:
    wrong = []
    for name, operation in operations(document):
        schema = success(operation)
        listed = properties(document, schema).get("data")
        if listed is not None:
            schema = resolve(document, listed)["items"]
        if name in UNWRAPPED:
            schema = properties(document, schema)["user"]
        model = returned(name)
        if model is None:
            assert name.startswith(("delete_", "remove_")), name
            continue
        wrong += [f"{name}: {path}" for path in unread(document, schema, model)]
    assert wrong == []


def unread(document: Document, schema: Document, model: type[BaseModel]) -> Iterator[str]:
    """Yield the documented fields that a model lacks, and those of the objects in it."""
    if model is WorkOSEvent:  # the document has a schema for each kind of event
        schema = resolve(document, schema)["allOf"][0]
    documented = properties(document, schema)
    for field, described in documented.items():
        if field == "object":  # the kind of the object, which its class is
            continue
        if field not in model.model_fields:
            yield field
            continue
        nested = models_in(model.model_fields[field].annotation)
        if nested and model is not WorkOSEvent:
            inner = resolve(document, described)
            yield from (f"{field}.{path}" for path in unread(document, inner.get("items", inner), nested[0]))


@pytest.mark.parametrize("name", sorted(set(BODIES)))
def test_the_keywords_of_a_body_are_its_fields(name: str) -> None:
    fields = getattr(keywords, f"{BODIES[name].__name__}Fields")
    assert fields.__annotations__.keys() == BODIES[name].model_fields.keys()


def test_the_server_of_the_document_is_the_default(document: Document) -> None:
    assert WorkOS("sk_x").tenant == document["servers"][0]["url"]
