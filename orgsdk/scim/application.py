"""The gateway: an ASGI app that serves SCIM 2.0 over any provider, to be mounted in an app or served alone."""

from __future__ import annotations

import hashlib
import hmac
import logging
import re
import time
import uuid
import weakref
from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from os import PathLike
from pathlib import Path
from typing import Any, Final, TypeAlias, cast
from urllib.parse import quote

import anyio

from orgsdk._distribution import install_advice
from orgsdk._parameters import name_parameters
from orgsdk.arguments import as_list, check_instance
from orgsdk.client import OrgClient
from orgsdk.errors import ConfigurationError, OrgError

try:
    from scim2_models import SCIMException, UnauthorizedException
    from scim2_server.applications.asgi import ASGIApplication, Scope
    from scim2_server.requests import ScimRequest
    from scim2_server.responses import ScimResponse
    from scim2_server.routing import RESERVED_NAMES
except ModuleNotFoundError as _missing:
    if (_missing.name or "").partition(".")[0] not in {"scim2_models", "scim2_server"}:
        raise
    raise ConfigurationError(f"The SCIM gateway needs scim2-server. {install_advice('scim')}") from _missing

from orgsdk.scim.announcement import build_announcement
from orgsdk.scim.audit import AuditLog
from orgsdk.scim.bodies import receive_within
from orgsdk.scim.context import RequestContext, answering, current_request
from orgsdk.scim.deactivations import DeactivationGuard
from orgsdk.scim.directory import Directory
from orgsdk.scim.errors import TooSlowError, scim_error
from orgsdk.scim.group_lookup import GroupLookup
from orgsdk.scim.group_store import GroupStore
from orgsdk.scim.id_map import IdMap
from orgsdk.scim.options import GatewayOptions, Tenant, check_tenant
from orgsdk.scim.request_log import path_template, traceback_lines
from orgsdk.scim.service import GatewayHandler, GatewayService
from orgsdk.scim.storage import GatewayStorage
from orgsdk.scim.tokens import TokenRecord, TokenStore
from orgsdk.scim.user_lookup import UserLookup
from orgsdk.scim.user_store import UserStore

Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
ASGIApp: TypeAlias = Callable[[Message, Receive, Send], Awaitable[None]]
"""An ASGI app, as Starlette's and FastAPI's ``mount`` take it."""

DEFAULT_TENANT: Final = "default"
"""The tenant of a gateway that has one, for its tokens and its id map."""

_LOGGER: Final = logging.getLogger("orgsdk.scim")
_VERSION: Final = re.compile(r"/v2(?=/|$)", re.IGNORECASE)
_SLASHES: Final = re.compile(r"//+")
_SCHEME: Final = "bearer "
_URL_CHARACTERS: Final = "%:/?#[]@!$&'()*+,;=~"
_NAMES: Final = {name.lower(): name for name in (*RESERVED_NAMES, "Users", "Groups", ".search")}


@name_parameters
def gateway(
    client: OrgClient,
    *,
    options: GatewayOptions,
    tokens: TokenStore | Sequence[str],
    id_map: IdMap | Path | str,
    organization: str | None = None,
    tenant: str = DEFAULT_TENANT,
    audit: AuditLog | None = None,
) -> ASGIApp:
    """Return an ASGI app that serves SCIM 2.0 for one organization.

    Args:
        client: A client of the provider. The gateway does not close it.
        options: What the gateway does with requests.
        tokens: A store of tokens, or tokens as text. They are at least 32 characters long.
        id_map: What the provider cannot store: an open `IdMap`, or the path or the URL of one.
        organization: Id of the organization. None for that of the credentials.
        tenant: Name of the tenant in the id map and in the store of tokens.
        audit: Where each write to the provider is recorded. Default: nowhere.

    Returns:
        The app. Mount it, as in ``app.mount("/scim/v2", gateway(…))``.

    Raises:
        ConfigurationError: A setting is invalid, or the provider cannot do what it chooses.
        DatabaseError: The id map cannot be opened.

    Example:
        ``app.mount("/scim/v2", gateway(client, options=options, tokens=store, id_map="scim.db"))``
    """
    check_instance("client", client, OrgClient, "an OrgClient", error=ConfigurationError)
    check_instance("options", options, GatewayOptions, "GatewayOptions(on_delete=…)", error=ConfigurationError)
    check_instance("tenant", tenant, str, "a name", error=ConfigurationError)
    check_instance("audit", audit, AuditLog | None, "an AuditLog", error=ConfigurationError)
    settings = Tenant(client=client, organization=organization, options=options)
    check_tenant(settings)
    verify = _verifier(tokens, tenant)
    opened = _open_map(id_map)  # after all that can be refused
    return _owning(_build(tenant, settings, opened, verify, audit), opened, id_map)


