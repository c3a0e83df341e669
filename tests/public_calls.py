"""Every public function, constructor and method of orgsdk, with the arguments of a call that is right.

`public_calls` walks the packages. A new public name is called with `ARGUMENTS`, unless `NOT_CALLED` states why not.
"""

from __future__ import annotations

import atexit
import inspect
import shutil
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI
from fastapi_pagination.cursor import CursorParams
from pydantic import BaseModel, SecretStr

import orgsdk
from orgsdk import NotSentError, OrgClient, Page, blocking, bulk
from orgsdk.fleet import Fleet, SQLiteStore
from orgsdk.options import CallOptions
from orgsdk.providers import Flat, Logto, Memory
from orgsdk.providers.flat.models.base import FlatBody
from orgsdk.providers.flat.models.lti_requests import (
    LtiConfigurationCreate1p3Dynamic,
    LtiConfigurationUpdateStandalone,
)
from orgsdk.providers.logto import models as logto
from orgsdk.providers.logto.models.base import LogtoBody
from orgsdk.sandbox.faults import Faults, Respond
from orgsdk.scim import GatewayOptions, IdMap, Tenant, TokenStore
from orgsdk.testing.conformance import CheckContext
from orgsdk.transport import BearerToken, ProviderProblem, TokenFromCallable
from tests.bulk.samples import plan_of
from tests.mock_http import mock_client

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from types import ModuleType

    import httpx

NONE = "/nonexistent/none"  # no file of this path can be made
FOLDER = Path(tempfile.mkdtemp(prefix="orgsdk-public-calls-"))
FLEET_FILE = FOLDER / "fleet.toml"
FLEET_FILE.write_text(
    """
    [fleet]
    store = "fleet.db"
    [credentials.m]
    provider = "memory"
    [[organizations]]
    name = "s"
    credentials = "m"
    roster = "s.csv"
    """,
    encoding="utf-8",
)
atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)


def refuse(request: httpx.Request) -> httpx.Response:
    raise AssertionError(f"{request.method} {request.url} was sent")


async def store(*_: object) -> None: ...


