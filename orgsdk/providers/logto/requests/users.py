"""Requests for the accounts of the tenant. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from pydantic import SecretStr

from orgsdk.arguments import check_flag, check_instance
from orgsdk.errors import InvalidArgumentError
from orgsdk.providers.logto.requests.base import (
    IDS,
    checked_ids,
    delete,
    flag_parameter,
    get,
    get_page,
    patch,
    post,
    put,
)
from orgsdk.transport import Safety, build_path

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydantic import JsonValue

    from orgsdk.providers.logto.models import CreateUser, JsonObject, UpdateUser, UpdateUserProfile
    from orgsdk.transport import Request

_USERS = "/api/users"


def _user_path(user_id: str, rest: str = "") -> str:
    return build_path(f"{_USERS}/{{user_id}}", IDS, user_id=user_id) + rest


def _search_parameters(search_params: Mapping[str, str | Sequence[str]] | None) -> list[tuple[str, str]]:
    parameters: list[tuple[str, str]] = []
    check_instance("search_params", search_params, Mapping | None, "a dict of names and texts")
    for name, values in (search_params or {}).items():
        check_instance("A name in search_params", name, str, "a string")
        check_instance(f"search_params[{name!r}]", values, str | Sequence, "a string or a list of strings")
        for value in values:
            check_instance(f"A value of search_params[{name!r}]", value, str, "a string")
        if name in {"page", "page_size"}:
            raise InvalidArgumentError(f"{name} is no search parameter. The paginator sets it.")
        parameters += [(name, value) for value in ([values] if isinstance(values, str) else values)]
    return parameters


def list_users(
    search_params: Mapping[str, str | Sequence[str]] | None, position: str | None, page_size: int
) -> Request:
    """Build the request that lists a page of the tenant's accounts."""
    return get_page("list_users", _USERS, _search_parameters(search_params), position, page_size)


def create_user(user: CreateUser) -> Request:
    """Build the request that creates an account."""
    if not (user.username or user.primary_email or user.primary_phone):
        # Logto would create an account without a key, and another one with each retry (facts/logto.md, section 6).
        raise InvalidArgumentError("A user needs a username, a primary e-mail address or a primary phone number.")
    return post("create_user", _USERS, user.to_wire(), safety=Safety.UNSAFE)


def get_user(user_id: str, *, include_sso_identities: bool = False, include_password_hash: bool = False) -> Request:
    """Build the request that reads an account."""
    parameters = [
        *flag_parameter("includeSsoIdentities", on=include_sso_identities),
        *flag_parameter("includePasswordHash", on=include_password_hash),
    ]
    return get("get_user", _user_path(user_id), parameters)


def update_user(user_id: str, changes: UpdateUser) -> Request:
    """Build the request that updates an account."""
    return patch("update_user", _user_path(user_id), changes.to_wire())


def delete_user(user_id: str) -> Request:
    """Build the request that deletes an account and its data."""
    return delete("delete_user", _user_path(user_id))


def list_user_custom_data(user_id: str) -> Request:
    """Build the request that reads an account's custom data."""
    return get("list_user_custom_data", _user_path(user_id, "/custom-data"))


def update_user_custom_data(user_id: str, custom_data: JsonObject) -> Request:
    """Build the request that merges keys into an account's custom data."""
    check_instance("custom_data", custom_data, dict, "a dict")
    return patch("update_user_custom_data", _user_path(user_id, "/custom-data"), {"customData": custom_data})


def update_user_profile(user_id: str, changes: UpdateUserProfile) -> Request:
    """Build the request that merges fields into an account's profile."""
    return patch("update_user_profile", _user_path(user_id, "/profile"), {"profile": changes.to_wire()})


def update_user_password(user_id: str, password: str | SecretStr) -> Request:
    """Build the request that sets an account's password."""
    check_instance("The password", password, str | SecretStr, "a string or a SecretStr")
    body: dict[str, JsonValue] = {"password": password if isinstance(password, str) else password.get_secret_value()}
    return patch("update_user_password", _user_path(user_id, "/password"), body)


def get_user_has_password(user_id: str) -> Request:
    """Build the request that reads whether an account has a password."""
    return get("get_user_has_password", _user_path(user_id, "/has-password"))


def update_user_is_suspended(user_id: str, *, is_suspended: bool) -> Request:
    """Build the request that suspends an account, or ends the suspension."""
    check_flag("is_suspended", is_suspended)
    return patch("update_user_is_suspended", _user_path(user_id, "/is-suspended"), {"isSuspended": is_suspended})


def list_user_roles(
    user_id: str, search_params: Mapping[str, str | Sequence[str]] | None, position: str | None, page_size: int
) -> Request:
    """Build the request that lists a page of the tenant roles of an account."""
    return get_page(
        "list_user_roles", _user_path(user_id, "/roles"), _search_parameters(search_params), position, page_size
    )


def assign_user_roles(user_id: str, role_ids: Iterable[str]) -> Request:
    """Build the request that adds tenant roles to an account."""
    body: dict[str, JsonValue] = {"roleIds": checked_ids(role_ids, "role id")}
    return post("assign_user_roles", _user_path(user_id, "/roles"), body, safety=Safety.IDEMPOTENT)


def replace_user_roles(user_id: str, role_ids: Iterable[str]) -> Request:
    """Build the request that replaces an account's tenant roles."""
    body: dict[str, JsonValue] = {"roleIds": checked_ids(role_ids, "role id", minimum=0)}
    return put("replace_user_roles", _user_path(user_id, "/roles"), body, expects_json=True)


def delete_user_role(user_id: str, role_id: str) -> Request:
    """Build the request that removes a tenant role from an account."""
    return delete("delete_user_role", _user_path(user_id, build_path("/roles/{role_id}", IDS, role_id=role_id)))


def list_user_organizations(user_id: str) -> Request:
    """Build the request that lists an account's organizations."""
    return get("list_user_organizations", _user_path(user_id, "/organizations"))
