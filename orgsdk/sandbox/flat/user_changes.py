"""The operations that create, change and remove accounts (official document, */organizations/users)."""

from dataclasses import replace
from typing import Any, get_args

from starlette.responses import Response
from starlette.routing import Route

from orgsdk.sandbox.flat.auth import WRITE_USERS
from orgsdk.sandbox.flat.body import Body
from orgsdk.sandbox.flat.errors import FlatError
from orgsdk.sandbox.flat.locales import DEFAULT, normalise
from orgsdk.sandbox.flat.operation import Call, endpoint
from orgsdk.sandbox.flat.parameters import flag
from orgsdk.sandbox.flat.records import CLASS_ROLES, FlatUser, OrganizationRole
from orgsdk.sandbox.flat.state import FlatState

_ROLES: tuple[OrganizationRole, ...] = get_args(OrganizationRole)


def routes(state: FlatState) -> list[Route]:
    """Return the routes of the operations that change accounts."""
    one = "/v2/organizations/users/{user}"
    return [
        Route(
            "/v2/organizations/users",
            endpoint(state, WRITE_USERS, _create_organization_user),
            methods=["POST"],
        ),
        Route(one, endpoint(state, WRITE_USERS, _update_organization_user), methods=["PUT"]),
        Route(one, endpoint(state, WRITE_USERS, _remove_organization_user), methods=["DELETE"]),
    ]


def _create_organization_user(state: FlatState, call: Call) -> Response:
    body = call.json()
    role = body.choice("role", _ROLES) or "user"
    changes = _common_changes(body)
    username, password = (body.required(name, changes.get(name)) for name in ("username", "password"))
    locale = body.text("locale")
    _refuse_taken(state, changes, but=None)
    sequence, user_id = state.next_id("user")
    user = FlatUser(
        sequence=sequence,
        id=user_id,
        username=username,
        role=role,
        firstname=changes.get("firstname"),
        lastname=changes.get("lastname"),
        email=changes.get("email"),
        picture=state.new_picture,
        class_role=CLASS_ROLES.get(role),
        password=password,
        locale=DEFAULT if locale is None else normalise(locale),
    )
    return _kept(state, user)


def _update_organization_user(state: FlatState, call: Call) -> Response:
    body = call.json()
    user = known_user(state, call)
    changes = _common_changes(body)
    role = body.choice("organizationRole", _ROLES)
    if role is not None:
        changes |= {"role": role, "class_role": CLASS_ROLES.get(role)}
    _refuse_taken(state, changes, but=user)
    # What is left out stays: a partial update, although it is PUT (facts/flat.md, Operations).
    return _kept(state, replace(user, **changes))


def _remove_organization_user(state: FlatState, call: Call) -> Response:
    convert = flag(call.query, "convertToIndividual")
    user = known_user(state, call)
    del state.users[user.id]
    if convert:
        # "This operation will remove the education-related data from the account" (official document).
        state.individuals[user.id] = replace(user, class_role=None, groups=(), license=None, is_testing_student=None)
    else:
        state.deleted[user.id] = user
    # A delegated token is for an account of the organization, which this one no longer is.
    state.tokens = {token: info for token, info in state.tokens.items() if info.user_id != user.id}
    return Response(status_code=204)


def known_user(state: FlatState, call: Call) -> FlatUser:
    """Return the account that the path names.

    Raises:
        FlatError: 404 when the organization has no such account.
    """
    user = state.users.get(call.path["user"])
    if user is None:
        raise FlatError(404, "NOT_FOUND", "User not found")
    return user


def _common_changes(body: Body) -> dict[str, Any]:
    """Return what creation and update have in common and the request names.

    An empty name clears, as the document sets no least length; an e-mail address cannot be cleared, for neither
    null nor an empty text is one.
    """
    given = {
        "username": body.text("username", minimum=1, maximum=30),
        "password": body.text("password", minimum=6, maximum=1000),
        "firstname": body.text("firstname", maximum=60),
        "lastname": body.text("lastname", maximum=60),
        "email": body.email("email"),
    }
    return {name: value or None for name, value in given.items() if value is not None}


def _refuse_taken(state: FlatState, changes: dict[str, Any], *, but: FlatUser | None) -> None:
    names = ("username", "email") if state.unique_emails else ("username",)
    for name in names:
        wanted = changes.get(name)
        if wanted is None:
            continue
        others = (getattr(user, name) for user in state.users.values() if but is None or user.id != but.id)
        if wanted.casefold() in (other.casefold() for other in others if other):
            raise FlatError(state.conflict_status, "CLIENT_ERROR", f"This {name} is already used", param=name)


def _kept(state: FlatState, user: FlatUser) -> Response:
    # An account that is there keeps its place in the dictionary, and with it the order of creation.
    state.users[user.id] = user
    return Response(state.views.json(user), media_type="application/json")
