"""Single parts of the kit: error codes, advice, changed fields, kinds of keys, and work that is done concurrently."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio
import pytest
from pydantic import SecretStr

from orgsdk.domain import UNSET, Capability, Role, UserChanges
from orgsdk.errors import APIError, ConfigurationError, ConflictError, NotFoundError, ServerError, UnsupportedError
from orgsdk.providers import http
from orgsdk.providers.settings import check_key_prefix
from orgsdk.responses import Headers
from orgsdk.transport import Response

if TYPE_CHECKING:
    from collections.abc import Mapping

CODES = http.ErrorCodes(
    {"taken": ConflictError},
    texts={"taken": "the name is taken."},
    known={"no_role"},
    explanations={401: "use another key."},
    own="message",
    inner="errors",
)


def response(body: bytes, media_type: str = "application/json", status: int = 400) -> Response:
    return Response(status=status, headers=Headers((("content-type", media_type),)), content=body)


@pytest.mark.parametrize(
    ("body", "message", "code", "kind", "known", "details"),
    [
        (b'{"message":"no","code":"taken"}', "the name is taken.", "taken", ConflictError, True, None),
        (
            b'{"message":"no","code":"bad","errors":[{"code":"x"},{"code":"taken","field":"name"}]}',
            "the name is taken.",
            "taken",
            ConflictError,
            True,
            "x; name: taken",
        ),
        (b'{"message":"no","code":"no_role"}', "no", "no_role", None, True, None),
        (b'{"message":"no","code":"other","errors":"x"}', "no", "other", None, False, None),
        (b"{}", "answered 400 without an explanation", None, None, False, None),
    ],
)
def test_a_code_chooses_the_exception(
    body: bytes, message: str, code: str | None, kind: type[APIError] | None, known: bool, details: str | None
) -> None:
    problem = CODES.read(response(body))
    assert (problem.message, problem.code, problem.kind, problem.has_known_code, problem.details) == (
        message,
        code,
        kind,
        known,
        details,
    )


@pytest.mark.parametrize(
    ("body", "media_type", "is_own"),
    [
        (b'{"message":"no"}', "application/json", True),
        (b'{"message":"no","code":"gone"}', "application/json", True),
        (b'{"message":"no","code":"Bearer sk_1 sk_1"}', "application/json", False),
        (b'{"message":"no"}', "text/plain", False),
        (b'{"error":"no"}', "application/json", False),
        (b"<html>", "text/html", False),
    ],
)
def test_an_error_without_the_own_member_may_come_from_a_gateway(body: bytes, media_type: str, is_own: bool) -> None:
    assert CODES.read(response(body, media_type, 404)).is_own is is_own


def test_a_status_is_explained() -> None:
    assert CODES.read(response(b'{"message":"no"}', status=401)).message == "no: use another key."


def test_the_usual_advice_names_the_provider_and_commands() -> None:
    advice = http.usual_advice("Acme", Capability.USERS_QUERY, Capability.TOTAL)
    assert advice[Capability.TOTAL] == "Acme reports no totals: count the items of the list."
    assert getattr(advice[Capability.USERS_QUERY], "command", None) == (
        "Acme has no search for users: use orgsdk users find --email."
    )
    with pytest.raises(KeyError):
        http.usual_advice("Acme", Capability.USERS_LIST)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (UserChanges(), {}),
        (UserChanges(name="Ada", email=UNSET), {"title": "Ada"}),
        (UserChanges(name=None), {"title": None}),
    ],
)
def test_only_the_fields_that_change_are_sent(changes: UserChanges, expected: Mapping[str, object]) -> None:
    names = {"name": "title", "email": "mail"}
    assert http.changed_fields(changes, names, provider="acme", can_clear={"name"}) == expected
    with pytest.raises(UnsupportedError, match="acme does not offer an empty email"):
        http.changed_fields(UserChanges(email=None), names, provider="acme", can_clear={"name"})


def test_a_key_of_another_kind_is_named_and_not_shown() -> None:
    kinds = {"pk_": "a publishable key"}
    check_key_prefix(SecretStr("sk_1a2b3c"), "Acme's key", "sk_", kinds)
    for key, kind in (("pk_1a2b3c", "a publishable key"), ("1a2b3c", "of another kind")):
        with pytest.raises(ConfigurationError, match=f"Acme's key is {kind}: pass an API key") as caught:
            check_key_prefix(SecretStr(key), "Acme's key", "sk_", kinds)
        assert "1a2b3c" not in str(caught.value)


def test_an_id_is_chosen_before_a_name() -> None:
    roles = [Role(id="1", name="cook"), Role(id="2", name="1")]
    assert http.choose("1", roles, provider="acme", operation="list").name == "cook"
    assert http.choose("cook", roles, provider="acme", operation="list").id == "1"
    with pytest.raises(NotFoundError, match=r"unknown scope 'kook'. Did you mean 'cook'"):
        http.choose("kook", roles, provider="acme", operation="list", noun="scope")


@pytest.mark.anyio
@pytest.mark.parametrize("readable", [True, False])
async def test_a_lost_change_that_is_not_seen_stays_lost(*, readable: bool) -> None:
    lost = ServerError("busy", provider="acme", operation="accept", status_code=503)

    async def change() -> str:
        raise lost

    async def read() -> str:
        if readable:
            return "pending"
        raise NotFoundError("gone", provider="acme", operation="get")

    with pytest.raises(ServerError) as caught:
        await http.change_or_reread(change, read, lambda state: state == "accepted")
    assert caught.value is lost


@pytest.mark.anyio
async def test_a_refused_change_is_not_read_again() -> None:
    async def change() -> str:
        raise ConflictError("no", provider="acme", operation="accept", status_code=409)

    async def read() -> str:
        raise AssertionError("it was refused")

    with pytest.raises(ConflictError):
        await http.change_or_reread(change, read, lambda _: True)


@pytest.mark.anyio
async def test_after_an_error_no_further_work_starts_and_the_rest_is_finished() -> None:
    started: list[int] = []
    finished: list[int] = []
    failed = anyio.Event()

    async def work(number: int) -> None:
        started.append(number)
        if number == 2:
            failed.set()
            raise ConflictError("two", provider="acme", operation="work")
        await failed.wait()
        if number == 0:
            raise ConflictError("zero", provider="acme", operation="work")
        finished.append(number)

    errors = await http.run_concurrently(range(50), work, limit=4)
    assert [getattr(error, "message", None) for error in errors] == ["zero", "two"]
    assert sorted(started) == [0, 1, 2, 3]
    assert sorted(finished) == [1, 3]


@pytest.mark.anyio
async def test_no_work_is_no_error() -> None:
    async def work(number: int) -> None:
        raise AssertionError(number)

    assert await http.run_concurrently([], work) == []