HTTP = mock_client(refuse)
MEMORY = OrgClient.memory(users=2)
BLOCKING = blocking.OrgClient.memory(users=2)
FLAT = OrgClient(Flat("t", http_client=HTTP))
LOGTO = OrgClient(Logto("https://t.logto.app", app_id="a", app_secret="s", http_client=HTTP))
ORG = MEMORY.organization()
FLEET = Fleet((), store=SQLiteStore(FOLDER / "fleet.db"))
TOKENS = TokenStore.open(FOLDER / "scim.db")
GATEWAY = GatewayOptions(on_delete="keep")
# What a method is called on.
OBJECTS: Mapping[str, Any] = {
    "orgsdk.client.OrgClient": MEMORY,
    "orgsdk.resources.users.Users": ORG.users,
    "orgsdk.resources.accounts.Accounts": MEMORY.accounts,
    "orgsdk.resources.roles.Roles": MEMORY.roles,
    "orgsdk.resources.invitations.Invitations": ORG.invitations,
    "orgsdk.resources.organizations.Organizations": MEMORY.organizations,
    "orgsdk.pagination.paginator.Paginator": ORG.users.list(),
    "orgsdk.blocking.client.OrgClient": BLOCKING,
    "orgsdk.blocking.resources.Users": BLOCKING.organization().users,
    "orgsdk.blocking.resources.Accounts": BLOCKING.accounts,
    "orgsdk.blocking.resources.Roles": BLOCKING.roles,
    "orgsdk.blocking.resources.Invitations": BLOCKING.organization().invitations,
    "orgsdk.blocking.resources.Organizations": BLOCKING.organizations,
    "orgsdk.blocking.pagination.Paginator": BLOCKING.organization().users.list(),
    "orgsdk.bulk.planning.plan.Plan": plan_of(),
    "orgsdk.bulk.run.passwords.DerivedPasswords": bulk.DerivedPasswords(SecretStr("k" * 32), "run"),
    "orgsdk.bulk.run.report.Report": bulk.Report(0, (), "0" * 64),
    "orgsdk.fleet.fleet.Fleet": FLEET,
    "orgsdk.providers.flat.native.FlatAPI": FLAT.native,
    "orgsdk.providers.logto.native.LogtoAPI": LOGTO.native,
    "orgsdk.providers.memory.provider.Memory": Memory(),
    "orgsdk.sandbox.faults.Faults": Faults(),
    "orgsdk.scim.tokens.TokenStore": TOKENS,
}
# Required arguments by their names, and of one call under "call.name".
ARGUMENTS: Mapping[str, Any] = {
    "account": "delete",
    "action": Respond(503),
    "api_key": "sk_test_key",
    "app": FastAPI(),
    "app_id": "a",
    "app_secret": "s",
    "auth": BearerToken(SecretStr("t")),
    "base_url": "https://t.example",
    "call": store,
    "changes": logto.UpdateOrganization(name="n"),
    "checks": (),
    "client": MEMORY,
    "client_id": "c",
    "client_secret": "s",
    "configuration": LtiConfigurationCreate1p3Dynamic(),
    "configuration_id": "c" * 24,
    "content_type": None,
    "context": CheckContext(MEMORY, max_users=10),
    "convert_to_individual": True,
    "credentials": ("c", SecretStr("s")),
    "credentials_id": "d" * 24,
    "custom_data": {},
    "email": "ada@example.com",
    "email_domain": "example.com",
    "email_domains": ["example.com"],
    "endpoint": "https://t.logto.app",
    "environ": {"FLAT_ACCESS_TOKEN": "t"},
    "error": NotSentError("no", provider="p", operation="o"),
    "file": NONE,
    "get_token": lambda: "t",
    "identity": lambda: "u",
    "invitation": logto.CreateOrganizationInvitation(
        invitee="ada@example.com", organization_id="o", expires_at=datetime(2999, 1, 1, tzinfo=UTC)
    ),
    "invitation_id": "e" * 24,
    "is_suspended": True,
    "items": ORG.users.list(),
    "journal": NONE,
    "lms": "canvas",
    "max_users": 10,
    "name": "n",
    "on_tokens": store,
    "operation": "users.create",
    "options": CallOptions(),
    "organization": ORG,
    "organization_id": "a" * 24,
    "organization_role_id": "f" * 24,
    "organization_role_ids": ["f" * 24],
    "organization_scope_id": "f" * 24,
    "organization_scope_ids": ["f" * 24],
    "page": Page([]),
    "password": SecretStr("password"),
    "path": NONE,
    "pattern": "a-z",
    "description": "letters",
    "deployment_id": "d",
    "deployment_type": "canvas",
    "expiresAt": datetime(2999, 1, 1, tzinfo=UTC),
    "invitee": "ada@example.com",
    "organizationId": "o",
    "plan": plan_of(),
    "profile": logto.UserProfile(),
    "provider": Memory(),
    "read_problem": lambda _: ProviderProblem(""),
    "refresh_token": "r",
    "role": "admin",
    "role_id": "f" * 24,
    "role_ids": ["f" * 24],
    "roles": ["admin"],
    "scope": logto.CreateOrganizationScope(name="n"),
    "scope_id": "f" * 24,
    "scope_ids": ["f" * 24],
    "scopes": ["scores"],
    "seconds": 1,
    "setting": "SETTING",
    "source": TokenFromCallable(lambda: "t", setting="TOKEN"),
    "status": 503,
    "tenant": lambda: "t",
    "url": "memory:",
    "user": logto.CreateUser(username="ada"),
    "user_id": "b" * 24,
    "user_ids": ["b" * 24],
    "username": "ada",
    "at": 1,
    "value": "ada@example.com",
    "work": store,
    "orgsdk.bulk.run.audit.verify_audit.audit": NONE,
    "orgsdk.bulk.run.passwords.DerivedPasswords.key": SecretStr("k" * 32),
    "orgsdk.bulk.run.passwords.DerivedPasswords.run": "run",
    "orgsdk.bulk.run.passwords.DerivedPasswords.save.outcomes": (),
    "orgsdk.fleet.entries.FleetEntry.roster": "roster.csv",
    "orgsdk.fleet.entries.FleetEntry.name": "school-1",
    "orgsdk.fleet.fleet.Fleet.entries": (),
    "orgsdk.fleet.fleet.Fleet.store": SQLiteStore(FOLDER / "another.db"),
    "orgsdk.fleet.postgres.store.PostgresStore.url": "postgresql://db.example/fleet",
    "orgsdk.fleet.worker.run_worker.fleet": FLEET,
    "orgsdk.scim.application.gateway.id_map": IdMap.open(FOLDER / "map.db"),
    "orgsdk.scim.application.gateway.options": GATEWAY,
    "orgsdk.scim.application.gateway.tokens": TOKENS,
    "orgsdk.scim.application.gateways.id_map": IdMap.open(FOLDER / "map.db"),
    "orgsdk.scim.application.gateways.tenants": {"acme": Tenant(client=MEMORY, options=GATEWAY)},
    "orgsdk.scim.application.gateways.tokens": TOKENS,
    "orgsdk.scim.id_map.IdMap.open.address": FOLDER / "map.db",
    "orgsdk.scim.options.GatewayOptions.on_delete": "keep",
    "orgsdk.scim.options.Tenant.options": GATEWAY,
    "orgsdk.scim.tokens.TokenStore.create.tenant": "acme",
    "orgsdk.scim.tokens.TokenStore.open.address": FOLDER / "scim.db",
    "orgsdk.scim.tokens.TokenStore.revoke.token_id": "none",
    "orgsdk.bulk.planning.plan.Plan.from_json.content": plan_of().to_json(),
    "orgsdk.bulk.planning.planner.plan.source": (),
    "orgsdk.providers.discovery.load_provider.name": "memory",
    "orgsdk.providers.flat.models.access.OrganizationUserAccessTokenCreation.scopes": ("scores",),
    "orgsdk.transport.urls.check_base_url.value": "https://t.example",
    "orgsdk.bulk.roster.iterables.from_users.users": ORG.users.list(),
    "orgsdk.providers.flat.native.FlatAPI.update_lti_configuration.changes": LtiConfigurationUpdateStandalone(),
    "orgsdk.providers.flat.provider.Flat.from_env.environ": {"FLAT_ACCESS_TOKEN": "t"},
    "orgsdk.providers.logto.native.LogtoAPI.create_organization.organization": logto.CreateOrganization(name="n"),
    "orgsdk.providers.logto.native.LogtoAPI.create_organization_role.role": logto.CreateOrganizationRole(name="n"),
    "orgsdk.providers.logto.native.LogtoAPI.update_organization_role.changes": logto.UpdateOrganizationRole(name="n"),
    "orgsdk.providers.logto.native.LogtoAPI.update_organization_scope.changes": logto.UpdateOrganizationScope(name="n"),
    "orgsdk.providers.logto.native.LogtoAPI.update_user.changes": logto.UpdateUser(username="ada"),
    "orgsdk.providers.logto.native.LogtoAPI.update_organization_invitation_status.status": "Revoked",
    "orgsdk.providers.logto.provider.Logto.from_env.environ": {
        "LOGTO_ENDPOINT": "https://t.logto.app",
        "LOGTO_APP_ID": "a",
        "LOGTO_APP_SECRET": "s",
    },
    "orgsdk.transport.oauth.ClientCredentials.path": "/token",
    "orgsdk.transport.oauth.ClientCredentials.parameters": {},
    "orgsdk.transport.oauth.RefreshToken.path": "/token",
    "orgsdk.transport.oauth.RefreshToken.refresh_token": SecretStr("r"),
    "orgsdk.transport.oauth.RefreshToken.client_secret": SecretStr("s"),
    "orgsdk.transport.auth.BearerToken.token": SecretStr("t"),
    "orgsdk.transport.pipeline.Transport.provider": "t",
    "orgsdk.transport.pipeline.Transport.name": "t",
}

