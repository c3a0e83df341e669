"""The way to a provider over HTTP. An HTTP library is imported here and nowhere else."""

from orgsdk.transport.auth import BearerToken, ClientCredentials, RefreshToken, TokenFromCallable, check_secret
from orgsdk.transport.errors import ProviderProblem, parse_epoch_seconds
from orgsdk.transport.link import parse_links
from orgsdk.transport.pipeline import Transport
from orgsdk.transport.request import Headers, Request, Response, Safety
from orgsdk.transport.throttle import DEFAULT_CONCURRENCY
from orgsdk.transport.token_cache import TokenCache
from orgsdk.transport.urls import IdAlphabet, build_path, check_base_url

__all__ = [
    "DEFAULT_CONCURRENCY",
    "BearerToken",
    "ClientCredentials",
    "Headers",
    "IdAlphabet",
    "ProviderProblem",
    "RefreshToken",
    "Request",
    "Response",
    "Safety",
    "TokenCache",
    "TokenFromCallable",
    "Transport",
    "build_path",
    "check_base_url",
    "check_secret",
    "parse_epoch_seconds",
    "parse_links",
]
