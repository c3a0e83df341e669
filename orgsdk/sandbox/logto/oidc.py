"""The /oidc endpoints: token, discovery document and key set (facts/logto.md section 1)."""

import base64
import binascii
import hmac
import json
import secrets
from collections.abc import Mapping
from typing import cast
from urllib.parse import parse_qsl, unquote_plus

from orgsdk.sandbox.logto.errors import RequestError
from orgsdk.sandbox.logto.http import JSON, Headers, LogtoRequest, LogtoResponse, Route, json_response
from orgsdk.sandbox.logto.records import Application
from orgsdk.sandbox.logto.wire import encode

_CLAIMS = (
    "sub name family_name given_name middle_name nickname preferred_username profile picture website gender "
    "birthdate zoneinfo locale updated_at username created_at email email_verified phone_number "
    "phone_number_verified address custom_data identities sso_identities roles organizations "
    "organization_data organization_roles sid auth_time iss"
)
_SCOPES = (
    "openid offline_access profile email phone address custom_data identities roles "
    "urn:logto:scope:organizations urn:logto:scope:organization_roles urn:logto:scope:sessions "
    "urn:logto:scope:trusted_devices"
)
_GRANTS = (
    "implicit authorization_code refresh_token client_credentials "
    "urn:ietf:params:oauth:grant-type:device_code urn:ietf:params:oauth:grant-type:token-exchange"
)

# The base point of P-384 (SEC 2, section 2.5.1): clients that parse the key require a point on the curve.
_X = "qofKIr6LBTeOscce8yCtdG4dO2KLp5uYWfdB4IJUKjhVAvJdv1UpbDpUXjhydgq3"
_Y = "NhfeSpYmLG9dnpi_kpLcKfj0Hb0omhR86doxE7XwuMAKYLHOHX6BnXpDHXyQ6g5f"


def discovery_document(issuer: str) -> dict[str, object]:
    """Return the metadata of the issuer, `<endpoint>/oidc`."""
    return {
        "authorization_endpoint": f"{issuer}/auth",
        "device_authorization_endpoint": f"{issuer}/device/auth",
        "claims_parameter_supported": False,
        "claims_supported": _CLAIMS.split(),
        "code_challenge_methods_supported": ["S256"],
        "end_session_endpoint": f"{issuer}/session/end",
        "grant_types_supported": _GRANTS.split(),
        "issuer": issuer,
        "jwks_uri": f"{issuer}/jwks",
        "authorization_response_iss_parameter_supported": True,
        "response_modes_supported": ["form_post", "fragment", "query"],
        "response_types_supported": ["code id_token", "code", "id_token", "none"],
        "scopes_supported": _SCOPES.split(),
        "subject_types_supported": ["public"],
        "token_endpoint_auth_methods_supported": [
            "client_secret_basic",
            "client_secret_jwt",
            "client_secret_post",
            "private_key_jwt",
            "none",
        ],
        "token_endpoint_auth_signing_alg_values_supported": [
            "HS256",
            "RS256",
            "PS256",
            "ES256",
            "Ed25519",
            "EdDSA",
        ],
        "token_endpoint": f"{issuer}/token",
        "id_token_signing_alg_values_supported": ["ES384"],
        "pushed_authorization_request_endpoint": f"{issuer}/request",
        "request_uri_parameter_supported": False,
        "userinfo_endpoint": f"{issuer}/me",
        "introspection_endpoint": f"{issuer}/token/introspection",
        "revocation_endpoint": f"{issuer}/token/revocation",
        "backchannel_logout_supported": True,
        "backchannel_logout_session_supported": True,
        "claim_types_supported": ["normal"],
    }


def key_set(kid: str) -> dict[str, object]:
    """Return a valid key set; it does not verify the sandbox's tokens (see tokens.py)."""
    key = {"kty": "EC", "use": "sig", "kid": kid, "alg": "ES384", "crv": "P-384", "x": _X, "y": _Y}
    return {"keys": [key]}


_CORS = ("access-control-allow-origin", "*")
_TOKEN_HEADERS = (
    ("cache-control", "no-store"),
    _CORS,
    ("access-control-expose-headers", "WWW-Authenticate"),
)


class OidcError(Exception):
    """A token request ends with this error of RFC 6749, which Logto sends together with its own fields."""

    def __init__(self, error: str, description: str, *, status: int = 400, challenges: bool = False) -> None:
        super().__init__(error)
        self.error = error
        self.description = description
        self.status = status
        self.challenges = challenges

    def response(self, request: LogtoRequest) -> LogtoResponse:
        """Return the response; it has a challenge only if the client authenticated by header."""
        headers: Headers = _TOKEN_HEADERS
        if self.challenges:
            challenge = (
                f'Basic realm="{_issuer(request)}", error="{self.error}", error_description="{self.description}"'
            )
            headers = (*headers, ("www-authenticate", challenge))
        return LogtoResponse(self.status, encode(_error_body(request, self.error, self.description)), JSON, headers)