# Further arguments, without which another one is not looked at.
FURTHER: Mapping[str, Mapping[str, Any]] = {
    "orgsdk.blocking.client.OrgClient.from_env": {"environ": {"ORGSDK_PROVIDER": "memory"}},
    "orgsdk.client.OrgClient.from_env": {"environ": {"ORGSDK_PROVIDER": "memory"}},
    "orgsdk.blocking.resources.Accounts.create": {"username": "ada"},
    "orgsdk.blocking.resources.Users.create": {"username": "ada"},
    "orgsdk.fastapi.pagination.paginate": {"params": CursorParams()},
    "orgsdk.providers.flat.native.FlatAPI.create_organization_user_access_token": {"scopes": ("scores",)},
    "orgsdk.providers.flat.provider.Flat": {"token": "t"},
    "orgsdk.providers.scim.provider.SCIM": {"token": "t"},
    "orgsdk.fleet.entries.FleetEntry": {"credentials": "district"},
    "orgsdk.fleet.fleet.Fleet.load": {"path": FLEET_FILE},
    "orgsdk.resources.accounts.Accounts.create": {"username": "ada"},
    "orgsdk.resources.users.Users.create": {"username": "ada"},
}

RESULT = "orgsdk makes it and returns it"
CONTRACT = "orgsdk calls it, with checked arguments"
REQUEST = "made for each request or page by the code of a provider, which types and the conformance kit check"
# Callables that are not tried, by the start of their path, and why.
NOT_CALLED: Mapping[str, str] = {
    **dict.fromkeys(
        (
            "orgsdk.blocking.pagination.Prefetch",
            "orgsdk.bulk.planning.plan.Plan",
            "orgsdk.bulk.planning.writes.",
            "orgsdk.bulk.errors.ProblemGroup",
            "orgsdk.bulk.roster.spec.RejectedRow",
            "orgsdk.bulk.roster.spec.Roster",
            "orgsdk.bulk.run.audit.AuditSummary",
            "orgsdk.bulk.run.report.Outcome",
            "orgsdk.bulk.run.report.Progress",
            "orgsdk.bulk.run.ports.JournalEntry",
            "orgsdk.bulk.run.report.Report",
            "orgsdk.bulk.run.run.Run",
            "orgsdk.domain.models.Page",
            "orgsdk.events.",
            "orgsdk.fleet.budget.",
            "orgsdk.fleet.config_file.FleetConfig",
            "orgsdk.fleet.credentials.FleetCredentials",
            "orgsdk.fleet.entries.FleetEntry.from_json",
            "orgsdk.fleet.guards.FleetFigures",
            "orgsdk.fleet.key_work.KeyResult",
            "orgsdk.fleet.observer.UnitObservation",
            "orgsdk.fleet.progress.",
            "orgsdk.fleet.report.",
            "orgsdk.fleet.units.",
            "orgsdk.options.Observation",
            "orgsdk.pagination.paginator.Paginator",
            "orgsdk.pagination.prefetch.",
            "orgsdk.providers.discovery.InstalledProvider",
            "orgsdk.providers.flat.native.FlatAPI",
            "orgsdk.providers.logto.native.LogtoAPI",
            "orgsdk.resources.",
            "orgsdk.blocking.resources.",
            "orgsdk.blocking.pagination.Paginator",
            "orgsdk.responses.",
            "orgsdk.sandbox.faults.Fault",
            "orgsdk.sandbox.faults.Faults.fault_for",
            "orgsdk.sandbox.roster.Person",
            "orgsdk.scim.audit.AuditEvent",
            "orgsdk.scim.deactivations.Quarantine",
            "orgsdk.scim.id_map.MapEntry",
            "orgsdk.scim.tokens.TokenRecord",
            "orgsdk.testing.conformance.check.Check",
            "orgsdk.testing.conformance.runner.CheckResult",
            "orgsdk.testing.conformance.runner.ConformanceReport",
        ),
        RESULT,
    ),
    **dict.fromkeys(
        (
            "orgsdk.bulk.planning.account_index.AccountIndex.",
            "orgsdk.bulk.run.audit.AuditChain",
            "orgsdk.bulk.run.passwords.DerivedPasswords.drop",
            "orgsdk.bulk.run.passwords.DerivedPasswords.of",
            "orgsdk.bulk.run.passwords.DerivedPasswords.reserve",
            "orgsdk.domain.drafts.",
            "orgsdk.domain.fields.UserField",
            "orgsdk.fleet.context.WorkContext",
            "orgsdk.fleet.key_work.work_key",
            "orgsdk.fleet.observer.FleetObserver.",
            "orgsdk.fleet.phases.advance",
            "orgsdk.fleet.config_file.load_config",
            "orgsdk.fleet.postgres.store.PostgresStore.",
            "orgsdk.fleet.secrets.Reference",
            "orgsdk.fleet.sqlite_store.SQLiteStore.",
            "orgsdk.scim.audit.AuditLog.append",
            "orgsdk.scim.database.Database",
            "orgsdk.scim.deactivations.DeactivationGuard",
            "orgsdk.scim.deactivations.DeactivationLimit.allowed",
            "orgsdk.scim.id_map.IdMap",
            "orgsdk.scim.tokens.TokenStore",
            "orgsdk.scim.tokens.TokenStore.verify",
            "orgsdk.providers.discovery.credential_settings",
            "orgsdk.providers.discovery.settings_in_use",
            "orgsdk.providers.flat.provider.Flat.",
            "orgsdk.providers.logto.provider.Logto.",
            "orgsdk.providers.memory.provider.Memory.check",
            "orgsdk.providers.memory.provider.Memory.invitations",
            "orgsdk.providers.memory.provider.Memory.require",
            "orgsdk.providers.memory.provider.Memory.users",
            "orgsdk.providers.memory.provider.Memory.with_options",
            "orgsdk.transport.urls.IdAlphabet.",
            "orgsdk.testing.conformance.context.CheckContext.",
            "orgsdk.fastapi.clients.get_client",
            "orgsdk.options.header_lines",
            "orgsdk.providers.base.Provider.",
            "orgsdk.providers.base.check_contract",
            "orgsdk.providers.operations.",
            "orgsdk.providers.user_operations.",
            "orgsdk.telemetry.OpenTelemetry.call",
            "orgsdk.testing.conformance.suite.",
        ),
        CONTRACT,
    ),
    **dict.fromkeys(
        (
            "orgsdk.domain.json_reader.",
            "orgsdk.domain.record.",
            "orgsdk.domain.fields.fields_to_",
            "orgsdk.pagination.cursors.",
            "orgsdk.pagination.listing.Listing",
            "orgsdk.pagination.listing.Slice",
            "orgsdk.providers.http.paging.LinkCursor.",
            "orgsdk.providers.http.paging.PageNumber.",
            "orgsdk.providers.http.paging.SinglePage.",
            "orgsdk.providers.http.",
            "orgsdk.providers.logto.requests.",
            "orgsdk.transport.auth.BearerToken.",
            "orgsdk.transport.error_bodies.",
            "orgsdk.transport.errors.",
            "orgsdk.transport.headers.",
            "orgsdk.transport.oauth.ClientCredentials.",
            "orgsdk.transport.oauth.RefreshToken.",
            "orgsdk.transport.oauth.TokenFromCallable.",
            "orgsdk.transport.pipeline.Transport.",
            "orgsdk.transport.request.",
            "orgsdk.transport.token_cache.Token",
            "orgsdk.transport.token_cache.TokenCache.",
            "orgsdk.transport.urls.build_path",
        ),
        REQUEST,
    ),
    "orgsdk.providers.scim.provider.SCIM.": CONTRACT,
    "orgsdk.providers.workos.provider.WorkOS.": CONTRACT,
    # Still to do: arguments for its native calls. tests/providers/workos tests their errors.
    "orgsdk.providers.workos.native.": "its arguments are not listed here yet",
    "orgsdk.providers.scim.models.server.": "made by orgsdk of what a server announces",
    "orgsdk.providers.scim.native.": "tests/providers/scim tries them",
    **dict.fromkeys(("orgsdk.bulk.roster.spec.UserSpec",), "a row of data, which `bulk.plan` checks"),
}
# Callables whose path starts like one of those, and that are called all the same: methods of what orgsdk returns.
CALLED = (
    *(f"{path}." for path in OBJECTS),
    "orgsdk.providers.http.paging.LinkCursor",
    "orgsdk.providers.http.paging.PageNumber",
    "orgsdk.scim.id_map.IdMap.open",
    "orgsdk.transport.token_cache.TokenCache",
)


