"""Tenants of `orgsdk scim serve`: the one of the options, or those of a TOML file."""

from __future__ import annotations

import os
import tomllib
from typing import TYPE_CHECKING, Final, cast

import anyio

from orgsdk._messages import did_you_mean
from orgsdk._secret_settings import is_secret
from orgsdk.bulk.errors import FileError
from orgsdk.bulk.input_file import open_input
from orgsdk.cli.errors import UsageError
from orgsdk.cli.options.connection import ConnectionOptions
from orgsdk.client import OrgClient
from orgsdk.errors import OrgError
from orgsdk.fleet.secrets import Reference, is_reference
from orgsdk.scim import DeactivationLimit, GatewayOptions, Tenant

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_MAX_BYTES: Final = 1_000_000
_KEYS: Final = (
    "provider",
    "profile",
    "organization",
    "settings",
    "on_delete",
    "on_deactivate",
    "group_roles",
    "role_order",
    "default_role",
    "max_deactivations",
)


def read_tenants(path: Path, *, base_url: str | None) -> dict[str, Tenant]:
    """Return the tenants of a TOML file. Each is a table ``[tenants.NAME]``.

    A secret is a reference, such as ``env:NAME`` or ``file:PATH``, or in a profile. Raise `UsageError` for anything
    that is wrong in the file; the message names the tenant and the key.
    """
    try:
        with open_input(path) as file:
            content = file.read(_MAX_BYTES + 1)
        document = tomllib.loads(content.decode())
    except FileError as error:
        raise UsageError(f"--tenants: {error}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"--tenants: {path} is not TOML: {error}") from None
    tables = document.pop("tenants", None)
    if document or not isinstance(tables, dict) or not tables:
        raise UsageError(f"--tenants: {path} has no tenants: start each with [tenants.NAME]")
    tenants: dict[str, Tenant] = {}
    for name, table in cast("dict[str, object]", tables).items():
        where = f"{path}: tenant {name!r}"
        if not isinstance(table, dict):
            raise UsageError(f"{where} is not a table: start it with [tenants.{name}]")
        try:
            address = None if base_url is None else f"{base_url.rstrip('/')}/{name}/v2"
            tenants[name] = _read_tenant(cast("dict[str, object]", table), where, path, address)
        except OrgError as error:
            raise UsageError(f"{where}: {error}") from None
    return tenants


def _read_tenant(table: dict[str, object], where: str, path: Path, base_url: str | None) -> Tenant:
    for key in table:
        if key not in _KEYS:
            raise UsageError(f"{where}: unknown key {key!r}.{did_you_mean(key, _KEYS)} Keys: {', '.join(_KEYS)}")
    if "on_delete" not in table:
        raise UsageError(f'{where}: add on_delete = "keep" or on_delete = "delete"')
    organization = _text(table, "organization", where)
    return Tenant(
        client=_client(table, where, path),
        organization=organization,
        options=make_options(
            on_delete=_text(table, "on_delete", where),
            on_deactivate=_text(table, "on_deactivate", where),
            group_roles=_texts(table, "group_roles", where) or None,
            role_order=_list(table, "role_order", where),
            default_role=_text(table, "default_role", where),
            max_deactivations=table.get("max_deactivations"),
            base_url=base_url,
        ),
    )


def make_options(
    *,
    on_delete: str | None,
    on_deactivate: str | None,
    group_roles: Mapping[str, str] | None,
    role_order: tuple[str, ...],
    default_role: str | None,
    max_deactivations: object,
    base_url: str | None,
) -> GatewayOptions:
    """Return the options of a gateway. Raise `ConfigurationError` for a value that is not allowed."""
    limit = (
        DeactivationLimit() if max_deactivations is None else DeactivationLimit(users=cast("int", max_deactivations))
    )
    return GatewayOptions(
        on_delete=on_delete,  # type: ignore[arg-type]  # GatewayOptions checks it
        on_deactivate=on_deactivate,  # type: ignore[arg-type]  # GatewayOptions checks it
        group_roles=group_roles,
        role_order=role_order,
        default_role=default_role,
        max_deactivations=limit,
        base_url=base_url,
    )


def _client(table: Mapping[str, object], where: str, path: Path) -> OrgClient:
    settings = _texts(table, "settings", where)
    provider, profile = _text(table, "provider", where), _text(table, "profile", where)
    if profile is not None:
        if settings:
            raise UsageError(f"{where}: the settings are in the profile {profile}: remove [tenants.….settings]")
        return ConnectionOptions(provider=provider, profile=profile).client()
    if provider is None:
        raise UsageError(f'{where}: add provider = "NAME" with its settings, or profile = "NAME"')
    resolved: dict[str, str] = {"ORGSDK_PROVIDER": provider}
    for name, value in settings.items():
        if is_reference(value):
            reference = Reference.parse(value)
            resolved[name] = anyio.run(reference.resolve, os.environ).get_secret_value()
        elif is_secret(name):
            raise UsageError(f'{where}: {name} is a secret: write a reference, as in {name} = "env:{name}"')
        elif name.endswith("_FILE"):
            resolved[name] = str(path.parent / value)
        else:
            resolved[name] = value
    return OrgClient.from_env(environ=resolved)


def _text(table: Mapping[str, object], key: str, where: str) -> str | None:
    value = table.get(key)
    if value is not None and not isinstance(value, str):
        raise UsageError(f"{where}: {key} is not a text: put it in quotation marks")
    return value


def _texts(table: Mapping[str, object], key: str, where: str) -> dict[str, str]:
    value = table.get(key, {})
    found = cast("dict[str, object]", value) if isinstance(value, dict) else {"": None}
    if not all(isinstance(one, str) for one in found.values()):
        raise UsageError(f"{where}: {key} is not a table of texts")
    return {name: str(one) for name, one in found.items()}


def _list(table: Mapping[str, object], key: str, where: str) -> tuple[str, ...]:
    value = table.get(key, [])
    found = cast("list[object]", value) if isinstance(value, list) else [None]
    if not all(isinstance(one, str) for one in found):
        raise UsageError(f"{where}: {key} is not a list of texts")
    return tuple(str(one) for one in found)