@name_parameters
def gateways(
    tenants: Mapping[str, Tenant],
    *,
    tokens: TokenStore | Mapping[str, Sequence[str]],
    id_map: IdMap | Path | str,
    audit: AuditLog | None = None,
) -> ASGIApp:
    """Return an ASGI app that serves SCIM 2.0 for several organizations, each at an address of its own.

    Args:
        tenants: The tenants by name, which is the first part of the path, as in ``/scim/acme/v2/Users``.
        tokens: A store of tokens, or the tokens of each tenant as text.
        id_map: What the providers cannot store: an open `IdMap`, or the path or the URL of one.
        audit: Where each write to a provider is recorded. Default: nowhere.

    Returns:
        The app. Mount it, as in ``app.mount("/scim", gateways(…))``.

    Raises:
        ConfigurationError: A setting is invalid, or a provider cannot do what it chooses.
        DatabaseError: The id map cannot be opened.

    Example:
        ``app.mount("/scim", gateways({"acme": acme, "globex": globex}, tokens=store, id_map="scim.db"))``
    """
    check_instance("tenants", tenants, Mapping, "a dict of tenants by name", error=ConfigurationError)
    for name, tenant in tenants.items():
        check_instance(f"the tenant {name!r}", tenant, Tenant, "a Tenant(…)", error=ConfigurationError)
        if not name or "/" in name:
            raise ConfigurationError("The name of a tenant is empty or has a slash: it is a part of the address.")
        check_tenant(tenant)
    check_instance(
        "tokens", tokens, TokenStore | Mapping, "a TokenStore, or a dict of tokens", error=ConfigurationError
    )
    check_instance("audit", audit, AuditLog | None, "an AuditLog", error=ConfigurationError)
    own = {name: tokens if isinstance(tokens, TokenStore) else tokens.get(name, ()) for name in tenants}
    verifiers = {name: _verifier(chosen, name) for name, chosen in own.items()}
    opened = _open_map(id_map)  # after all that can be refused
    applications = {name: _build(name, tenant, opened, verifiers[name], audit) for name, tenant in tenants.items()}
    return _owning(TenantRouter(applications), opened, id_map)


Verify: TypeAlias = Callable[[str], Awaitable[TokenRecord | None]]
"""Returns the record of a valid token."""


def _open_map(id_map: IdMap | Path | str) -> IdMap:
    advice = "an IdMap, a path or an address"
    check_instance("id_map", id_map, IdMap | str | PathLike, advice, error=ConfigurationError)
    return id_map if isinstance(id_map, IdMap) else IdMap.open(id_map)


def _owning(app: GatewayApplication | TenantRouter, opened: IdMap, id_map: IdMap | Path | str) -> ASGIApp:
    """Return the app. An id map that was opened for it is closed with it: a mounted app gets no event of its end."""
    if opened is not id_map:
        weakref.finalize(app, opened.database.close)
    return cast("ASGIApp", app)


def _verifier(tokens: TokenStore | Sequence[str], tenant: str) -> Verify:
    if isinstance(tokens, TokenStore):
        return tokens.verify
    texts = as_list("tokens", tokens, error=ConfigurationError)
    for text in texts:
        check_instance("tokens", text, str, "a list of texts", error=ConfigurationError)
    if any(len(text) < _MIN_TOKEN for text in texts):
        raise ConfigurationError(
            f"A token is shorter than {_MIN_TOKEN} characters: make them with secrets.token_urlsafe(), or with "
            "TokenStore.create()."
        )
    created = datetime.now(UTC)
    digests = [(hashlib.sha256(text.encode()).digest(), number) for number, text in enumerate(texts, 1)]

    async def verify(text: str) -> TokenRecord | None:
        digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
        found = None
        for known, number in digests:  # all of them, so that the time reveals nothing
            if hmac.compare_digest(known, digest):
                found = TokenRecord(f"setting-{number}", tenant, ("read", "write"), created)
        return found

    return verify


