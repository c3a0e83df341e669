"""A provider over HTTP: the people of the organizations of Acme, whose server is `acme_server.py`."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from pydantic import Field, SecretStr

from orgsdk import transport
from orgsdk.domain import Capability, Unset, User
from orgsdk.errors import UnsupportedError
from orgsdk.pagination import Paginator
from orgsdk.providers import http
from orgsdk.providers.base import UserOperations
from orgsdk.providers.settings import required
from orgsdk.transport import IdAlphabet, ProviderProblem, Request, Response, Safety

if TYPE_CHECKING:
    from collections.abc import Mapping

    from orgsdk.domain import UserChanges, UserDraft, UserQuery
    from orgsdk.pagination import Listing, QueryParameters
    from orgsdk.providers.base import AccountAction

NAME = "acme"
IDS = IdAlphabet("a-z0-9_", "lower-case letters, digits and _ at Acme")
PEOPLE = "/organizations/{organization_id}/people"
# {"data": […], "page": {"after": "p_1a" or null, "total": 250}}
PAGES = http.BodyCursor(next=("page", "after"), parameter="after", size="limit", total=("page", "total"))
# The names of Acme's fields.
FIELDS = {"email": "mail", "name": "display_name", "external_id": "reference"}


class AcmeUser(User):
    """A person at Acme. Only the fields that have another name there are listed."""

    email: str | None = Field(None, validation_alias=FIELDS["email"])
    name: str | None = Field(None, validation_alias=FIELDS["name"])
    external_id: str | None = Field(None, validation_alias=FIELDS["external_id"])
    created_at: datetime | None = Field(None, validation_alias="created")


READER: http.EnvelopeReader[User] = http.EnvelopeReader(AcmeUser, items="data")


def build_request(
    operation: str, method: str, path: str, *, query: QueryParameters | None = None, body: object = None, **ids: str
) -> Request:
    """Build a request. Acme documents that it carries out an idempotency key once, so a create may be sent again."""
    headers = [("Acme-Version", "2026-11-01")]
    if method == "POST":
        headers.append(("Idempotency-Key", transport.new_idempotency_key()))
    return Request(
        operation=operation,
        method=method,
        path=transport.build_path(path, IDS, **ids),
        query=query or [],
        headers=headers,
        safety={"GET": Safety.SAFE, "POST": Safety.KEYED}.get(method, Safety.IDEMPOTENT),
        body=None if body is None else json.dumps(body).encode(),
        content_type=None if body is None else "application/json",
        expects_json=method != "DELETE",
    )


def read_problem(response: Response) -> ProviderProblem:
    """Read an error, {"error": {"code": "mail_taken", "message": "…"}}. The status chooses the exception's class."""
    found = transport.read_error_body(response)
    is_own = found.code is not None and response.media_type == "application/json"
    return ProviderProblem(found.message or f"answered {response.status}", code=found.code, is_own=is_own)


