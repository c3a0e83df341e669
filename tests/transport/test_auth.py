"""Signing: exact bytes to the token endpoint, one token for everybody, and no secret in sight."""

from __future__ import annotations

import base64
import pickle
import traceback
from dataclasses import dataclass, field

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
from orgsdk.transport import BearerToken, ClientCredentials, Headers, Request, Response, Safety, check_secret

pytestmark = pytest.mark.anyio

SECRET = "s3cret/+%:"


def token(name: str = "one", more: str = ', "expires_in": 3600') -> bytes:
    return f'{{"access_token": "{name}", "token_type": "Bearer"{more}}}'.encode()


@dataclass
class Endpoint:
    """A token endpoint that gives one answer after the other, and notes what it was asked."""

    answers: list[bytes | OrgError]
    asked: list[tuple[Request, str]] = field(default_factory=list)
    now: float = 1000.0
    gate: anyio.Event | None = None

    async def __call__(self, request: Request, authorization: str) -> Response:
        self.asked.append((request, authorization))
        await (self.gate.wait() if self.gate else anyio.lowlevel.checkpoint())
        answer = self.answers[len(self.asked) - 1]
        if isinstance(answer, OrgError):
            raise answer
        return Response(200, Headers(), answer)

    def credentials(self) -> ClientCredentials:
        parameters = {"resource": "https://default.logto.app/api", "scope": "all"}
        return ClientCredentials(
            "app:1", SecretStr(SECRET), path="/oidc/token", parameters=parameters, clock=lambda: self.now
        )


async def header(credentials: ClientCredentials, endpoint: Endpoint) -> str:
    return (await credentials.header(endpoint)).get_secret_value()


async def test_a_fixed_token_signs_without_asking_anybody() -> None:
    auth, endpoint = BearerToken(SecretStr("t0ken")), Endpoint([])
    signed = await auth.header(endpoint)
    assert signed.get_secret_value() == "Bearer t0ken"
    assert not auth.reject(signed)
    assert endpoint.asked == []


async def test_id_and_secret_go_form_encoded_into_the_header_and_the_rest_into_the_form() -> None:
    endpoint = Endpoint([token()])
    assert await header(endpoint.credentials(), endpoint) == "Bearer one"
    ((request, authorization),) = endpoint.asked
    assert authorization == "Basic " + base64.b64encode(b"app%3A1:s3cret%2F%2B%25%3A").decode()
    assert (request.method, request.target, request.content_type) == (
        "POST",
        "/oidc/token",
        "application/x-www-form-urlencoded",
    )
    assert request.body == b"grant_type=client_credentials&resource=https%3A%2F%2Fdefault.logto.app%2Fapi&scope=all"
    assert request.safety is Safety.IDEMPOTENT


@pytest.mark.parametrize(
    ("more", "lifetime"),
    [
        (', "expires_in": 3600', 3540),
        (', "expires_in": 600', 540),
        (', "expires_in": 100', 90),
        (', "expires_in": "100"', 90),
        ("", 3540),
    ],
)
async def test_a_token_is_used_until_shortly_before_it_ends(more: str, lifetime: float) -> None:
    endpoint = Endpoint([token("one", more), token("two", more)])
    credentials = endpoint.credentials()
    assert await header(credentials, endpoint) == "Bearer one"
    endpoint.now += lifetime - 0.5
    assert await header(credentials, endpoint) == "Bearer one"
    endpoint.now += 0.5
    assert await header(credentials, endpoint) == "Bearer two"
    assert len(endpoint.asked) == 2


async def test_a_tokens_life_begins_when_it_was_asked_for() -> None:
    endpoint = Endpoint([token("one"), token("two")], gate=anyio.Event())
    credentials = endpoint.credentials()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(header, credentials, endpoint)
        await anyio.wait_all_tasks_blocked()
        endpoint.now += 30
        assert endpoint.gate
        endpoint.gate.set()
    endpoint.now += 3510
    assert await header(credentials, endpoint) == "Bearer two"


async def test_one_request_buys_the_token_for_all_who_wait() -> None:
    endpoint = Endpoint([token()])
    credentials, headers = endpoint.credentials(), list[str]()

    async def sign() -> None:
        headers.append(await header(credentials, endpoint))

    async with anyio.create_task_group() as tasks:
        for _ in range(20):
            tasks.start_soon(sign)
    assert headers == ["Bearer one"] * 20
    assert len(endpoint.asked) == 1