_MIN_TOKEN: Final = 32


def build_tenant(
    name: str, tenant: Tenant, id_map: IdMap, audit: AuditLog | None = None
) -> tuple[GatewayStorage, Directory]:
    """Return the storage of a tenant, and its organization.

    Args:
        name: Name of the tenant.
        tenant: Its client and options.
        id_map: What the provider cannot store.
        audit: Where each write to the provider is recorded.

    Returns:
        The storage and the organization.

    Raises:
        ConfigurationError: The provider cannot do what the options choose, or they leave a choice open.
    """
    directory = Directory(name, tenant.client, tenant.organization, id_map, tenant.options, audit)
    guard = DeactivationGuard(id_map.database, tenant.options.max_deactivations)
    group_lookup = GroupLookup(directory)
    user_lookup = UserLookup(directory, group_lookup)
    users = UserStore(directory, user_lookup, group_lookup, guard)
    groups = GroupStore(directory, group_lookup, user_lookup, guard)
    announcement = build_announcement(directory.capabilities, directory.max_page_size)
    return GatewayStorage(directory, user_lookup, users, group_lookup, groups, announcement), directory


def _build(name: str, tenant: Tenant, id_map: IdMap, verify: Verify, audit: AuditLog | None) -> GatewayApplication:
    storage, directory = build_tenant(name, tenant, id_map, audit)
    return GatewayApplication(directory, storage, GatewayService(storage.announcement, tenant.options.max_body), verify)


