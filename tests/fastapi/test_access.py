"""Members and members with a role are admitted; everybody else is refused, and a mistake never opens a route."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import pytest
from fastapi import APIRouter, Depends, FastAPI, Header, WebSocket
from fastapi.testclient import TestClient
from starlette.authentication import AuthCredentials, AuthenticationBackend, BaseUser, SimpleUser
from starlette.middleware.authentication import AuthenticationMiddleware
from starlette.testclient import WebSocketDenialResponse
from starlette.websockets import WebSocketDisconnect

from orgsdk import ConfigurationError, NotSentError, OrgClient, User
from orgsdk.fastapi import (
    client_of,
    install_error_handlers,
    lifespan,
    require_member,
    require_role,
)
from tests.fastapi.calling import calling

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import HTTPConnection

    from orgsdk.resources import OrganizationHandle
    from tests.conftest import Connected

pytestmark = pytest.mark.anyio


def signed_in(x_user: Annotated[str | None, Header()] = None) -> str | None:
    return x_user


def app_of(client: OrgClient, organization: Callable[..., OrganizationHandle] | None = None) -> FastAPI:
    settings: dict[str, Any] = {"identity": signed_in} | ({"organization": organization} if organization else {})
    app = FastAPI(lifespan=lifespan(lambda: client))
    install_error_handlers(app)
    members = APIRouter(dependencies=[Depends(require_member(**settings))])

    @members.get("/me")
    async def me(user: User = Depends(require_member(**settings))) -> User:  # noqa: B008  # FastAPI's form
        return user

    @members.get("/grades")
    async def grades(user: User = Depends(require_role("teacher", "admin", **settings))) -> str:  # noqa: B008
        return user.id

    @members.get("/misspelled")
    async def misspelled(user: User = Depends(require_role("Teacher", **settings))) -> str:  # noqa: B008
        return user.id

    app.include_router(members)
    return app


async def test_members_and_roles_at_each_provider(either: Connected) -> None:
    users = either.org.users
    other = {"flat": "user", "logto": "student"}[either.name]
    (teacher,) = await users.list(role="teacher").collect(limit=1)
    (student,) = await users.list(role=other).collect(limit=1)
    unknown = {"flat": "0" * 24}.get(either.name, "0" * 12)
    app = app_of(either.client, lambda: either.client.organization(either.organization_id))
    async with calling(app) as browser:

        async def ask(path: str, user_id: str | None) -> tuple[int, str]:
            answer = await browser.get(path, headers={} if user_id is None else {"x-user": user_id})
            body = answer.json()
            return answer.status_code, body["detail"] if answer.status_code >= 400 else "admitted"

        assert await ask("/me", student.id) == (200, "admitted")
        assert await ask("/grades", teacher.id) == (200, "admitted")
        assert await ask("/grades", student.id) == (403, "This needs the role teacher or admin.")
        assert await ask("/me", unknown) == (403, "You are not a member of the organization.")
        assert await ask("/grades", unknown) == (403, "You are not a member of the organization.")
        assert await ask("/me", None) == (401, "Sign in first.")
        assert await ask("/me", "") == (401, "Sign in first.")
        answer = await browser.get("/me", headers={"x-user": student.id})
        assert answer.json()["username"] == student.username
        refused = await browser.get("/me", headers={"x-user": unknown})
        assert refused.headers["content-type"] == "application/problem+json"


async def test_a_request_looks_the_user_up_once() -> None:
    client = OrgClient.memory(users=20)
    teacher = await client.organization().users.list(role="teacher").first()
    assert teacher is not None
    asked: list[str] = []

    def organization() -> OrganizationHandle:
        handle = client.organization()
        look_up = handle.users.get

        async def get(user_id: str) -> User:
            asked.append(user_id)
            return await look_up(user_id)

        handle.users.get = get  # type: ignore[method-assign]  # to count
        return handle

    async with calling(app_of(client, organization)) as browser:
        # Checked by the router and by the path operation.
        assert (await browser.get("/grades", headers={"x-user": teacher.id})).status_code == 200
    assert asked == [teacher.id]


async def test_a_suspended_account_is_refused(either: Connected) -> None:
    if either.name == "flat":
        pytest.skip("Flat suspends nobody")
    user = await either.org.users.list(role="teacher").first()
    assert user is not None
    await either.client.accounts.suspend(user.id)
    async with calling(app_of(either.client, lambda: either.client.organization(either.organization_id))) as browser:
        answer = await browser.get("/grades", headers={"x-user": user.id})
        assert (answer.status_code, answer.json()["detail"]) == (403, "Your account is suspended.")


async def test_a_misspelled_role_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    client = OrgClient.memory(users=20)
    teacher = await client.organization().users.list(role="teacher").first()
    assert teacher is not None
    async with calling(app_of(client)) as browser:
        for _ in range(2):
            answer = await browser.get("/misspelled", headers={"x-user": teacher.id})
            assert answer.status_code == 403
    (message,) = caplog.messages
    assert message.startswith("require_role: unknown role 'Teacher'. Did you mean 'teacher'? Roles here: ")


async def test_an_error_of_the_provider_admits_nobody() -> None:
    client = OrgClient.memory(users=2)
    await client.aclose()
    app = app_of(OrgClient.memory(), lambda: client.organization())
    async with calling(app) as browser:
        answer = await browser.get("/me", headers={"x-user": "user_1"})
        assert (answer.status_code, answer.json()["error"]) == (503, NotSentError.__name__)


async def test_an_address_as_identity_is_explained_and_not_logged(
    either: Connected, caplog: pytest.LogCaptureFixture
) -> None:
    async with calling(app_of(either.client, lambda: either.client.organization(either.organization_id))) as browser:
        answer = await browser.get("/me", headers={"x-user": "ada@example.com"})
        assert (answer.status_code, answer.json()["error"]) == (500, "ConfigurationError")
    assert "users.find(email=…)).id" in caplog.text
    assert "ada@example.com" not in caplog.text + answer.text


async def test_an_identity_of_another_type_is_explained(caplog: pytest.LogCaptureFixture) -> None:
    app = FastAPI(lifespan=lifespan(OrgClient.memory))
    install_error_handlers(app)
    wrong: Any = lambda: 7  # noqa: E731  # a dependency
    app.get("/", dependencies=[Depends(require_member(identity=wrong))])(lambda: "open")
    async with calling(app) as browser:
        assert (await browser.get("/")).status_code == 500
    assert "identity returned a value of type int: return the user's id, a string." in caplog.text


# The identity of Starlette's middleware


class WithIdentity(SimpleUser):
    @property
    def identity(self) -> str:  # not in every version of Starlette
        return self.username


class WithoutIdentity(BaseUser):
    def __init__(self, name: str) -> None:
        self.name = name

    @property
    def is_authenticated(self) -> bool:
        return True


class Backend(AuthenticationBackend):
    def __init__(self, kind: Callable[[str], BaseUser]) -> None:
        self._kind = kind

    async def authenticate(self, conn: HTTPConnection) -> tuple[AuthCredentials, BaseUser] | None:
        name = conn.headers.get("x-user")
        return None if name is None else (AuthCredentials(), self._kind(name))


def app_with_middleware(client: OrgClient, kind: Callable[[str], BaseUser] | None) -> FastAPI:
    app = FastAPI(lifespan=lifespan(lambda: client))
    install_error_handlers(app)
    if kind is not None:
        app.add_middleware(AuthenticationMiddleware, backend=Backend(kind))
    app.get("/", dependencies=[Depends(require_member())])(lambda: "open")

    @app.websocket("/socket", dependencies=[Depends(require_member())])
    async def socket(websocket: WebSocket) -> None:
        await websocket.accept()

    return app


async def test_the_identity_of_starlettes_middleware_is_the_default() -> None:
    client = OrgClient.memory(users=1)
    (user,) = await client.organization().users.list()
    async with calling(app_with_middleware(client, WithIdentity)) as browser:
        assert (await browser.get("/", headers={"x-user": user.id})).status_code == 200
        assert (await browser.get("/")).status_code == 401


def test_a_websocket_is_refused_too() -> None:
    with (
        TestClient(app_with_middleware(OrgClient.memory(), WithIdentity)) as browser,
        pytest.raises(WebSocketDisconnect) as refused,
        browser.websocket_connect("/socket"),
    ):
        pass
    assert isinstance(refused.value, WebSocketDenialResponse)
    assert refused.value.status_code == 401


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        (None, "The app does not state who is signed in: pass identity=…"),
        (WithoutIdentity, "request.user has no property identity: define it"),
    ],
)
async def test_without_an_identity_nobody_is_admitted(
    kind: Callable[[str], BaseUser] | None, message: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with calling(app_with_middleware(OrgClient.memory(), kind)) as browser:
        assert (await browser.get("/", headers={"x-user": "ada"})).status_code == 500
    assert message in caplog.text


# Mistakes


@pytest.mark.parametrize(
    ("dependency", "call"),
    [
        (require_member, "Depends(require_member())"),
        (require_role, 'Depends(require_role("teacher"))'),
        (client_of, "Depends(client_of(tenant))"),
    ],
)
def test_a_function_without_its_parentheses_opens_no_route(dependency: Any, call: str) -> None:
    app = FastAPI()
    with pytest.raises(ConfigurationError) as caught:
        app.get("/", dependencies=[Depends(dependency)])(lambda: "open")
    assert call in str(caught.value)


@pytest.mark.parametrize("roles", [(), ("",), (["teacher"],), (None,), (signed_in,)])
def test_roles_that_are_no_names_are_refused(roles: Any) -> None:
    with pytest.raises(ConfigurationError, match=r'write require_role\("teacher", "admin"\)'):
        require_role(*roles)


@pytest.mark.parametrize("setting", ["identity", "organization"])
@pytest.mark.parametrize("make", [require_member, lambda **settings: require_role("teacher", **settings)])
def test_settings_that_are_no_dependencies_are_refused(make: Callable[..., object], setting: str) -> None:
    with pytest.raises(ConfigurationError, match=f"{setting} is of type str: pass a dependency"):
        make(**{setting: "ada"})
