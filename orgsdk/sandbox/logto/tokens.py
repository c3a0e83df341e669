"""Access tokens: sign and verify them (facts/logto.md section 1).

They have the form of JWTs and are verified without a lookup, so the token of a deleted application stays valid. Logto
signs with ES384. The sandbox uses no cryptography package and signs with a random key of the process, so that nobody
can guess a token and only this process can verify one.
"""

import base64
import binascii
import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from typing import cast

from orgsdk.sandbox.logto.errors import RequestError
from orgsdk.sandbox.logto.wire import encode

Claims = Mapping[str, object]


def b64url(data: bytes) -> str:
    """Return base64url without padding."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


class TokenSigner:
    """Sign and verify tokens."""

    __slots__ = ("_key", "kid")

    def __init__(self) -> None:
        self._key = secrets.token_bytes(48)
        self.kid: str = secrets.token_urlsafe(32)

    def sign(self, claims: Claims) -> str:
        """Return a token with these claims."""
        header = {"alg": "ES384", "typ": "at+jwt", "kid": self.kid}
        signed = f"{b64url(encode(header))}.{b64url(encode(claims))}"
        return f"{signed}.{self._signature(signed)}"

    def verify(self, token: str, *, audience: str, now: float) -> Claims:
        """Verify form, key, signature, audience and expiry, in this order.

        Args:
            token: The token.
            audience: Required audience.
            now: Current time in epoch seconds.

        Returns:
            The claims.

        Raises:
            RequestError: 401; only its `data.code` differs between the reasons (facts/logto.md section 2).
        """
        signed, _, signature = token.rpartition(".")
        header, _, payload = signed.partition(".")
        decoded_header = _decode(header)
        if decoded_header is None:
            raise _unauthorized("ERR_JWS_INVALID", "JWSInvalid")
        if "kid" not in decoded_header:
            raise _unauthorized("ERR_JWKS_MULTIPLE_MATCHING_KEYS", "JWKSMultipleMatchingKeys")
        if decoded_header["kid"] != self.kid:
            raise _unauthorized("ERR_JWKS_NO_MATCHING_KEY", "JWKSNoMatchingKey")
        claims = _decode(payload)
        if claims is None or not hmac.compare_digest(signature.encode(), self._signature(signed).encode()):
            raise _unauthorized("ERR_JWS_SIGNATURE_VERIFICATION_FAILED", "JWSSignatureVerificationFailed")
        if claims["aud"] != audience:
            raise _claim_failed("ERR_JWT_CLAIM_VALIDATION_FAILED", "JWTClaimValidationFailed", "aud", claims)
        if cast("int", claims["exp"]) <= now:
            raise _claim_failed("ERR_JWT_EXPIRED", "JWTExpired", "exp", claims)
        return claims

    def _signature(self, signed: str) -> str:
        # Two digests, because an ES384 signature has 96 bytes.
        halves = (hmac.digest(self._key, f"{half}{signed}".encode(), hashlib.sha384) for half in "rs")
        return b64url(b"".join(halves))


def _decode(part: str) -> dict[str, object] | None:
    try:
        value: object = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (ValueError, binascii.Error, RecursionError):
        return None
    return cast("dict[str, object]", value) if isinstance(value, dict) else None


def _unauthorized(code: str, name: str) -> RequestError:
    return RequestError(401, "auth.unauthorized", data={"code": code, "name": name})


def _claim_failed(code: str, name: str, claim: str, claims: Claims) -> RequestError:
    """Return the 401 that contains the claims of the token."""
    data = {"code": code, "name": name, "claim": claim, "reason": "check_failed", "payload": claims}
    return RequestError(401, "auth.unauthorized", data=data)