class GatewayApplication(ASGIApplication):
    """The ASGI app of one tenant.

    Args:
        directory: The organization of the tenant.
        storage: Its users and groups.
        service: The protocol.
        verify: Returns the record of a valid token.
    """

    def __init__(self, directory: Directory, storage: GatewayStorage, service: GatewayService, verify: Verify) -> None:
        super().__init__(storage, service.provider, service)
        self.handler: GatewayHandler = GatewayHandler(service, storage, directory)
        self._directory = directory
        self._verify = verify

    def get_base_url(self, scope: Scope) -> str:  # type: ignore[override]  # a static method there, called on the app
        """Return the configured address, else the one of the request."""
        configured = self._directory.options.base_url
        if configured is not None:
            return configured
        headers = dict(scope["headers"])
        host = headers.get(b"host", b"").decode("latin-1")
        if not host and scope.get("server"):
            host = "{}:{}".format(*scope["server"])
        version = "/v2" if _VERSION.match(self.get_path(scope)) else ""
        return f"{scope['scheme']}://{host}{scope.get('root_path', '')}{version}"

    @staticmethod
    def split_path(path: str) -> str:
        """Return the path below the base address, in the spelling of the standard."""
        path = _SLASHES.sub("/", path)
        path = _VERSION.sub("", path, count=1) if _VERSION.match(path) else path
        parts = path.removesuffix(".scim").split("/")
        return "/".join(_NAMES.get(part.lower(), part) if number < 3 else part for number, part in enumerate(parts))

    async def read_request(self, scope: Scope, receive: Callable[[], Awaitable[dict[str, Any]]]) -> ScimRequest:
        """Return the request. Bytes that are no text are replaced, and the body is read within its limit and time."""
        clean = {
            **scope,
            "query_string": scope.get("query_string", b"").decode("utf-8", "replace").encode(),
            "headers": [(name, value.decode("latin-1").encode()) for name, value in scope["headers"]],
        }
        options = self._directory.options
        return await super().read_request(
            clean, receive_within(receive, size=options.max_body, seconds=options.timeout)
        )

    async def serve(self, request: ScimRequest) -> ScimResponse:
        """Answer a request within its time, and log it without any of its values."""
        context, started = RequestContext(tenant=self._directory.tenant), time.perf_counter()
        request_id = uuid.uuid4().hex[:12]
        with answering(context):
            response = await self._respond(request)
        response.headers["X-Request-Id"] = request_id
        response.headers["X-Content-Type-Options"] = "nosniff"
        is_failure = (
            response.status >= HTTPStatus.INTERNAL_SERVER_ERROR and response.status != HTTPStatus.NOT_IMPLEMENTED
        )
        level = logging.ERROR if is_failure else logging.INFO
        _LOGGER.log(
            level,
            "%s %s %d %.1f ms, %d provider requests, scimType %s, tenant %s, request %s",
            *(request.method, path_template(request.method, request.path), response.status),
            *((time.perf_counter() - started) * 1000, context.requests, context.scim_type or "-"),
            *(context.tenant, request_id),
        )
        return response

    async def _respond(self, request: ScimRequest) -> ScimResponse:
        try:
            with anyio.fail_after(self._directory.options.timeout):
                response = await self.dispatch_request(request)
        except TimeoutError:
            response = self.handle_exception(request, TooSlowError("The answer took too long."))
        except Exception as exception:  # every request has an answer
            response = self.handle_exception(request, exception)
        return self.finalize_response(request, response)

    async def dispatch_request(self, request: ScimRequest) -> ScimResponse:
        """Check the token, then answer."""
        if self.needs_auth(request):
            record = await self._authenticate(request)
            request.subject = record
            current_request().token_id = record.id
        return await self.handler.handle(request)

    async def _authenticate(self, request: ScimRequest) -> TokenRecord:
        header = request.header("Authorization") or ""
        record = None
        if header.lower().startswith(_SCHEME):
            record = await self._verify(header[len(_SCHEME) :].strip())
        if record is None or record.tenant != self._directory.tenant:
            raise UnauthorizedException(detail="The token is missing, wrong or no longer valid")
        return record

    def needs_auth(self, request: ScimRequest) -> bool:
        """Return whether a request needs a token: every one, but for ServiceProviderConfig."""
        return not (request.method.upper() == "GET" and request.path.strip("/") == "ServiceProviderConfig")

    def finalize_response(self, request: ScimRequest, response: ScimResponse) -> ScimResponse:
        """Return the answer with the headers of every answer. The path of a request may have what no header can."""
        for name in ("Location", "Content-Location"):
            if name in response.headers:
                response.headers[name] = quote(response.headers[name], safe=_URL_CHARACTERS)
        response.headers.setdefault("Location", quote(request.url, safe=_URL_CHARACTERS))
        return super().finalize_response(request, response)

    def handle_exception(self, request: ScimRequest, exception: Exception) -> ScimResponse:
        """Return the answer to an error. The text of the error is not logged."""
        if isinstance(exception, OrgError):
            exception = scim_error(exception)
        if isinstance(exception, SCIMException):
            current_request().scim_type = exception.scim_type or None
        else:
            # The traceback without the message, which may have a value of the request.
            _LOGGER.error("unexpected %s in %s", type(exception).__name__, traceback_lines(exception))
        return self.service.error_response(exception)


class TenantRouter:
    """The ASGI app of several tenants, each below its name.

    Args:
        applications: The app of each tenant.
    """

    def __init__(self, applications: Mapping[str, GatewayApplication]) -> None:
        self._applications = dict(applications)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer a request by the app of the tenant that its path names."""
        # scim2-server has dicts where the others have mappings.
        asgi: Scope = dict(scope)
        if scope["type"] == "lifespan":
            await ASGIApplication.serve_lifespan(cast("Any", receive), cast("Any", send))
            return
        root = scope.get("root_path", "")
        path = ASGIApplication.get_path(asgi)
        name, _, rest = path.lstrip("/").partition("/")
        application = self._applications.get(name)
        if application is None:
            # Not a 404: names of tenants are not to be guessed.
            exception = UnauthorizedException(detail="The token is missing, wrong or no longer valid")
            error = exception.to_error().model_dump()
            headers = {"WWW-Authenticate": 'Bearer realm="SCIM"'}
            await ASGIApplication.send_response(
                ScimResponse(HTTPStatus.UNAUTHORIZED, error, headers), cast("Any", send)
            )
            return
        below = f"{root}/{name}"
        await application(
            {**asgi, "root_path": below, "path": f"{below}/{rest}"}, cast("Any", receive), cast("Any", send)
        )
