"""The public names: the exported ones, their docstrings, and signatures without an HTTP library."""

from __future__ import annotations

import inspect
import typing
from typing import TYPE_CHECKING

import pytest

import orgsdk
import orgsdk.errors
import orgsdk.providers
from orgsdk import OrgClient, OrgError
from orgsdk.providers import SCIM, Flat, Logto, WorkOS
from orgsdk.resources import Accounts, Invitations, OrganizationHandle, Organizations, Roles, Users

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NAMES = [
    "APIError",
    "AuthenticationError",
    "BadRequestError",
    "Capability",
    "ConfigurationError",
    "ConflictError",
    "DecodeError",
    "Flat",
    "InvalidArgumentError",
    "InvalidCursorError",
    "Invitation",
    "Logto",
    "NotFoundError",
    "NotSentError",
    "OrgClient",
    "OrgError",
    "Organization",
    "OutcomeUnknownError",
    "Page",
    "PaginationError",
    "Paginator",
    "PermissionDeniedError",
    "RateLimitError",
    "RequestTimeoutError",
    "Role",
    "SCIM",
    "ServerError",
    "TransportError",
    "UnprocessableError",
    "UnsupportedError",
    "User",
    "WorkOS",
]
PUBLIC: list[type] = [
    *[getattr(orgsdk, name) for name in NAMES],
    *[Flat, Logto, SCIM, WorkOS, Accounts, Invitations, OrganizationHandle, Organizations, Roles, Users],
]


def members(kind: type) -> Iterator[tuple[str, Callable[..., object]]]:
    """Yield the public methods and properties of orgsdk, and the constructor."""
    for name in dir(kind):
        found = inspect.getattr_static(kind, name)
        function = found.fget if isinstance(found, property) else getattr(found, "__func__", found)
        ours = str(getattr(function, "__module__", "")).startswith("orgsdk")
        if ours and inspect.isfunction(function) and (not name.startswith("_") or name == "__init__"):
            yield name, function


# Only orgsdk calls the constructors of handles, pages and errors.
CREATED_BY_USERS = {OrgClient, Flat, Logto, SCIM, WorkOS}
MEMBERS = {
    f"{kind.__name__}.{name}": function
    for kind in PUBLIC
    for name, function in members(kind)
    if name != "__init__" or kind in CREATED_BY_USERS
}


def test_the_exported_names() -> None:
    assert vars(orgsdk)["__all__"] == NAMES
    assert vars(orgsdk.providers)["__all__"] == ["Flat", "FlatRefreshToken", "Logto", "Memory", "SCIM", "WorkOS"]


def test_all_errors_are_exported_and_have_one_base_class() -> None:
    errors = {
        name
        for name, found in vars(orgsdk.errors).items()
        if inspect.isclass(found) and issubclass(found, OrgError) and not name.startswith("_")
    }
    assert errors == {name for name in NAMES if name.endswith("Error")}
    assert len(errors) == 20


@pytest.mark.parametrize("kind", PUBLIC)
def test_every_public_class_has_a_docstring(kind: type) -> None:
    assert kind.__module__.startswith("orgsdk.")
    # An inherited docstring describes the parent.
    assert (kind.__dict__.get("__doc__") or "").strip()


def test_every_public_method_has_a_docstring() -> None:
    functions = {name: function for name, function in MEMBERS.items() if not name.endswith(".__init__")}
    assert [name for name, function in functions.items() if not (inspect.getdoc(function) or "").strip()] == []
    assert len(functions) > 150


def test_public_signatures_contain_no_http_library_except_http_client() -> None:
    # `http_library` is a name, not a type.
    found = [
        f"{name}({parameter})"
        for name, function in MEMBERS.items()
        for parameter, annotation in annotated(function)
        if parameter not in {"http_client", "http_library"}
        and any(word in str(annotation) for word in ("httpx", "HTTP", "aiohttp"))
    ]
    assert found == []


def annotated(function: Callable[..., object]) -> Iterator[tuple[str, object]]:
    signature = inspect.signature(function)
    yield from ((one.name, one.annotation) for one in signature.parameters.values())
    yield "return", signature.return_annotation


def test_public_signatures_are_typed_and_have_no_variadic_parameters() -> None:
    for name, function in MEMBERS.items():
        signature = inspect.signature(function)
        for parameter in signature.parameters.values():
            typed_fields = parameter.kind is parameter.VAR_KEYWORD and str(parameter.annotation).startswith("Unpack[")
            is_variadic = parameter.kind in {parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL}
            assert typed_fields or not is_variadic, name
            is_typed = parameter.annotation is not parameter.empty
            assert parameter.name == "self" or parameter.name == "cls" or is_typed, name
        assert signature.return_annotation is not signature.empty, name
        positional = [p for p in signature.parameters.values() if p.kind is p.POSITIONAL_OR_KEYWORD]
        # Keyword-only after the first obvious argument or two: a user, and the roles.
        assert len(positional) <= (3 if {"user_id", "roles"} <= {p.name for p in positional} else 2), name


def test_a_client_is_generic_over_its_provider() -> None:
    assert typing.get_origin(OrgClient[Flat]) is OrgClient
