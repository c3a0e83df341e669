"""The names that a docstring's example can use: a client, its handles, and the names of the module."""

from __future__ import annotations

import importlib
import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orgsdk
from orgsdk import blocking, bulk, domain, fastapi, fleet, pagination, providers, transport
from orgsdk.bulk.workers import Workers
from orgsdk.errors import Advice
from orgsdk.fleet.secrets import Reference
from orgsdk.fleet.status_page import status_app
from orgsdk.fleet.telemetry import FleetTelemetry
from orgsdk.fleet.worker import run_worker
from orgsdk.pagination import Slice
from orgsdk.providers import http
from orgsdk.providers.base import UserOperations, unknown_name_error
from orgsdk.providers.flat import models as flat_models
from orgsdk.providers.logto import models as logto_models
from orgsdk.providers.workos import models as workos_models
from orgsdk.telemetry import OpenTelemetry
from tests.docs.names import store

if TYPE_CHECKING:
    from types import ModuleType

    from orgsdk import OrgClient


MODELS = {"flat": flat_models, "workos": workos_models}


def blocking_names(client: blocking.OrgClient) -> dict[str, Any]:
    """Return the names of an example of the blocking client."""
    return {**_exported(providers, blocking), "client": client, "users": client.organization().users}


async def names(client: OrgClient, page: str) -> dict[str, Any]:
    """Return the names of an example in the module `page`. Its files are in the working directory."""
    from collections.abc import AsyncIterator
    from datetime import timedelta
    from typing import Annotated

    from fastapi import Depends, FastAPI
    from pydantic import SecretStr

    org = client.organization()
    keys = {"email": "ada@examples.example.com"}
    if orgsdk.Capability.USERS_USERNAME in client.capabilities:
        keys["username"] = "ada_of_examples"
    ada = await org.users.create(**keys, roles=["teacher"])
    models = next((each for name, each in MODELS.items() if f"/{name}/" in page), logto_models)
    given: dict[str, Any] = {
        **_exported(orgsdk, providers, bulk, fastapi),
        **(_exported(models) if "/native/" in page else {}),
        **{kind.__name__: kind for kind in (FastAPI, Depends, timedelta, SecretStr, OpenTelemetry, Workers, Advice)},
        "Annotated": Annotated,
        "AsyncIterator": AsyncIterator,
        "ada": ada,
        "app": FastAPI(),
        "org": org,
        "secrets": secrets,
        "bulk": bulk,
        "client": client,
        "cursor": None,
        "flat": client,
        "ids": [ada.id],
        "memory": orgsdk.OrgClient.memory().provider,
        "old": "a-refresh-token",
        "store": store,
        "tenant_of_session": lambda name: name,
        "signed_in_user": lambda: "user_1",
        "unknown_name_error": unknown_name_error,
        "users": org.users,
    }
    if page.startswith(("orgsdk/providers/http/", "orgsdk/transport/")):
        given |= _provider_names(ada)
    if page.startswith("orgsdk/fleet/"):
        given |= await _fleet_names()
    if page.startswith("orgsdk/scim/"):
        given |= _gateway_names(client)
    if page.startswith("orgsdk/bulk/"):
        grace = bulk.UserSpec(username="grace", email="grace@example.com", origin="by hand")
        given["plan"] = plan = await bulk.plan(org, [grace])
        given["run"] = bulk.apply(plan, org)
        if Path(page).stem in {"audit", "run", "start"}:
            await bulk.apply(plan, org, journal="interrupted.journal", audit="audit.jsonl")
    return given


async def _fleet_names() -> dict[str, Any]:
    """Return the names of an example of a fleet. Its configuration is in the working directory, with one night done."""
    from types import SimpleNamespace

    _write_fleet()
    exported = _exported(fleet)
    one = fleet.Fleet.load("fleet.toml")
    return {
        **exported,
        "FleetTelemetry": FleetTelemetry,
        "Reference": Reference,
        "anyio": SimpleNamespace(run=lambda function, *_: function),  # an example runs in a loop already
        "entries": [],
        "fleet": one,
        "os": os,
        "report": await one.sync(),
        "run_worker": run_worker,
        "status_app": status_app,
        "store": fleet.SQLiteStore("fleet.db"),
    }


def _write_fleet() -> None:
    Path("17.csv").write_text("username,email\ngrace,grace@example.com\n", "utf-8")
    lines = [
        "[fleet]",
        'store = "fleet.db"',
        'passwords = "file:passwords.key"',
        "[credentials.main]",
        'provider = "memory"',
        "[[organizations]]",
        'name = "school-17"',
        'credentials = "main"',
        'roster = "17.csv"',
    ]
    Path("passwords.key").write_text("k" * 40, "utf-8")
    Path("fleet.toml").write_text("\n".join([*lines, ""]), "utf-8")


def _gateway_names(client: OrgClient) -> dict[str, Any]:
    """Return the names of an example of the SCIM gateway."""
    from orgsdk import scim
    from orgsdk.scim.id_map import fold
    from orgsdk.scim.usernames import derive_username

    options = scim.GatewayOptions(on_delete="keep")
    tenant = scim.Tenant(client=client, options=options)
    return {
        **_exported(scim),
        "acme": tenant,
        "derive_username": derive_username,
        "fold": fold,
        "globex": tenant,
        "id_map": scim.IdMap.open("scim.db"),
        "options": options,
        "store": scim.TokenStore.open("scim.db"),
        "tokens": scim.TokenStore.open("scim.db"),
    }


def _provider_names(ada: orgsdk.User) -> dict[str, Any]:
    """Return the names of an example for authors of a provider, whose own names begin with Acme."""

    async def fetch(position: str | None, page_size: int) -> Slice[orgsdk.User]:
        return Slice([ada])

    async def assign_roles(user: orgsdk.User, roles: list[str]) -> None:
        assert user is ada

    async def join(user_id: str) -> None:
        assert user_id == ada.id

    async def read_roles() -> list[domain.Role]:
        return [domain.Role(id="role_1", name="teacher")]

    async def read_invitation() -> domain.Invitation:
        return domain.Invitation(id="1", email="ada@example.com", status="accepted")

    return {
        **_exported(domain, http, pagination, transport),
        "ADA": ada,
        "AcmeUser": orgsdk.User,
        "IDS": transport.IdAlphabet("0-9", "digits at Acme"),
        "PAGES": http.BodyCursor(next="next"),
        "ROUTES": None,
        "accept": read_invitation,
        "changes": domain.UserChanges(given_name="Ada"),
        "fetch_users": fetch,
        "join": join,
        "known": {},
        "read": read_invitation,
        "read_roles": read_roles,
        "user_ids": [ada.id],
        "with_user": lambda member, user: member,
        "CreateUser": logto_models.CreateUser,
        "UserOperations": UserOperations,
        "assign_roles": assign_roles,
        "fetch": fetch,
        "fetch_memberships": fetch,
        "fields": {"username": "ada"},
        "organization_id": "org_id",
        "roles": ["teacher"],
        "user": ada,
    }


def _exported(*modules: ModuleType) -> dict[str, Any]:
    loaded = [importlib.import_module(module.__name__) for module in modules]
    return {name: getattr(module, name) for module in loaded for name in module.__all__}
