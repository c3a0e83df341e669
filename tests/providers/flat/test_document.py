"""The official document and the code have the same operations, parameters, fields and literals."""

from __future__ import annotations

import inspect
import re
import typing
from typing import TYPE_CHECKING, Any, get_args

import pytest
import yaml
from pydantic import BaseModel

from orgsdk.providers.flat import FlatAPI, models, requests
from orgsdk.providers.flat.models import literals
from tests.openapi import specs_folder

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# Paging parameters have the names of the common lists.
RENAMED = {"limit": "page_size", "next": "cursor", "previous": "cursor"}

# The models of request bodies and of responses.
BODIES: dict[str, tuple[type[BaseModel], ...]] = {
    "create_organization_user": (models.UserCreation,),
    "update_organization_user": (models.UserAdminUpdate,),
    "create_organization_user_signin_link": (models.UserSigninLinkCreation,),
    "create_organization_user_access_token": (models.OrganizationUserAccessTokenCreation,),
    "create_organization_invitation": (models.OrganizationInvitationCreation,),
    "create_lti_credentials": (models.LtiCredentialsCreation,),
    "create_lti_configuration": get_args(models.LtiConfigurationCreate),
    "update_lti_configuration": get_args(models.LtiConfigurationUpdate),
}
CONFIGURATIONS = tuple(get_args(kind)[0] for kind in get_args(get_args(models.LtiConfiguration)[0]))
RESPONSES: dict[str, tuple[type[BaseModel], ...]] = {
    "get_authenticated_user": (models.UserDetails,),
    "list_organization_users": (models.UserDetailsAdmin,),
    "create_organization_user": (models.UserDetailsAdmin,),
    "update_organization_user": (models.UserDetailsAdmin,),
    "create_organization_user_signin_link": (models.UserSigninLink,),
    "create_organization_user_access_token": (models.ApiAccessToken,),
    "list_organization_invitations": (models.OrganizationInvitation,),
    "create_organization_invitation": (models.OrganizationInvitation,),
    "list_lti_credentials": (models.LtiCredentials,),
    "create_lti_credentials": (models.LtiCredentials,),
    "list_lti_configurations": CONFIGURATIONS,
    "create_lti_configuration": CONFIGURATIONS,
    "update_lti_configuration": CONFIGURATIONS,
}
WITHOUT_AN_OBJECT = {
    "count_orga_users",
    "remove_organization_user",
    "remove_organization_invitation",
    "revoke_lti_credentials",
    "delete_lti_configuration",
}
LITERALS = {
    "AppScopes": literals.AppScope,
    "ClassRoles": literals.ClassRole,
    "LicenseMode": literals.LicenseMode,
    "LicenseSources": literals.LicenseSource,
    "LmsName": literals.LmsName,
    "OrganizationRoles": literals.OrganizationRole,
    "TutteoProduct": literals.Product,
}


@pytest.fixture(scope="module")
def document(pytestconfig: pytest.Config) -> dict[str, Any]:
    file = specs_folder(pytestconfig.rootpath) / "flat-organization.openapi.yaml"
    if not file.is_file():
        pytest.skip("the official document is not in ../shared/specs (ORGSDK_SHARED)")
    found: dict[str, Any] = yaml.safe_load(file.read_bytes())
    return found


def snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any], list[dict[str, Any]]]]:
    """Yield each operation's name, the operation, and all its parameters."""
    for item in document["paths"].values():
        for method in ("get", "post", "put", "delete"):
            if method in item:
                parameters = [*item.get("parameters", ()), *item[method].get("parameters", ())]
                yield snake(item[method]["operationId"]), item[method], [resolve(document, p) for p in parameters]


