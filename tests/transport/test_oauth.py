"""Token sources: the exact request to the token endpoint, its responses, and no secret in an error."""

from __future__ import annotations

import base64
import pickle
import traceback
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import anyio
import anyio.lowlevel
import pytest
from pydantic import SecretStr

from orgsdk.errors import (
    APIError,
    AuthenticationError,
    BadRequestError,
    ConfigurationError,
    DecodeError,
    NotFoundError,
    NotSentError,
    OrgError,
    RateLimitError,
    ServerError,
)
from orgsdk.transport import (
    BearerToken,
    ClientCredentials,
    Headers,
    RefreshToken,
    Request,
    Response,
    Safety,
    TokenFromCallable,
    check_secret,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from orgsdk.transport.token_cache import TokenSource

pytestmark = pytest.mark.anyio

SECRET = "s3cret/+%:"


def _asynchronous(returned: Any) -> Callable[[], Awaitable[Any]]:
    async def ask() -> Any:
        return returned

    return ask


def token(name: str = "one", more: str = ', "expires_in": 3600') -> bytes:
    return f'{{"access_token": "{name}", "token_type": "Bearer"{more}}}'.encode()


@dataclass
class Endpoint:
    """A token endpoint that returns the responses in order, and records the requests."""

    responses: list[bytes | OrgError]
    requested: list[tuple[Request, str]] = field(default_factory=list)

    async def __call__(self, request: Request, authorization: SecretStr | None) -> Response:
        assert authorization is not None
        self.requested.append((request, authorization.get_secret_value()))
        await anyio.lowlevel.checkpoint()
        answer = self.responses[len(self.requested) - 1]
        if isinstance(answer, OrgError):
            raise answer
        return Response(200, Headers(), answer)


PARAMETERS = {"resource": "https://default.logto.app/api", "scope": "all"}


def credentials() -> ClientCredentials:
    return ClientCredentials(("app:1", SecretStr(SECRET)), path="/oidc/token", parameters=PARAMETERS)


async def header(source: TokenSource, endpoint: Endpoint) -> str:
    return (await source.obtain(endpoint)).header.get_secret_value()


async def test_a_fixed_token_needs_no_request() -> None:
    auth, endpoint = BearerToken(SecretStr("t0ken")), Endpoint([])
    signed = await auth.header(endpoint)
    assert signed.get_secret_value() == "Bearer t0ken"
    auth.accept(signed)
    assert not auth.reject(signed)
    assert endpoint.requested == []


async def test_id_and_secret_are_form_encoded_in_the_header() -> None:
    endpoint = Endpoint([token()])
    assert await header(credentials(), endpoint) == "Bearer one"
    ((request, authorization),) = endpoint.requested
    assert authorization == "Basic " + base64.b64encode(b"app%3A1:s3cret%2F%2B%25%3A").decode()
    assert (request.method, request.target, request.content_type) == (
        "POST",
        "/oidc/token",
        "application/x-www-form-urlencoded",
    )
    assert request.body == b"grant_type=client_credentials&resource=https%3A%2F%2Fdefault.logto.app%2Fapi&scope=all"
    assert request.safety is Safety.IDEMPOTENT


def api_error(status: int | None, kind: type[APIError]) -> APIError:
    parts = {"code": "oidc.invalid_client", "request_id": "r1", "details": "d"}
    return kind("invalid client", provider="acme", operation="token", status_code=status, **parts)


@pytest.mark.parametrize(
    "rejection",
    [api_error(400, BadRequestError), api_error(401, AuthenticationError), api_error(404, NotFoundError)],
    ids=["unknown client", "wrong secret", "no such endpoint"],
)
async def test_a_rejected_sign_in_is_one_error_without_the_secret(rejection: APIError) -> None:
    endpoint = Endpoint([rejection, token()])
    source = credentials()
    with pytest.raises(AuthenticationError, match=r"acme token .*sign-in was refused: invalid client") as caught:
        await source.obtain(endpoint)
    error = caught.value
    assert (error.status_code, error.code, error.request_id, error.details) == (
        rejection.status_code,
        "oidc.invalid_client",
        "r1",
        "d",
    )
    encoded = endpoint.requested[0][1].removeprefix("Basic ")
    shown = f"{error} {error!r} {pickle.dumps(error)!r} {''.join(traceback.format_exception(error))} {source!r}"
    assert SECRET not in shown
    assert encoded not in shown


@pytest.mark.parametrize(
    "failure",
    [
        api_error(500, ServerError),
        api_error(503, ServerError),
        *(api_error(status, ServerError) for status in (408, 421, 425)),
        api_error(429, RateLimitError),
        api_error(None, APIError),
        NotSentError("refused", provider="acme", operation="token"),
    ],
)
async def test_a_token_endpoint_that_is_down_has_not_rejected_the_sign_in(failure: OrgError) -> None:
    endpoint = Endpoint([failure])
    with pytest.raises(type(failure)) as caught:
        await credentials().obtain(endpoint)
    assert caught.value is failure


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"<html>",
        b"[]",
        b"{}",
        b'{"access_token": null}',
        b'{"access_token": 5, "other": "t0ken"}',
        b'{"access_token": ["t0ken"]}',
        b'["access_token", "t0ken"]',
        b'{"access_token": "t0ken"',
        b'{"access_token": "t0ken\\ud83d"}',
        b"[" * 100_000,
        b'{"access_token": ""}',
        b'{"access_token": "t0ken\\r\\nx: y"}',
        b'{"access_token": "t0ken\\u00e9"}',
    ],
)
async def test_a_response_without_a_usable_token_is_reported_without_showing_it(answer: bytes) -> None:
    endpoint = Endpoint([answer])
    with pytest.raises(DecodeError, match="returned no token") as caught:
        await credentials().obtain(endpoint)
    assert "t0ken" not in "".join(traceback.format_exception(caught.value))
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)


