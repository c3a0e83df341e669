"""Who may call the Management API (facts/logto.md section 2)."""

from orgsdk.sandbox.logto.call import Call
from orgsdk.sandbox.logto.errors import RequestError

MANAGEMENT_SCOPE = "all"


def authorize(call: Call) -> None:
    """Let the call pass, or raise the 401 or 403 it ends in; the scheme is compared as it is written."""
    header = call.headers.get("authorization")
    if not header:
        raise RequestError(401, "auth.authorization_header_missing")
    if not header.startswith("Bearer"):
        raise RequestError(401, "auth.authorization_token_type_not_supported", data={"supportedTypes": ["Bearer"]})
    state = call.state
    token = header[len("Bearer") + 1 :]
    claims = state.signer.verify(token, audience=state.resource, now=state.clock())
    if MANAGEMENT_SCOPE not in str(claims.get("scope", "")).split():
        raise RequestError(403, "auth.forbidden")