def resolve(document: dict[str, Any], found: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in found:
        target: Any = document
        for part in found["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        found = target
    return found


def documented(document: dict[str, Any], schema: dict[str, Any]) -> set[str]:
    """Return the dotted names of all properties, of every variant."""
    schema = resolve(document, schema)
    names: set[str] = set()
    for part in [*schema.get("allOf", ()), *schema.get("oneOf", ()), *schema.get("anyOf", ())]:
        names |= documented(document, part)
    if "items" in schema and schema.get("type") == "array":
        names |= documented(document, schema["items"])
    for name, inner in schema.get("properties", {}).items():
        names |= {name} | {f"{name}.{further}" for further in documented(document, inner)}
    return names


def modelled(kinds: Iterable[type[BaseModel]]) -> set[str]:
    """Return the dotted names of all fields on the wire."""
    names: set[str] = set()
    for kind in kinds:
        kind.model_rebuild()  # pydantic before 2.11 gives no alias before a deferred model is built
        for name, field in kind.model_fields.items():
            wire_name = field.serialization_alias or name
            names |= {wire_name} | {f"{wire_name}.{inner}" for inner in modelled(models_in(field.annotation))}
    return names


def models_in(annotation: object) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in get_args(annotation) for model in models_in(part)]


def content(part: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = part.get("content", {}).get("application/json", {}).get("schema", {})
    return found


def keywords(name: str) -> set[str]:
    """Return the parameters of a method, with the fields of its body."""
    method = getattr(FlatAPI, name)
    parameters = inspect.signature(method).parameters
    if "fields" not in parameters:
        return set(parameters) - {"self"}
    (fields,) = get_args(typing.get_type_hints(method)["fields"])
    return {*parameters, *typing.get_type_hints(fields)} - {"self", "fields"}


def test_every_operation_has_a_method_and_every_method_an_operation(document: dict[str, Any]) -> None:
    named = {name for name, _, _ in operations(document)}
    assert len(named) == 18
    assert named - set(dir(FlatAPI)) == set()
    assert {name for name in dir(FlatAPI) if not name.startswith("_")} - named == set()


def test_every_parameter_is_a_parameter_of_the_method(document: dict[str, Any]) -> None:
    missing = [
        f"{name}({parameter['name']})"
        for name, _, parameters in operations(document)
        for parameter in parameters
        if (
            f"{parameter['name']}_id"
            if parameter["in"] == "path"
            else RENAMED.get(parameter["name"], snake(parameter["name"]))
        )
        not in keywords(name)
    ]
    assert missing == []


def test_every_field_of_a_request_is_sent(document: dict[str, Any]) -> None:
    wrong = []
    for name, operation, _ in operations(document):
        fields = documented(document, content(operation.get("requestBody", {})))
        ours = modelled(BODIES.get(name, ()))
        wrong += [f"{name}: {field} is not in the code" for field in sorted(fields - ours)]
        wrong += [f"{name}: {field} is not in the document" for field in sorted(ours - fields)]
        known = keywords(name)
        top = {field for field in fields if "." not in field}
        wrong += [f"{name}: {field} is not a keyword" for field in sorted(top) if snake(field) not in known]
    assert wrong == []


def test_every_field_of_a_response_is_decoded(document: dict[str, Any]) -> None:
    wrong = []
    for name, operation, _ in operations(document):
        fields = documented(document, content(operation["responses"].get("200", {})))
        if name in WITHOUT_AN_OBJECT:
            # The document describes the items of a count by mistake; the response is an integer.
            assert content(operation["responses"].get("200", {})).get("type", "integer") == "integer"
            continue
        ours = modelled(RESPONSES[name])
        wrong += [f"{name}: {field} is not in the code" for field in sorted(fields - ours)]
        # Three services share one class; only one has line items, and only two can be enabled.
        extra = {field for field in ours - fields if not field.startswith("supportedServices.")}
        wrong += [f"{name}: {field} is not in the document" for field in sorted(extra)]
    assert wrong == []


def test_the_page_has_every_operation_with_its_method_and_its_scopes(
    document: dict[str, Any], pytestconfig: pytest.Config
) -> None:
    page = (pytestconfig.rootpath / "docs" / "providers" / "flat.md").read_text("utf-8")
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in page.splitlines()]
    table = {
        row[0].partition(" ")[0]: (row[1], set(re.findall(r"`([^`]+)`", row[-1]))) for row in rows if len(row) == 4
    }
    assert {name: row for name, row in table.items() if row[0].startswith("`")} == {
        operation["operationId"]: (f"`{name}`", set(operation["security"][0]["OAuth2"]))
        for name, operation, _ in operations(document)
    }


def test_every_literal_is_known(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    assert {name: set(get_args(ours)) for name, ours in LITERALS.items()} == {
        name: set(schemas[name]["enum"]) for name in LITERALS
    }
    parameters = {p["name"]: p["schema"] for p in document["components"]["parameters"].values()}
    assert set(requests.ROLE_NAMES) == set(parameters["role"]["items"]["enum"])
    assert set(get_args(literals.Direction)) == set(parameters["direction"]["enum"])
    assert set(get_args(literals.TestAccounts)) == set(parameters["testAccounts"]["enum"])


def test_the_check_finds_missing_fields(document: dict[str, Any]) -> None:
    admin = documented(document, {"$ref": "#/components/schemas/UserDetailsAdmin"})
    missing = admin - modelled([models.UserPublicSummary])
    assert {"email", "license.expirationDate", "isEduTestingStudent"} <= missing


def test_the_return_annotations_match_the_checked_models() -> None:
    for name, kinds in RESPONSES.items():
        signatures = typing.get_overloads(getattr(FlatAPI, name)) or [getattr(FlatAPI, name)]
        annotations = " ".join(str(inspect.signature(each).return_annotation) for each in signatures)
        expected = "LtiConfiguration" if kinds is CONFIGURATIONS else kinds[0].__name__
        assert re.search(rf"\b{expected}\b", annotations), name
