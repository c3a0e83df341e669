"""The way to a provider over HTTP. An HTTP library is imported here and nowhere else."""

from orgsdk.transport.auth import BearerToken, ClientCredentials, check_secret
from orgsdk.transport.base_url import check_base_url
from orgsdk.transport.failure import Problem, epoch_time
from orgsdk.transport.limiter import DEFAULT_CONCURRENCY
from orgsdk.transport.link import parse_links
from orgsdk.transport.paths import IdAlphabet, fill
from orgsdk.transport.request import Headers, Request, Response, Safety
from orgsdk.transport.transport import DEFAULT_TIMEOUT, Transport

__all__ = [
    "DEFAULT_CONCURRENCY",
    "DEFAULT_TIMEOUT",
    "BearerToken",
    "ClientCredentials",
    "Headers",
    "IdAlphabet",
    "Problem",
    "Request",
    "Response",
    "Safety",
    "Transport",
    "check_base_url",
    "check_secret",
    "epoch_time",
    "fill",
    "parse_links",
]
