"""A small provider over HTTP, made of the kit: users with pages by number, and one native operation of each kind."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, ClassVar

import httpx
from pydantic import SecretStr

from orgsdk.domain import Capability, RecordReader, User
from orgsdk.errors import NotFoundError, RateLimitError
from orgsdk.providers.base import UserOperations
from orgsdk.providers.http import (
    BodyModel,
    HTTPConnection,
    HTTPNativeOperations,
    HTTPOperations,
    HTTPProvider,
    PageNumber,
    Paging,
    PartialResult,
    build_body,
    describe_list,
)
from orgsdk.transport import BearerToken, IdAlphabet, ProviderProblem, Request, Safety, read_rate_limit
from tests.mock_http import mock_client

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Self

    from orgsdk.domain import UserQuery
    from orgsdk.errors import APIError, OrgError
    from orgsdk.pagination import Listing, Paginator
    from orgsdk.transport import Response

USERS = RecordReader(User)
PAGES = PageNumber(total="x-total")


def list_users(position: str | None, page_size: int, query: str | None = None) -> Request:
    filters = [] if query is None else [("q", query)]
    return Request("list_users", "GET", "/users", [*filters, *PAGES.parameters(position, page_size)])


class AcmeConnection(HTTPConnection):
    __slots__ = ()

    def convert_error(self, error: APIError, request: Request) -> OrgError:
        if error.code != "mail_limit":
            return error
        return RateLimitError(error.message, provider=self.provider, operation=request.operation)


class AcmeUsers(HTTPOperations, UserOperations):
    def list(self, query: UserQuery) -> Listing[User]:
        fetch = self._connection.fetcher(lambda position, size: list_users(position, size), USERS, PAGES)
        return describe_list(provider="acme", name="users.list", scope=(), max_page_size=2, fetch=fetch, has_total=True)

    async def get(self, user_id: str) -> User:
        return await self._connection.read_one(Request("get_user", "GET", f"/users/{user_id}"), USERS)

    async def find(self, *, email: str | None, username: str | None) -> User | None:
        raise NotFoundError("no user.", provider="acme", operation="find")

    async def promote(self, names: Sequence[str]) -> None:
        with PartialResult[tuple[str, ...]]() as done:
            for name in names:
                await self._connection.send(Request("promote", "POST", f"/users/{name}", safety=Safety.IDEMPOTENT))
                done.result = (*(done.result or ()), name)

    async def change_password(self, password: SecretStr) -> None:
        holding = self._within_timeout()._holding(password)
        await holding._connection.send(Request("login", "GET", "/login"))


class CreateUser(BodyModel):
    provider_name: ClassVar[str] = "Acme"

    username: str
    age: int | None = None


class AcmeAPI(HTTPNativeOperations):
    _paging: ClassVar[Paging] = PAGES
    _max_page_size: ClassVar[int] = 2

    def list_users(self, *, q: str | None = None, cursor: str | None = None) -> Paginator[User]:
        return self._paginate(USERS, lambda position, size: list_users(position, size, q), cursor=cursor)

    def list_all_users(self) -> Paginator[User]:
        return self._whole(USERS, Request("list_all_users", "GET", "/all"))

    async def create_user(self, user: CreateUser | None = None, **fields: Any) -> User:
        content = build_body(CreateUser, user, fields).model_dump_json().encode()
        request = Request("create_user", "POST", "/users", body=content, safety=Safety.UNSAFE)
        return await self._read_one(request, USERS)

    async def replace_user(self, user_id: str) -> None:
        await self._send(Request("replace_user", "PUT", f"/users/{user_id}", safety=Safety.IDEMPOTENT))


class Acme(HTTPProvider[AcmeAPI]):
    name: ClassVar[str] = "acme"
    contract: ClassVar[int] = 2
    capabilities: ClassVar[frozenset[Capability]] = frozenset({Capability.USERS_LIST, Capability.USERS_GET})
    ids: ClassVar[IdAlphabet | None] = IdAlphabet("0-9", "digits at Acme")

    def __init__(self, handler: Callable[[httpx.Request], httpx.Response], *, token: str = "t", root: str = "") -> None:
        super().__init__(
            base_url="https://api.example.com",
            auth=BearerToken(SecretStr(token)),
            read_problem=read_problem,
            read_rate_limit=read_rate_limit,
            request_id_header="x-request-id",
            credentials=[token],
            root=root,
            connection=AcmeConnection,
            http_client=mock_client(handler),
        )

    @classmethod
    def from_env(cls, environ: object) -> Self:
        raise AssertionError("the tests create the provider")

    @property
    def native(self) -> AcmeAPI:
        return AcmeAPI(self._connection)

    def users(self, organization_id: str | None) -> AcmeUsers:
        if organization_id is not None:
            self._require_organization_id(organization_id)
        return AcmeUsers(self._connection)

    def required_id(self, organization_id: str | None) -> str:
        return self._require_organization_id(organization_id)

    @property
    def connection(self) -> HTTPConnection:
        return self._connection


def read_problem(response: Response) -> ProviderProblem:
    body = response.json_object()
    return ProviderProblem(message=str(body.get("message")), code=str(body.get("code")), is_own=True)


def page(*ids: str, total: int | None = None, headers: Mapping[str, str] | None = None) -> httpx.Response:
    given = {**(headers or {}), **({} if total is None else {"x-total": str(total)})}
    return httpx.Response(200, content=json.dumps([{"id": one} for one in ids]), headers={**JSON, **given})


JSON = {"content-type": "application/json"}
