"""Transport: what a provider over HTTP needs to send requests. No other package imports an HTTP library.

The names below are public: authors of providers may rely on them. Everything else in this package is private to orgsdk.

A provider creates one `Transport`, describes each call as a `Request` (with `build_path` and an `IdAlphabet` for ids,
and a `Safety` that states what may be retried), and reads the `Response`. Credentials are a `BearerToken`, or a
`TokenCache` of `ClientCredentials`, `RefreshToken` or `TokenFromCallable`. A `ProviderProblem` describes an error
response, and `read_error_body` reads its text and code in the usual formats.
"""

from orgsdk.responses import Headers
from orgsdk.transport.auth import Auth, BearerToken, check_secret
from orgsdk.transport.backends.libraries import HTTPClient, HTTPLibrary
from orgsdk.transport.error_bodies import ErrorBody, read_error_body
from orgsdk.transport.errors import ProviderProblem
from orgsdk.transport.headers import parse_epoch_seconds, parse_links, read_rate_limit
from orgsdk.transport.oauth import ClientCredentials, RefreshToken, TokenFromCallable
from orgsdk.transport.pipeline import Transport
from orgsdk.transport.request import Request, Response, Safety, new_idempotency_key
from orgsdk.transport.throttle import DEFAULT_CONCURRENCY
from orgsdk.transport.token_cache import Token, TokenCache, TokenSource
from orgsdk.transport.urls import IdAlphabet, build_path, check_base_url

__all__ = [
    "DEFAULT_CONCURRENCY",
    "Auth",
    "BearerToken",
    "ClientCredentials",
    "ErrorBody",
    "HTTPClient",
    "HTTPLibrary",
    "Headers",
    "IdAlphabet",
    "ProviderProblem",
    "RefreshToken",
    "Request",
    "Response",
    "Safety",
    "Token",
    "TokenCache",
    "TokenFromCallable",
    "TokenSource",
    "Transport",
    "build_path",
    "check_base_url",
    "check_secret",
    "new_idempotency_key",
    "parse_epoch_seconds",
    "parse_links",
    "read_error_body",
    "read_rate_limit",
]