@dataclass(frozen=True, slots=True)
class PublicCall:
    """A public callable, under its path, and the required arguments of a right call."""

    name: str
    call: Callable[..., Any]
    arguments: Mapping[str, Any]


# Public modules without `__all__`: the reference documents what they define.
DOCUMENTED = (
    "orgsdk.events",
    "orgsdk.fastapi.pagination",
    "orgsdk.options",
    "orgsdk.providers.base",
    "orgsdk.providers.discovery",
    "orgsdk.responses",
    "orgsdk.sandbox.faults",
    "orgsdk.telemetry",
)


def public_callables() -> dict[str, Callable[..., Any]]:
    """Return each public function, constructor and method that takes arguments, by the path of its definition."""
    found: dict[str, Callable[..., Any]] = {}
    for module in _public_modules():
        for name in getattr(module, "__all__", vars(module)):
            item = getattr(module, name)
            if name.startswith("_") or not (inspect.isclass(item) or inspect.isfunction(item)):
                continue
            is_own = item.__module__ == module.__name__ or hasattr(module, "__all__")
            if is_own and item.__module__.startswith("orgsdk"):
                path = f"{item.__module__}.{item.__qualname__}"
                found.update([(path, item)] if inspect.isfunction(item) else _of_class(path, item))
    return {name: call for name, call in sorted(found.items()) if parameters(call)}