def _error_body(request: LogtoRequest, error: str, description: str) -> dict[str, object]:
    body = RequestError(400, f"oidc.{error}").body(request.accept_language)
    return {**body, "error": error, "error_description": description}


def token(request: LogtoRequest) -> LogtoResponse:
    """`POST /oidc/token`: return an access token."""
    try:
        form = _form(request)
        application = _authenticated(request, form)
        return json_response(_grant(request, application, form), headers=_TOKEN_HEADERS)
    except OidcError as error:
        return error.response(request)


def _form(request: LogtoRequest) -> Mapping[str, str]:
    """Return the parameters in the body, a form or JSON (`token.json_body`)."""
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type == "application/x-www-form-urlencoded":
        return dict(parse_qsl(request.body.decode(errors="replace"), keep_blank_values=True))
    if content_type == "application/json":
        try:
            value: object = json.loads(request.body)
        except ValueError:
            raise OidcError("invalid_request", "failed to parse the request body") from None
        if isinstance(value, dict):
            return {key: str(item) for key, item in cast("dict[str, object]", value).items()}
    return {}


def _authenticated(request: LogtoRequest, form: Mapping[str, str]) -> Application:
    """Return the application that authenticates, by header or in the body."""
    header = request.headers.get("authorization")
    if header is not None:
        client_id, secret = _basic_credentials(header)
    elif "client_id" in form:
        client_id, secret = form["client_id"], form.get("client_secret", "")
    else:
        raise OidcError("invalid_request", "no client authentication mechanism provided")
    application = request.state.application(client_id)
    if application is None:
        raise OidcError("invalid_client", f"invalid client {client_id}")
    if not hmac.compare_digest(application.secret.encode(), secret.encode(errors="replace")):
        raise OidcError("invalid_client", "client authentication failed", status=401, challenges=header is not None)
    return application


def _basic_credentials(header: str) -> tuple[str, str]:
    scheme, _, encoded = header.partition(" ")
    try:
        client_id, colon, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (ValueError, binascii.Error):
        colon = client_id = secret = ""
    if scheme.lower() != "basic" or not colon:
        raise OidcError("invalid_request", "invalid authorization header value format")
    # RFC 6749 section 2.3.1: both parts are form-encoded.
    return unquote_plus(client_id), unquote_plus(secret)


def _grant(request: LogtoRequest, application: Application, form: Mapping[str, str]) -> dict[str, object]:
    """Return the response with the token. Unknown scopes are ignored, also if no scope is left."""
    if "grant_type" not in form:
        raise OidcError("invalid_request", "missing required parameter 'grant_type'")
    if form["grant_type"] != "client_credentials":
        raise OidcError("unsupported_grant_type", "unsupported grant_type requested")
    resource = form.get("resource")
    if not resource:
        raise OidcError("invalid_target", "both `resource` and `organization_id` are not provided")
    state = request.state
    if resource != state.resource and resource not in state.resources:
        raise OidcError("invalid_target", "resource indicator is missing, or unknown")
    granted = application.grants.get(resource, frozenset())
    scope = " ".join(name for name in form.get("scope", "").split() if name in granted)
    issued_at = int(state.clock())
    claims: dict[str, object] = {
        "jti": secrets.token_urlsafe(32),
        "sub": application.id,
        "iat": issued_at,
        "exp": issued_at + state.token_ttl,
        **({"scope": scope} if scope else {}),
        "client_id": application.id,
        "iss": _issuer(request),
        "aud": resource,
    }
    response: dict[str, object] = {
        "access_token": state.signer.sign(claims),
        "expires_in": state.token_ttl,
        "token_type": "Bearer",
    }
    return {**response, "scope": scope} if scope else response


def _issuer(request: LogtoRequest) -> str:
    return f"{request.origin}/oidc"


def discovery(request: LogtoRequest) -> LogtoResponse:
    """`GET /oidc/.well-known/openid-configuration`: return the metadata (`oidc.discovery`)."""
    return json_response(discovery_document(_issuer(request)), headers=(_CORS,))


def jwks(request: LogtoRequest) -> LogtoResponse:
    """`GET /oidc/jwks`: return the key set (`oidc.jwks`)."""
    headers = (("cache-control", "no-cache, max-age=0, must-revalidate"), _CORS)
    body = encode(key_set(request.state.signer.kid))
    return LogtoResponse(200, body, "application/jwk-set+json; charset=utf-8", headers)


def unknown_route(request: LogtoRequest) -> LogtoResponse:
    """Return the 404 for an unknown path under /oidc, or an unknown method on a known path (`token.get`)."""
    path = request.path.removeprefix("/oidc") or "/"
    body = _error_body(
        request, "invalid_request", f"unrecognized route or not allowed method ({request.method} on {path})"
    )
    return LogtoResponse(404, encode(body), JSON, varies_by_origin=False)


ROUTES = (
    Route("POST", "/token", token, is_protected=False),
    Route("GET", "/.well-known/openid-configuration", discovery, is_protected=False),
    Route("GET", "/jwks", jwks, is_protected=False),
)
