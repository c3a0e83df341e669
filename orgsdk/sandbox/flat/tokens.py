"""Access to accounts: the OAuth token endpoint, delegated tokens and sign-in links.

The token endpoint is `/oauth/access_token`, next to `/v2` (facts/flat.md, Base, authentication). It supports the
`refresh_token` grant, which needs no browser. Errors follow RFC 6749, section 5.2. The fields of a successful response
are those of Flat's page on authentication. Sign-in links and delegated tokens are in the official document.
"""

import base64
import binascii
import hmac
import secrets
import uuid
from collections.abc import Mapping
from urllib.parse import parse_qsl, quote, unquote_plus

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from orgsdk.sandbox.flat.auth import SCOPES, WRITE_USERS, TokenInfo
from orgsdk.sandbox.flat.records import SigninLink
from orgsdk.sandbox.flat.requests import Endpoint, FlatRequest, endpoint
from orgsdk.sandbox.flat.state import FlatState
from orgsdk.sandbox.flat.users import find_account

# RFC 6749, section 5.1.
_NOT_STORED = {"Cache-Control": "no-store", "Pragma": "no-cache"}


class OAuthError(Exception):
    """A token request ends with this error body of RFC 6749."""

    def __init__(self, error: str, description: str, *, status: int = 400, challenge: bool = False) -> None:
        super().__init__(f"{error}: {description}")
        self.error = error
        self.description = description
        self.status = status
        self.challenge = challenge


def routes(state: FlatState) -> list[Route]:
    """Return the routes of the token endpoint and of the operations that give access to an account."""
    one = "/v2/organizations/users/{user}"
    return [
        Route("/oauth/access_token", _token_endpoint(state), methods=["POST"]),
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


def _token_endpoint(state: FlatState) -> Endpoint:
    async def respond(request: Request) -> Response:
        content_type, authorization = (request.headers.get(name, "") for name in ("content-type", "authorization"))
        try:
            form = _form(content_type, await request.body())
            _authenticate(state, form, authorization)
            return JSONResponse(_refresh(state, form), headers=_NOT_STORED)
        except OAuthError as error:
            body = {"error": error.error, "error_description": error.description}
            challenge = {"WWW-Authenticate": 'Basic realm="flat"'} if error.challenge else {}
            return JSONResponse(body, status_code=error.status, headers=_NOT_STORED | challenge)

    return respond


def _form(content_type: str, content: bytes) -> dict[str, str]:
    if content_type.partition(";")[0].strip().lower() != "application/x-www-form-urlencoded":
        raise OAuthError("invalid_request", "The body must be application/x-www-form-urlencoded")
    pairs = parse_qsl(content.decode(errors="replace"), keep_blank_values=True)
    form = dict(pairs)
    if len(form) != len(pairs):
        raise OAuthError("invalid_request", "No parameter may be repeated")
    return form


def _authenticate(state: FlatState, form: Mapping[str, str], authorization: str) -> None:
    if authorization:
        given = _basic(authorization)
        if "client_secret" in form:
            # RFC 6749, section 2.3: "MUST NOT use more than one authentication method in each request".
            raise OAuthError("invalid_request", "The client must authenticate in one way")
    else:
        given = (form.get("client_id", ""), form.get("client_secret", ""))
    known = (state.oauth_client_id, state.oauth_client_secret)
    if not all(_equal(left, right) for left, right in zip(given, known, strict=True)):
        raise OAuthError("invalid_client", "Unknown client, or wrong secret", status=401, challenge=bool(authorization))


def _basic(authorization: str) -> tuple[str, str]:
    scheme, _, encoded = authorization.partition(" ")
    try:
        client_id, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (ValueError, binascii.Error):
        client_id = secret = ""
    # RFC 6749, section 2.3.1: both are form-encoded before they are joined.
    return (unquote_plus(client_id), unquote_plus(secret)) if scheme.lower() == "basic" else ("", "")


def _refresh(state: FlatState, form: Mapping[str, str]) -> dict[str, object]:
    grant = form.get("grant_type")
    if not grant:
        raise OAuthError("invalid_request", "grant_type is required")
    if grant != "refresh_token":
        raise OAuthError("unsupported_grant_type", "Only refresh_token is supported")
    if "refresh_token" not in form:
        raise OAuthError("invalid_request", "refresh_token is required")
    if not _equal(form["refresh_token"], state.refresh_token):
        raise OAuthError("invalid_grant", "The refresh token is not valid, or was used before")
    scopes = frozenset(form["scope"].split()) if form.get("scope") else SCOPES
    if not scopes <= SCOPES:
        raise OAuthError("invalid_scope", "The scope exceeds what was granted")
    now, token = state.clock(), secrets.token_hex(44)
    state.tokens[token] = TokenInfo(scopes=scopes, expires_at=now + state.token_ttl)
    token_fields: dict[str, object] = {
        "type": "access",
        "token_type": "bearer",
        "access_token": token,
        "issued_at": int(now),
        "expires_in": int(state.token_ttl),
        "user": state.own_account.id,
        "scope": " ".join(sorted(scopes)),
    }
    if state.rotates_refresh_token:
        state.refresh_token = secrets.token_hex(44)
        token_fields["refresh_token"] = state.refresh_token
    return token_fields


def _equal(left: str, right: str) -> bool:
    return hmac.compare_digest(left.encode(errors="replace"), right.encode())


_ALL_SCOPES = sorted(SCOPES)


def _create_organization_user_signin_link(state: FlatState, request: FlatRequest) -> Response:
    destination = request.json().text("destinationPath")
    user = find_account(state, request)
    link = SigninLink(user.id, str(uuid.uuid4()), "/" if destination is None else destination)
    state.signin_links.append(link)
    return JSONResponse(
        {
            "url": f"https://flat.example.org/auth/signin-link/{link.token}?next={quote(link.destination, safe='')}",
            "token": link.token,
            "expirationDate": state.date(after=state.signin_link_ttl),
        }
    )


def _create_organization_user_access_token(state: FlatState, request: FlatRequest) -> Response:
    body = request.json()
    scopes = body.required("scopes", body.choices("scopes", _ALL_SCOPES))
    user = find_account(state, request)
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