def parameters(call: Callable[..., Any]) -> list[inspect.Parameter]:
    """Return the parameters that a caller passes."""
    if inspect.isclass(call) and "__init__" not in vars(call) and call.__init__ is object.__init__:
        return []
    return [one for one in inspect.signature(call).parameters.values() if one.name != "self"]


def _public_modules() -> Iterator[ModuleType]:
    yield orgsdk
    for found in walk_packages(orgsdk.__path__, "orgsdk."):
        if "._" not in found.name and ".cli" not in found.name:
            module = import_module(found.name)
            if hasattr(module, "__all__") or found.name in DOCUMENTED:
                yield module


def _of_class(path: str, item: type) -> Iterator[tuple[str, Callable[..., Any]]]:
    # Callers make no errors, responses and members of enumerations; a protocol and a `TypedDict` have no constructor.
    is_response = issubclass(item, BaseModel) and not issubclass(item, FlatBody | LogtoBody)
    if issubclass(item, BaseException | Enum | dict) or is_response or getattr(item, "_is_protocol", False):
        return
    yield path, item
    for name in dir(item):
        static = inspect.getattr_static(item, name)
        function = getattr(static, "__func__", static)
        if not name.startswith("_") and inspect.isfunction(function) and function.__module__.startswith("orgsdk"):
            yield f"{path}.{name}", getattr(OBJECTS.get(path, item), name)


def public_calls() -> list[PublicCall]:
    """Return every public call that is tried."""
    calls = public_callables()
    return [
        PublicCall(name, call, _arguments(name, call))
        for name, call in calls.items()
        if reason_not_called(name) is None
    ]


def reason_not_called(name: str) -> str | None:
    """Return why a call is not tried, or None. The longest path counts."""
    reasons = {**dict.fromkeys(CALLED, None), **NOT_CALLED}
    matching = [start for start in reasons if name.startswith(start)]
    return reasons[max(matching, key=len)] if matching else None


def _arguments(name: str, call: Callable[..., Any]) -> dict[str, Any]:
    required = [
        one.name
        for one in parameters(call)
        if one.default is one.empty and one.kind not in {one.VAR_KEYWORD, one.VAR_POSITIONAL}
    ]
    return {one: ARGUMENTS.get(f"{name}.{one}", ARGUMENTS.get(one)) for one in required} | {**FURTHER.get(name, {})}