class AcmeUsers(http.HTTPOperations, UserOperations):
    """The people of one organization."""

    def __init__(self, connection: http.HTTPConnection, organization_id: str) -> None:
        super().__init__(connection)
        self._organization_id = organization_id

    def list(self, query: UserQuery) -> Listing[User]:
        """Describe the list of the people that contain a text.

        A cursor names a row, so that the list is complete, whatever is added or removed meanwhile.
        """
        return self._listing([] if query.query is None else [("search", query.query)])

    def _listing(self, filters: QueryParameters) -> Listing[User]:
        def build(position: str | None, page_size: int) -> Request:
            query = [*filters, *PAGES.parameters(position, page_size)]
            return build_request("list_people", "GET", PEOPLE, query=query, organization_id=self._organization_id)

        return http.describe_list(
            provider=NAME,
            name="users.list",
            scope=(self._organization_id, *(part for pair in filters for part in pair)),
            max_page_size=100,
            fetch=self._connection.fetcher(build, READER, PAGES),
            has_total=True,
        )

    async def get(self, user_id: str) -> User:
        """Return one person."""
        return await self._connection.read_one(self._request("get_person", "GET", user_id), READER)

    async def find(self, *, email: str | None, username: str | None) -> User | None:
        """Return the person with this address. There are no usernames at Acme."""
        found = Paginator(self._listing([("mail", email or "")]))
        return await http.find_matching_user(found, email=email, username=username, provider=NAME, operation="find")

    async def count(self, query: UserQuery) -> int:
        """Count the people that contain a text, with a page of one person."""
        return await Paginator(self.list(query)).count()

    def check_create(self, draft: UserDraft) -> None:
        """Raise the errors that `create` raises before it sends a request."""
        build_body(asdict(draft), "users.create")

    def check_update(self, changes: UserChanges) -> None:
        """Raise the errors that `update` raises before it sends a request."""
        build_body(asdict(changes), "users.update")

    async def create(self, draft: UserDraft) -> User:
        """Create a person. One whose response stays lost is looked up: Acme refuses a second one with the address."""
        body = build_body(asdict(draft), "users.create")

        async def look_up() -> User | None:
            found = await self.find(email=draft.email, username=None)
            expected = {name: getattr(draft, name) for name in FIELDS}
            return found if found and http.has_values(found, expected, ignore_case=["email"]) else None

        request = build_request("create_person", "POST", PEOPLE, body=body, organization_id=self._organization_id)
        return await self._connection.create_or_adopt(request, READER, look_up)

    async def update(self, user_id: str, changes: UserChanges) -> User:
        """Update a person: UNSET leaves a field unchanged, None clears it."""
        body = build_body(asdict(changes), "users.update")
        return await self._connection.read_one(self._request("update_person", "PATCH", user_id, body), READER)

    async def remove(self, user_id: str, account: AccountAction) -> None:
        """Delete a person. Acme has no accounts apart from them, so none can be kept."""
        if account == "keep":
            raise UnsupportedError(NAME, 'users.remove(account="keep")', 'Pass account="delete".')
        await self._connection.send(self._request("delete_person", "DELETE", user_id))

    def _request(self, operation: str, method: str, user_id: str, body: object = None) -> Request:
        path, own = f"{PEOPLE}/{{user_id}}", self._organization_id
        return build_request(operation, method, path, body=body, organization_id=own, user_id=user_id)


def build_body(values: Mapping[str, object], operation: str) -> dict[str, object]:
    """Return the fields that are set, under Acme's names."""
    if values["email"] is None:
        raise UnsupportedError(NAME, f"{operation} without an email address", "Pass email=.")
    for name, value in values.items():
        if name not in FIELDS and value:  # UNSET is false
            raise UnsupportedError(NAME, f"{operation}({name}=)", f"It stores {', '.join(FIELDS)} only.")
    return {wire_name: values[name] for name, wire_name in FIELDS.items() if not isinstance(values[name], Unset)}


class Acme(http.HTTPProvider):
    """Provider for Acme."""

    name: ClassVar[str] = NAME
    contract: ClassVar[int] = 2
    environment: ClassVar[tuple[str, ...]] = ("ACME_TOKEN", "ACME_URL")
    address_variable: ClassVar[str | None] = "ACME_URL"
    ids: ClassVar[IdAlphabet | None] = IDS
    capabilities: ClassVar[frozenset[Capability]] = frozenset(
        {
            *(Capability.USERS_LIST, Capability.USERS_QUERY, Capability.USERS_GET, Capability.USERS_FIND),
            *(Capability.USERS_COUNT, Capability.USERS_CREATE, Capability.USERS_UPDATE, Capability.USERS_REMOVE),
            *(Capability.USERS_NAME, Capability.USERS_EXTERNAL_ID, Capability.TOTAL),
        }
    )

    def __init__(self, token: str | SecretStr, base_url: str, http_client: transport.HTTPClient | None = None) -> None:
        secret = transport.check_secret(token, "Acme's token (ACME_TOKEN)")
        super().__init__(
            base_url=transport.check_base_url(base_url, "Acme's base_url (ACME_URL)"),
            root="/v1",
            auth=transport.BearerToken(secret),
            read_problem=read_problem,
            read_rate_limit=transport.read_rate_limit,
            request_id_header="x-request-id",
            credentials=[secret],
            http_client=http_client,
        )

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Acme:
        """Create the provider from `ACME_TOKEN` and `ACME_URL`."""
        token = required(environ, "ACME_TOKEN", "a token of Acme")
        return cls(token, required(environ, "ACME_URL", "the address of Acme"))

    def users(self, organization_id: str | None) -> AcmeUsers:
        """Return the operations on the people of an organization."""
        return AcmeUsers(self._connection, self._require_organization_id(organization_id))
