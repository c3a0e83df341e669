"""What lets somebody act as a member: sign-in links and delegated tokens (official document, UserSigninLink)."""

import secrets
import uuid
from urllib.parse import quote

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from orgsdk.sandbox.flat.auth import SCOPES, WRITE_USERS, TokenInfo
from orgsdk.sandbox.flat.operation import Call, endpoint
from orgsdk.sandbox.flat.records import SigninLink
from orgsdk.sandbox.flat.state import FlatState
from orgsdk.sandbox.flat.user_changes import known_user

_ALL_SCOPES = sorted(SCOPES)


def routes(state: FlatState) -> list[Route]:
    """Return the routes of the operations that give access."""
    one = "/v2/organizations/users/{user}"
    return [
        Route(
            f"{one}/signinLink",
            endpoint(state, WRITE_USERS, _create_organization_user_signin_link),
            methods=["POST"],
        ),
        Route(
            f"{one}/accessToken",
            endpoint(state, WRITE_USERS, _create_organization_user_access_token),
            methods=["POST"],
        ),
    ]


def _create_organization_user_signin_link(state: FlatState, call: Call) -> Response:
    destination = call.json().text("destinationPath")
    user = known_user(state, call)
    link = SigninLink(user.id, str(uuid.uuid4()), "/" if destination is None else destination)
    state.signin_links.append(link)
    return JSONResponse(
        {
            "url": f"https://flat.example.org/auth/signin-link/{link.token}?next={quote(link.destination, safe='')}",
            "token": link.token,
            "expirationDate": state.date(after=state.signin_link_ttl),
        }
    )


def _create_organization_user_access_token(state: FlatState, call: Call) -> Response:
    body = call.json()
    scopes = body.required("scopes", body.choices("scopes", _ALL_SCOPES))
    user = known_user(state, call)
    token = secrets.token_hex(44)
    expires_at = state.clock() + state.token_ttl
    state.tokens[token] = TokenInfo(scopes=frozenset(scopes), user_id=user.id, expires_at=expires_at)
    return JSONResponse(
        {
            "id": state.next_id("token")[1],
            "name": f"Delegated to {user.username}",
            "token": token,
            "issuedDate": state.date(),
            "expirationDate": state.date(after=state.token_ttl),
            "scopes": list(dict.fromkeys(scopes)),
        }
    )