@pytest.mark.parametrize(
    ("value", "expires_in"),
    [
        ("3600", 3600),
        ("0.5", 0.5),
        ('"100"', 100),
        ('"1.5"', 1.5),
        ("0", 0),
        ('"0"', 0),
        ("-5", -5),
        ("1e300", 1e300),
        ("1" + "0" * 30, 1e30),
        *(
            (value, None)
            for value in ("null", '""', '" "', '"soon"', "[]", "{}", "NaN", '"nan"', "Infinity", "-Infinity")
        ),
        *((value, None) for value in ("1e999", "9" * 5000, f'"{"9" * 5000}"', "true", "false", "[3600]")),
    ],
    ids=lambda value: str(value)[:20],
)
async def test_a_token_has_its_lifetime_and_is_used_whatever_its_lifetime_is(
    value: str, expires_in: float | None
) -> None:
    found = await credentials().obtain(Endpoint([token("one", f', "expires_in": {value}')]))
    assert (found.header.get_secret_value(), found.expires_in) == ("Bearer one", expires_in)


async def test_a_token_without_a_lifetime_is_used() -> None:
    found = await credentials().obtain(Endpoint([token("one", "")]))
    assert (found.header.get_secret_value(), found.expires_in) == ("Bearer one", None)


@pytest.mark.parametrize("value", ["null", '""', "5", '["r1"]', '"r\\n1"', '"\\ud83d"'])
async def test_an_odd_refresh_token_does_not_replace_the_old_one(value: str) -> None:
    store = Store()
    endpoint = Endpoint([token("one", f', "refresh_token": {value}'), token("two")])
    source = store.source()
    assert [await header(source, endpoint) for _ in range(2)] == ["Bearer one", "Bearer two"]
    assert store.pairs == [("one", "r/0"), ("two", "r/0")]


async def test_credentials_from_a_callable_are_fetched_for_each_token() -> None:
    secrets = iter(["first", "second"])

    async def ask() -> tuple[str, SecretStr]:
        return "app", SecretStr(next(secrets))

    endpoint = Endpoint([token(), token()])
    source = ClientCredentials(ask, path="/oidc/token", parameters={})
    assert not source.rejection_is_final, "the next pair may be right"
    for _ in range(2):
        await source.obtain(endpoint)
    sent = [base64.b64decode(header.removeprefix("Basic ")) for _, header in endpoint.requested]
    assert sent == [b"app:first", b"app:second"]
    assert credentials().rejection_is_final


