"""What Logto says of itself under /oidc (`oidc.discovery`, `oidc.jwks`)."""

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

# The base point of P-384 (SEC 2, section 2.5.1): a reader of the key asks for a point of the curve.
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
    """Return a key set of the right form; the sandbox's tokens cannot be checked with it (see tokens.py)."""
    key = {"kty": "EC", "use": "sig", "kid": kid, "alg": "ES384", "crv": "P-384", "x": _X, "y": _Y}
    return {"keys": [key]}
