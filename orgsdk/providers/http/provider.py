"""Base class of a provider over HTTP: its connection, options, rate limit, tenant and closing."""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import ClassVar, Self

from pydantic import SecretStr

from orgsdk.domain import Capability
from orgsdk.errors import InvalidArgumentError
from orgsdk.options import CallOptions
from orgsdk.pagination import derive_tenant_key
from orgsdk.providers.base import NativeT_co, Provider
from orgsdk.providers.http.connection import HTTPConnection
from orgsdk.responses import RateLimit, RequestRate
from orgsdk.transport import (
    DEFAULT_CONCURRENCY,
    Auth,
    HTTPClient,
    HTTPLibrary,
    IdAlphabet,
    ProviderProblem,
    Response,
    Transport,
)


class HTTPProvider(Provider[NativeT_co]):
    """Base of the providers over HTTP. It owns the connection; a provider adds its settings and its operations.

    The operations use `self._connection`.

    Args:
        base_url: The address that `check_base_url` has checked. Tokens are fetched there.
        auth: Source of the ``Authorization`` header.
        read_problem: Reads the error responses.
        read_rate_limit: Reads the rate limit from a response's headers. Default: there is none.
        request_id_header: Name of the response header with the provider's id of a request.
        credentials: What the provider signs in with, if it is the same in the next process: with it, no cursor can be
            forged. A token that is exchanged for others is not.
        root: What the path of every request starts with, such as ``/v2``. Default: nothing.
        connection: The class of the connection, if it converts errors.
        http_client: The caller's own client of httpx or httpx2. It is never closed here.
        http_library: The library that opens connections if there is no `http_client`.
        max_concurrency: Maximum number of concurrent requests.
        requests_per_second: Maximum rate of requests. Default: no limit.
        token_base_url: The address where tokens are fetched, if it is another one.

    Attributes:
        ids: The characters of the provider's ids, which `check_organization_id` checks. Default: every id passes.
        documented_rate: The rate limit that the provider documents. Default: none.
        own_organization: The id of the one organization, if the service is one. No other id is then accepted.
        limit_per_credentials: Whether the rate limit is counted by the credentials, such as an API key. Default: by the
            address.

    Raises:
        ConfigurationError: A setting of the transport is invalid.

    Example:
        class Acme(HTTPProvider):
            def __init__(self, token, base_url="https://api.example.com"):
                auth = BearerToken(check_secret(token, "Acme's token"))
                super().__init__(base_url=base_url, auth=auth, read_problem=read_problem, credentials=[token])
    """

    ids: ClassVar[IdAlphabet | None] = None
    documented_rate: ClassVar[RequestRate | None] = None
    limit_per_credentials: ClassVar[bool] = False
    own_organization: ClassVar[str | None] = None

    def __init__(
        self,
        *,
        base_url: str,
        auth: Auth,
        read_problem: Callable[[Response], ProviderProblem],
        read_rate_limit: Callable[[Response], RateLimit | None] = lambda _: None,
        request_id_header: str | None = None,
        credentials: Sequence[str | SecretStr] = (),
        root: str = "",
        connection: type[HTTPConnection] = HTTPConnection,
        http_client: HTTPClient | None = None,
        http_library: HTTPLibrary = "httpx",
        max_concurrency: int = DEFAULT_CONCURRENCY,
        requests_per_second: float | None = None,
        token_base_url: str | None = None,
    ) -> None:
        self._tenant = base_url + root
        self._requests_per_second = requests_per_second
        transport = Transport(
            provider=self.name,
            base_url=base_url,
            auth=auth,
            read_problem=read_problem,
            read_rate_limit=read_rate_limit,
            request_id_header=request_id_header,
            http_client=http_client,
            http_library=http_library,
            max_concurrency=max_concurrency,
            requests_per_second=requests_per_second,
            token_base_url=token_base_url,
        )
        self._connection = connection(transport, derive_tenant_key(self.name, self._tenant, *credentials), root)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(base_url={self._tenant!r})"

    @property
    def tenant(self) -> str:
        """The address of the provider. An organization's id is unique there."""
        return self._tenant

    @property
    def tenant_key(self) -> bytes:
        """The key that signs cursors: a digest of the address and of the credentials that do not change."""
        return self._connection.tenant_key

    async def limit_key(self) -> str:
        """Return what the rate limit is counted by: the address, and with `limit_per_credentials` a digest of them.

        Returns:
            The key, without a secret.
        """
        key = await super().limit_key()
        return f"{key} {hashlib.sha256(self.tenant_key).hexdigest()[:16]}" if self.limit_per_credentials else key

    async def own_organization_id(self) -> str | None:
        """Return `own_organization`, the id of the service's one organization. None if it has many."""
        return self.own_organization

    def check_organization_id(self, organization_id: str) -> None:
        """Check an organization's id without sending a request.

        Args:
            organization_id: The id as the caller passed it.

        Raises:
            InvalidArgumentError: The id is empty, has characters that ids of this provider never have, or is not that
                of the only organization.
        """
        if self.own_organization is not None:
            if organization_id != self.own_organization:
                problem = f"{type(self).__name__} is one organization, whose id is {self.own_organization!r}"
                raise InvalidArgumentError(f"{problem}: pass that one, or leave it out.")
        elif self.ids is not None:
            self.ids.check(organization_id, "organization id")

    def _require_organization_id(self, organization_id: str | None) -> str:
        """Return the checked id of an organization. Raises `InvalidArgumentError` for None."""
        if organization_id is None:
            has_list = Capability.ORGANIZATIONS_LIST in self.capabilities
            advice = "Pass one: client.organizations.list() lists them." if has_list else "Pass one."
            raise InvalidArgumentError(
                f"{type(self).__name__} needs an organization's id, because a tenant has many. {advice}"
            )
        self.check_organization_id(organization_id)
        return organization_id

    @property
    def rate_limit(self) -> RateLimit | None:
        """The rate limit as the provider last reported it."""
        return self._connection.transport.rate_limit

    @property
    def request_rate(self) -> RequestRate | None:
        """The slower one of `requests_per_second` and of the provider's rate limit: as reported, else as documented."""
        reported = None if self.rate_limit is None else self.rate_limit.limit
        accepted = self._accepted_rate(reported)
        if self._requests_per_second is None:
            return accepted
        paced = RequestRate(self._requests_per_second, 1)
        is_slower = accepted is None or paced.requests * accepted.seconds < accepted.requests
        return paced if is_slower else accepted

    def _accepted_rate(self, reported: int | None) -> RequestRate | None:
        """Return the provider's rate limit; `reported` is the last reported number of requests per period."""
        documented = self.documented_rate
        return documented if documented is None or not reported else replace(documented, requests=reported)

    def with_options(self, options: CallOptions) -> Self:
        """Return a copy of this provider that applies other options to each call.

        Args:
            options: Options of each call.

        Returns:
            The copy. It shares the connections with this provider.
        """
        other = copy.copy(self)
        other._connection = self._connection.with_options(options)
        return other

    async def aclose(self) -> None:
        """Close the connections."""
        await self._connection.transport.aclose()