@pytest.mark.parametrize(
    "ask",
    [lambda: ("app", SecretStr("s")), lambda: ["app", "s"], _asynchronous(("app", "s"))],
    ids=["plain", "list", "async"],
)
async def test_credentials_may_come_from_a_plain_function(ask: Any) -> None:
    endpoint = Endpoint([token()])
    await ClientCredentials(ask, path="/oidc/token", parameters={}).obtain(endpoint)
    assert endpoint.requested[0][1] == "Basic " + base64.b64encode(b"app:s").decode()


@pytest.mark.parametrize(
    "returned",
    [None, "app:s3cret", ("app",), ("app", None), ("app", "s3cret", 1), (5, "s3cret"), ("", "s3cret")],
    ids=repr,
)
@pytest.mark.parametrize("is_async", [False, True])
async def test_a_function_that_returns_no_credentials_is_reported(returned: Any, is_async: bool) -> None:
    ask = _asynchronous(returned) if is_async else lambda: returned
    message = r"^(The function of the credentials returned no pair of a client id and a secret\.|client id is empty\.)$"
    with pytest.raises(ConfigurationError, match=message) as caught:
        await ClientCredentials(ask, path="/oidc/token", parameters={}).obtain(Endpoint([]))
    assert "s3cret" not in str(caught.value)


async def test_a_secret_of_a_function_that_no_header_can_hold_is_named() -> None:
    source = ClientCredentials(lambda: ("app", SecretStr("")), path="/oidc/token", parameters={})
    with pytest.raises(ConfigurationError, match=r"^client secret is empty\.$"):
        await source.obtain(Endpoint([]))


@pytest.mark.parametrize("given", ["t0ken", SecretStr("t0ken")])
@pytest.mark.parametrize("is_async", [False, True])
async def test_a_token_may_come_from_a_callable(given: str | SecretStr, is_async: bool) -> None:
    source = TokenFromCallable(_asynchronous(given) if is_async else lambda: given, setting="Acme's token")
    found = await source.obtain(Endpoint([]))
    assert (found.header.get_secret_value(), found.expires_in) == ("Bearer t0ken", None)
    assert not source.rejection_is_final


@pytest.mark.parametrize("returned", [None, b"t0ken", 5, ["t0ken"], {"access_token": "t0ken"}], ids=repr)
@pytest.mark.parametrize("is_async", [False, True])
async def test_a_callable_that_returns_no_token_is_reported_without_showing_it(returned: Any, is_async: bool) -> None:
    ask = _asynchronous(returned) if is_async else lambda: returned
    with pytest.raises(
        ConfigurationError, match=r"^Acme's token: the function returned no token but a value of "
    ) as caught:
        await TokenFromCallable(ask, setting="Acme's token").obtain(Endpoint([]))
    assert "t0ken" not in str(caught.value)


@pytest.mark.parametrize("returned", ["", SecretStr(""), "two words"], ids=repr)
async def test_an_empty_or_broken_token_of_a_callable_is_reported(returned: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"^Acme's token (is empty|has a space)"):
        await TokenFromCallable(lambda: returned, setting="Acme's token").obtain(Endpoint([]))


async def test_an_invalid_token_of_a_callable_is_reported_without_showing_it() -> None:
    async def ask() -> str:
        return "t0ken\r\nx: y"

    with pytest.raises(ConfigurationError, match=r"^Acme's token has") as caught:
        await TokenFromCallable(ask, setting="Acme's token").obtain(Endpoint([]))
    assert "t0ken" not in str(caught.value)


@dataclass
class Store:
    """The caller's store of token pairs."""

    pairs: list[tuple[str, str]] = field(default_factory=list)
    pause: float = 0.0
    called: anyio.Event = field(default_factory=anyio.Event)

    async def take(self, access: SecretStr, refresh: SecretStr) -> None:
        self.called.set()
        await anyio.sleep(self.pause)
        self.pairs.append((access.get_secret_value(), refresh.get_secret_value()))

    def source(self) -> RefreshToken:
        return RefreshToken(
            SecretStr("r/0"), client_id="app", client_secret=SecretStr(SECRET), path="/token", on_tokens=self.take
        )