async def test_who_waits_gets_a_token_although_the_buyer_was_cancelled() -> None:
    endpoint = Endpoint([token("one"), token("two")], gate=anyio.Event())
    credentials, headers = endpoint.credentials(), list[str]()

    async def sign() -> None:
        headers.append(await header(credentials, endpoint))

    async with anyio.create_task_group() as waiting:
        async with anyio.create_task_group() as buying:
            buying.start_soon(sign)
            await anyio.wait_all_tasks_blocked()
            waiting.start_soon(sign)
            await anyio.wait_all_tasks_blocked()
            buying.cancel_scope.cancel()
        assert endpoint.gate
        endpoint.gate.set()
    assert headers == ["Bearer two"]


async def test_a_refused_token_is_forgotten_but_not_one_bought_since() -> None:
    endpoint = Endpoint([token("one"), token("two")])
    credentials = endpoint.credentials()
    first = await credentials.header(endpoint)
    assert credentials.reject(first)
    assert await header(credentials, endpoint) == "Bearer two"
    assert credentials.reject(first), "somebody else's refusal of the old token comes late"
    assert await header(credentials, endpoint) == "Bearer two"
    assert len(endpoint.asked) == 2


def api_error(status: int | None, kind: type[APIError]) -> APIError:
    parts = {"code": "oidc.invalid_client", "request_id": "r1", "details": "d"}
    return kind("invalid client", provider="acme", operation="token", status_code=status, **parts)


@pytest.mark.parametrize(
    "refusal",
    [api_error(400, BadRequestError), api_error(401, AuthenticationError), api_error(404, NotFoundError)],
    ids=["unknown client", "wrong secret", "no such endpoint"],
)
async def test_a_refused_sign_in_is_one_error_that_shows_no_secret(refusal: APIError) -> None:
    endpoint = Endpoint([refusal, token()])
    credentials = endpoint.credentials()
    with pytest.raises(AuthenticationError, match=r"acme token .*sign-in was refused: invalid client") as caught:
        await credentials.header(endpoint)
    error = caught.value
    assert (error.status_code, error.code, error.request_id, error.details) == (
        refusal.status_code,
        "oidc.invalid_client",
        "r1",
        "d",
    )
    encoded = endpoint.asked[0][1].removeprefix("Basic ")
    shown = f"{error} {error!r} {pickle.dumps(error)!r} {''.join(traceback.format_exception(error))} {credentials!r}"
    assert SECRET not in shown
    assert encoded not in shown
    assert await header(credentials, endpoint) == "Bearer one", "the next call tries again"


@pytest.mark.parametrize(
    "failure",
    [
        api_error(500, ServerError),
        api_error(503, ServerError),
        api_error(429, RateLimitError),
        api_error(None, APIError),
        NotSentError("refused", provider="acme", operation="token"),
    ],
)
async def test_a_token_endpoint_that_is_down_has_not_refused(failure: OrgError) -> None:
    endpoint = Endpoint([failure])
    with pytest.raises(type(failure)) as caught:
        await endpoint.credentials().header(endpoint)
    assert caught.value is failure


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"<html>",
        b"[]",
        b"{}",
        b'{"access_token": null}',
        b'{"access_token": "t0ken", "expires_in": "soon"}',
        b'{"access_token": ""}',
        b'{"access_token": "t0ken\\r\\nx: y"}',
        b'{"access_token": "t0ken\\u00e9"}',
    ],
)
async def test_an_answer_without_a_usable_token_is_told_without_showing_it(answer: bytes) -> None:
    endpoint = Endpoint([answer])
    with pytest.raises(DecodeError, match="gave no token") as caught:
        await endpoint.credentials().header(endpoint)
    assert "t0ken" not in "".join(traceback.format_exception(caught.value))
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)


@pytest.mark.parametrize("value", ["t0ken", SecretStr("t0ken"), "!~"])
def test_a_secret_is_wrapped(value: str | SecretStr) -> None:
    secret = check_secret(value, "token")
    assert isinstance(secret, SecretStr)
    assert secret.get_secret_value() in {"t0ken", "!~"}
    assert "t0ken" not in repr(secret)


@pytest.mark.parametrize("value", ["", "t0ken ", " t0ken", "t0ken\n", "t0\tken", "t0ken\0", "t0kené", "t0\x7fken"])
def test_what_cannot_stand_in_a_header_is_refused_without_showing_it(value: str) -> None:
    with pytest.raises(ConfigurationError, match=r"^Acme's token ") as caught:
        check_secret(value, "Acme's token")
    assert "t0" not in str(caught.value)
