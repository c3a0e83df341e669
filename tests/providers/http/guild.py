"""A provider of an invented API with memberships, and its server: what the kit's whole operations need of a provider.

People have unique addresses. A seat joins a person to a guild with any number of roles, and comes without the person.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar, Self

import anyio
import httpx
from pydantic import AliasPath, Field, SecretStr

from orgsdk.domain import (
    Capability,
    Invitation,
    InvitationDraft,
    Organization,
    OrganizationChanges,
    OrganizationDraft,
    Role,
    Unset,
    User,
    UserChanges,
    UserDraft,
)
from orgsdk.errors import ConflictError
from orgsdk.providers import http
from orgsdk.transport import BearerToken, IdAlphabet, Request
from tests.mock_http import mock_client

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from orgsdk.pagination import Fetch

IDS = IdAlphabet("a-z0-9", "small letters and digits at Guild")
PAGES = http.BodyCursor(next="next", parameter="after", size="limit")
ROUTES = http.Routes(
    {
        "list_people": "GET /people",
        "get_person": "GET /people/{person_id}",
        "create_person": "POST /people",
        "update_person": "PATCH /people/{person_id}",
        "delete_person": "DELETE /people/{person_id}",
        "list_guilds_of": "GET /people/{person_id}/seats",
        "list_seats": "GET /guilds/{guild_id}/seats",
        "create_seat": "POST /guilds/{guild_id}/seats",
        "update_seat": "PUT /guilds/{guild_id}/seats/{seat_id}",
        "delete_seat": "DELETE /guilds/{guild_id}/seats/{seat_id}",
        "list_invitations": "GET /guilds/{guild_id}/invitations",
        "get_invitation": "GET /invitations/{invitation_id}",
        "create_invitation": "POST /guilds/{guild_id}/invitations",
        "change_invitation": "POST /invitations/{invitation_id}/{change}",
        "list_guilds": "GET /guilds",
        "get_guild": "GET /guilds/{guild_id}",
        "create_guild": "POST /guilds",
        "update_guild": "PATCH /guilds/{guild_id}",
        "delete_guild": "DELETE /guilds/{guild_id}",
    },
    provider="Guild",
    ids=IDS,
    paging=PAGES,
    texts={"change"},
    max_page_size=3,
)
ROLES = (Role(id="r1", name="smith"), Role(id="r2", name="tailor"), Role(id="r3", name="cook"))
FIELDS = {"email": "mail", "name": "title"}


class Body:
    """A body of any fields. None is left out."""

    def __init__(self, **fields: object) -> None:
        self._fields = fields

    def content(self) -> bytes:
        return json.dumps({name: value for name, value in self._fields.items() if value is not None}).encode()


class Person(User):
    """A person."""

    email: str | None = Field(None, validation_alias="mail")
    name: str | None = Field(None, validation_alias="title")


class Seat(User):
    """A seat, whose id is that of its person."""

    id: str = Field(validation_alias="person")
    email: str | None = Field(None, validation_alias=AliasPath("user", "mail"))
    name: str | None = Field(None, validation_alias=AliasPath("user", "title"))
    is_suspended: bool | None = Field(None, validation_alias="suspended")


class GuildOfSeat(Organization):
    """The guild of a seat."""

    id: str = Field(validation_alias="guild")


SEATS_OF: http.EnvelopeReader[Organization] = http.EnvelopeReader(GuildOfSeat, items="items")
PEOPLE: http.EnvelopeReader[User] = http.EnvelopeReader(Person, items="items")
SEATS: http.EnvelopeReader[User] = http.EnvelopeReader(Seat, items="items")
INVITATIONS: http.EnvelopeReader[Invitation] = http.EnvelopeReader(Invitation, items="items")
GUILDS: http.EnvelopeReader[Organization] = http.EnvelopeReader(Organization, items="items")


class GuildPeople(http.EmailAccounts):
    _routes = ROUTES
    _reader = PEOPLE
    _organization_reader = SEATS_OF
    _sent: ClassVar[Collection[str]] = FIELDS
    _may_be_ignored: ClassVar[Collection[str]] = ("name",)

    def _list_request(
        self, position: str | None, page_size: int, *, email: str | None = None, complete: bool = False
    ) -> Request:
        return self._page("list_people", position, page_size, ("mail", email))

    def _get_request(self, user_id: str) -> Request:
        return ROUTES.build("get_person", person_id=user_id)

    def _create_request(self, draft: UserDraft) -> Request:
        return ROUTES.build("create_person", Body(mail=draft.email, title=draft.name))

    def _update_request(self, user_id: str, changes: UserChanges) -> Request | None:
        fields = http.changed_fields(changes, FIELDS, provider="guild", can_clear=())
        return ROUTES.build("update_person", Body(**fields), person_id=user_id) if fields else None

    def _delete_request(self, user_id: str) -> Request:
        return ROUTES.build("delete_person", person_id=user_id)

    def _organizations_request(self, position: str | None, page_size: int, *, user_id: str) -> Request:
        return ROUTES.build("list_guilds_of", None, PAGES.parameters(position, page_size), person_id=user_id)

    def _is_joined(self, organization: Organization) -> bool:
        return organization.raw.get("suspended") is not None


class GuildUsers(http.MembershipOperations):
    _routes = ROUTES
    _reader = SEATS

    def _list_request(
        self, position: str | None, page_size: int, *, user_id: str | None = None, complete: bool = False
    ) -> Request:
        query = [*http.given(("person", user_id)), *PAGES.parameters(position, page_size)]
        return ROUTES.build("list_seats", None, query, guild_id=self._organization_id)

    def _join_request(self, user_id: str, roles: Sequence[str]) -> Request:
        return ROUTES.build("create_seat", Body(person=user_id, roles=list(roles)), guild_id=self._organization_id)

    def _leave_request(self, member: User) -> Request:
        return ROUTES.build("delete_seat", guild_id=self._organization_id, seat_id=str(member.raw["seat"]))

    def _roles_request(self, member: User, roles: Sequence[str]) -> Request:
        return self._update_seat(member, roles=list(roles))

    def _suspend_request(self, member: User, *, suspended: bool) -> Request:
        return self._update_seat(member, suspended=suspended)

    def _update_seat(self, member: User, **fields: object) -> Request:
        seat_id = str(member.raw["seat"])
        return ROUTES.build("update_seat", Body(**fields), guild_id=self._organization_id, seat_id=seat_id)

    async def _check_organization(self) -> None:
        await self._one(GUILDS, "get_guild", guild_id=self._organization_id)

    def _lacks_user(self, member: User) -> bool:
        return "user" not in member.raw

    def _fetch_users(self) -> Fetch[User]:
        return self._fetcher(PEOPLE, lambda position, size: self._page("list_people", position, size))

    def _join_user(self, member: User, user: User) -> User:
        return SEATS.one(json.dumps({**member.raw, "user": user.raw.get("user", user.raw)}).encode())


class GuildInvitations(http.AddressInvitations):
    _routes = ROUTES
    _reader = INVITATIONS

    def _list_request(self, position: str | None, page_size: int, *, email: str | None = None) -> Request:
        query = [*http.given(("mail", email)), *PAGES.parameters(position, page_size)]
        return ROUTES.build("list_invitations", None, query, guild_id=self._organization_id)

    def _get_request(self, invitation_id: str) -> Request:
        return ROUTES.build("get_invitation", invitation_id=invitation_id)

    def _invite_request(self, draft: InvitationDraft, roles: Sequence[str]) -> Request:
        body = Body(email=draft.email, roles=list(roles))
        return ROUTES.build("create_invitation", body, guild_id=self._organization_id)

    def _resend_request(self, invitation_id: str) -> Request:
        return ROUTES.build("change_invitation", invitation_id=invitation_id, change="pending")

    def _accept_request(self, invitation_id: str, user: User) -> Request:
        return ROUTES.build("change_invitation", Body(person=user.id), invitation_id=invitation_id, change="accepted")

    def _revoke_request(self, invitation_id: str) -> Request:
        return ROUTES.build("change_invitation", invitation_id=invitation_id, change="revoked")


class Guilds(http.MarkedOrganizations):
    _routes = ROUTES
    _reader = GUILDS
    _mark: ClassVar[tuple[str, str]] = ("data", "creation")

    def _list_request(
        self, position: str | None, page_size: int, *, query: str | None = None, complete: bool = False
    ) -> Request:
        return self._page("list_guilds", position, page_size, ("text", query))

    def _get_request(self, organization_id: str) -> Request:
        return ROUTES.build("get_guild", guild_id=organization_id)

    def _create_request(self, draft: OrganizationDraft, mark: str) -> Request:
        return ROUTES.build("create_guild", Body(name=draft.name, data={"creation": mark}))

    def _update_request(self, organization_id: str, changes: OrganizationChanges) -> Request | None:
        if isinstance(changes.name, Unset):
            return None
        return ROUTES.build("update_guild", Body(name=changes.name), guild_id=organization_id)

    def _delete_request(self, organization_id: str) -> Request:
        return ROUTES.build("delete_guild", guild_id=organization_id)


class Guild(http.HTTPProvider[None]):
    name: ClassVar[str] = "guild"
    contract: ClassVar[int] = 2
    capabilities: ClassVar[frozenset[Capability]] = frozenset(Capability)
    ids: ClassVar[IdAlphabet | None] = IDS
    limit_per_credentials: ClassVar[bool] = True

    def __init__(self, server: GuildServer, *, one_role_advice: str | None = None, token: str = "t") -> None:
        codes = http.ErrorCodes({"mail_taken": ConflictError}, known={"unknown_role"})
        super().__init__(
            base_url="https://guild.example.com",
            auth=BearerToken(SecretStr(token)),
            read_problem=codes.read,
            credentials=[token],
            http_client=mock_client(server.handle),
        )
        self._server = server
        self._one_role_advice = one_role_advice
        self._known: dict[str, str] = {}

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Self:
        raise AssertionError("the tests create the provider")

    @property
    def organizations(self) -> Guilds:
        return Guilds(self._connection)

    def users(self, organization_id: str | None) -> GuildUsers:
        return GuildUsers(self._connection, self._require_organization_id(organization_id), self.accounts(), self.names)

    def invitations(self, organization_id: str | None) -> GuildInvitations:
        checked = self._require_organization_id(organization_id)
        return GuildInvitations(self._connection, checked, self.accounts(), self.names)

    def accounts(self) -> GuildPeople:
        return GuildPeople(self._connection)

    @property
    def names(self) -> http.RoleNames:
        return http.RoleNames(
            self._server.read_roles,
            self._known,
            provider=self.name,
            operation="list_roles",
            one_role_advice=self._one_role_advice,
            refused=lambda error: error.code == "unknown_role",
        )


@dataclass
class GuildServer:
    """The server: its rows by id, the requests that it received, and the next one whose response it loses."""

    people: dict[str, dict[str, Any]] = field(default_factory=dict)
    seats: dict[str, dict[str, Any]] = field(default_factory=dict)
    invitations: dict[str, dict[str, Any]] = field(default_factory=dict)
    guilds: dict[str, dict[str, Any]] = field(default_factory=lambda: {"g1": {"id": "g1", "name": "Smiths"}})
    roles: list[Role] = field(default_factory=lambda: list(ROLES))
    received: list[str] = field(default_factory=list)
    lose: str | None = None
    refuse: dict[str, tuple[int, str]] = field(default_factory=dict)
    keeps_titles: bool = False
    role_reads: int = 0
    in_flight: int = 0
    most_in_flight: int = 0

    def person(self, number: int, **fields: object) -> str:
        """Add a person, and return the id."""
        person_id = f"p{number}"
        self.people[person_id] = {"id": person_id, "mail": f"{person_id}@example.com", "title": None, **fields}
        return person_id

    def seat(self, person_id: str, *roles: str, **fields: object) -> None:
        """Add a seat."""
        seat_id = f"s{person_id}"
        self.seats[person_id] = {
            "seat": seat_id,
            "person": person_id,
            "guild": "g1",
            "roles": list(roles),
            "suspended": False,
            **fields,
        }

    def invitation(self, number: int, **fields: object) -> None:
        """Add an invitation to the guild."""
        own = {"id": f"i{number}", "email": f"p{number}@example.com", "status": "pending", "organization_id": "g1"}
        self.invitations[f"i{number}"] = {**own, "roles": [], "created_at": _now(), **fields}

    async def read_roles(self) -> list[Role]:
        """Return the roles, as a provider's request would."""
        self.role_reads += 1
        return list(self.roles)

    async def handle(self, request: httpx.Request) -> httpx.Response:
        """Answer a request, after the others in flight."""
        call = f"{request.method} {request.url.path}"
        self.received.append(call)
        self.in_flight += 1
        self.most_in_flight = max(self.in_flight, self.most_in_flight)
        for _ in range(3):
            await anyio.lowlevel.checkpoint()
        self.in_flight -= 1
        status, body = self._respond(request, call)
        if call == self.lose:
            self.lose = None
            raise httpx.ReadError("the response was lost", request=request)
        return httpx.Response(status, json=body)

    def _respond(self, request: httpx.Request, call: str) -> tuple[int, Any]:
        body = json.loads(request.content or b"{}")
        query = dict(request.url.params)
        for part, (status, code) in self.refuse.items():
            if part in f"{call} {json.dumps(body)}":
                return status, {"code": code, "message": f"refused: {code}"}
        match request.method, request.url.path.split("/")[1:]:
            case "GET", ["people"]:
                return 200, _page(self.people, query, "mail")
            case "POST", ["people"]:
                return self._new_person(body)
            case "GET", ["people", person_id, "seats"]:
                seats = {row["seat"]: row for row in self.seats.values() if row["person"] == person_id}
                return 200, _page(seats, query, "none")
            case method, ["people", person_id]:
                kept = {"title": None} if self.keeps_titles else {}
                return _one(self.people, method, person_id, {**body, **kept})
            case "GET", ["guilds", "g1", "seats"]:
                return 200, _page(self.seats, query, "person")
            case "POST", ["guilds", "g1", "seats"]:
                return self._new_seat(body)
            case method, ["guilds", "g1", "seats", seat_id]:
                return _one(self.seats, method, seat_id[1:], body)
            case "GET", ["guilds", "g1", "invitations"]:
                return 200, _page(self.invitations, query, "none")
            case "POST", ["guilds", "g1", "invitations"]:
                self.invitation(len(self.invitations) + 1, **body)
                return 201, [*self.invitations.values()][-1]
            case "GET", ["invitations", invitation_id]:
                return _one(self.invitations, "GET", invitation_id, {})
            case "POST", ["invitations", invitation_id, change]:
                return _one(self.invitations, "PATCH", invitation_id, {"status": change})
            case "GET", ["guilds"]:
                return 200, _page(self.guilds, query, "none")
            case "POST", ["guilds"]:
                guild_id = f"g{len(self.guilds) + 1}"
                self.guilds[guild_id] = {"id": guild_id, **body}
                return 201, self.guilds[guild_id]
            case method, ["guilds", guild_id, *_]:
                return _one(self.guilds, method, guild_id, body)
            case _:
                raise AssertionError(call)

    def _new_person(self, body: dict[str, Any]) -> tuple[int, Any]:
        if any(person["mail"] == body["mail"] for person in self.people.values()):
            return 400, {"code": "mail_taken", "message": "The address is taken."}
        person_id = self.person(len(self.people) + 1, created_at=_now(), **body)
        return 201, self.people[person_id]

    def _new_seat(self, body: dict[str, Any]) -> tuple[int, Any]:
        if body["person"] not in self.people:
            return 404, {"code": "no_person", "message": "There is no such person."}
        if not set(body["roles"]) <= {role.name for role in self.roles}:
            return 422, {"code": "unknown_role", "message": "There is no such role."}
        if body["person"] in self.seats:
            return 409, {"code": "seated", "message": "The person has a seat."}
        self.seat(body["person"], *body["roles"])
        return 201, self.seats[body["person"]]


def _now() -> str:
    return datetime.now(UTC).isoformat()


def _page(rows: Mapping[str, dict[str, Any]], query: Mapping[str, str], key: str) -> dict[str, Any]:
    found = [row for row in rows.values() if key not in query or row[key] == query[key]]
    ids = [row.get("person") or row["id"] for row in found]
    start = ids.index(query["after"]) + 1 if "after" in query else 0
    end = start + int(query["limit"])
    return {"items": found[start:end], "next": ids[end - 1] if end < len(ids) else None}


def _one(rows: dict[str, dict[str, Any]], method: str, row_id: str, changes: dict[str, Any]) -> tuple[int, Any]:
    if row_id not in rows:
        return 404, {"code": "not_found", "message": "There is none."}
    if method == "DELETE":
        del rows[row_id]
        return 200, {}
    rows[row_id] = {**rows[row_id], **changes}
    return 200, rows[row_id]
