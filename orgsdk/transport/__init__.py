"""The way to a provider over HTTP. An HTTP library is imported here and nowhere else."""

from orgsdk.transport.auth import BearerToken, ClientCredentials, RefreshToken, TokenFromCallable, check_secret
from orgsdk.transport.base_url import check_base_url
from orgsdk.transport.failure import Problem, epoch_time
from orgsdk.transport.limiter import DEFAULT_CONCURRENCY
from orgsdk.transport.link import parse_links
from orgsdk.transport.lost import create_once
from orgsdk.transport.paths import IdAlphabet, fill
from orgsdk.transport.request import Headers, Request, Response, Safety
from orgsdk.transport.token_cache import TokenCache
from orgsdk.transport.transport import Transport

__all__ = [
    "DEFAULT_CONCURRENCY",
    "BearerToken",
    "ClientCredentials",
    "Headers",
    "IdAlphabet",
    "Problem",
    "RefreshToken",
    "Request",
    "Response",
    "Safety",
    "TokenCache",
    "TokenFromCallable",
    "Transport",
    "check_base_url",
    "check_secret",
    "create_once",
    "epoch_time",
    "fill",
    "parse_links",
]