async def test_a_refresh_token_is_rotated_and_each_pair_passed_to_the_caller() -> None:
    store = Store()
    endpoint = Endpoint(
        [token("one", ', "refresh_token": "r1", "expires_in": 60'), token("two"), token("three", ', "x": 1')]
    )
    source = store.source()
    assert [await header(source, endpoint) for _ in range(3)] == ["Bearer one", "Bearer two", "Bearer three"]
    # A refresh token that is not rotated stays valid.
    assert store.pairs == [("one", "r1"), ("two", "r1"), ("three", "r1")]
    assert [request.body for request, _ in endpoint.requested] == [
        b"grant_type=refresh_token&refresh_token=r%2F0",
        b"grant_type=refresh_token&refresh_token=r1",
        b"grant_type=refresh_token&refresh_token=r1",
    ]
    assert source.rejection_is_final


async def test_a_new_pair_reaches_the_caller_even_if_the_call_is_cancelled() -> None:
    store = Store(pause=0.05)
    with anyio.CancelScope() as scope:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(store.source().obtain, Endpoint([token("one", ', "refresh_token": "r1"')]))
            await store.called.wait()
            scope.cancel()
    assert store.pairs == [("one", "r1")]


async def test_a_plain_function_stores_the_pairs() -> None:
    pairs: list[tuple[str, str]] = []

    def store(access: SecretStr, refresh: SecretStr) -> None:
        pairs.append((access.get_secret_value(), refresh.get_secret_value()))

    source = RefreshToken(
        SecretStr("r/0"), client_id="app", client_secret=SecretStr(SECRET), path="/token", on_tokens=store
    )
    assert await header(source, Endpoint([token("one", ', "refresh_token": "r1"')])) == "Bearer one"
    assert pairs == [("one", "r1")]


@pytest.mark.parametrize("value", ["t0ken", SecretStr("t0ken"), "!~"])
def test_a_secret_becomes_a_secret_str(value: str | SecretStr) -> None:
    secret = check_secret(value, "token")
    assert isinstance(secret, SecretStr)
    assert secret.get_secret_value() in {"t0ken", "!~"}
    assert "t0ken" not in repr(secret)


@pytest.mark.parametrize("value", ["", "t0ken ", " t0ken", "t0ken\n", "t0\tken", "t0ken\0", "t0kené", "t0\x7fken"])
def test_a_secret_that_no_header_can_hold_is_rejected_without_showing_it(value: str) -> None:
    with pytest.raises(ConfigurationError, match=r"^Acme's token ") as caught:
        check_secret(value, "Acme's token")
    assert "t0" not in str(caught.value)


async def test_an_exchange_whose_scope_is_cancelled_already_runs_to_its_end() -> None:
    store = Store()
    with anyio.CancelScope() as scope:
        scope.cancel()
        await store.source().obtain(Endpoint([token("one", ', "refresh_token": "r1"')]))
    assert store.pairs == [("one", "r1")]


async def test_a_source_holds_no_header_before_its_first_request() -> None:
    source = credentials()
    assert tuple(source.secrets()) == ()
    await header(source, Endpoint([token()]))
    assert [secret.get_secret_value()[:6] for secret in source.secrets()] == ["Basic "]


def test_functions_that_cannot_be_called_are_named() -> None:
    def take(first: str, second: str, third: str) -> None: ...

    wrong: Any = take
    with pytest.raises(ConfigurationError, match="credentials cannot be called as it will be"):
        ClientCredentials(wrong, path="/token", parameters={})
    with pytest.raises(ConfigurationError, match="pass a function of the access token and the refresh token"):
        RefreshToken(SecretStr("r"), client_id="c", client_secret=SecretStr("s"), path="/token", on_tokens=wrong)


@pytest.mark.parametrize(
    ("value", "problem"), [(None, "TOKEN is not set"), (5, "TOKEN is not a string"), ("", "TOKEN is empty")]
)
def test_a_secret_of_a_wrong_type_is_named(value: Any, problem: str) -> None:
    with pytest.raises(ConfigurationError, match=f"^{problem}"):
        check_secret(value, "TOKEN")


def test_a_coroutine_instead_of_a_secret_is_named_and_closed() -> None:
    async def fetch() -> str:
        return "t"

    coroutine: Any = fetch()
    with pytest.raises(ConfigurationError, match="TOKEN is a coroutine: pass the function itself"):
        check_secret(coroutine, "TOKEN")
