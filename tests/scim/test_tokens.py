"""Bearer tokens, over SQLite and PostgreSQL."""

from __future__ import annotations

import ast
import inspect
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from orgsdk import InvalidArgumentError
from orgsdk.scim import Database, TokenStore, tokens as tokens_module

if TYPE_CHECKING:
    from orgsdk.scim.tables import Row

pytestmark = pytest.mark.anyio


class Clock:
    now = datetime(2026, 5, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def tokens(database: Database, clock: Clock) -> TokenStore:
    return TokenStore(database, clock=clock)


async def test_a_token_opens_its_tenant(tokens: TokenStore, clock: Clock) -> None:
    token_id, token = await tokens.create("acme")
    record = await tokens.verify(token.get_secret_value())
    assert record is not None
    assert (record.id, record.tenant, record.scopes, record.created) == (token_id, "acme", ("read", "write"), clock.now)
    assert token_id in token.get_secret_value()
    assert len(token.get_secret_value().rpartition(f"{token_id}_")[2]) == 43  # 256 bits in base64


async def test_only_the_digest_is_stored_and_no_text_shows_the_token(database: Database, tokens: TokenStore) -> None:
    _, token = await tokens.create("acme")
    text = token.get_secret_value()
    record = await tokens.verify(text)

    def rows(session: object) -> list[Row]:
        found: list[Row] = session.execute("SELECT * FROM scim_tokens")  # type: ignore[attr-defined]  # a session
        return found

    secret = text.rpartition("_")[2]
    for shown in (await database.read(rows), record, await tokens.list(), tokens):
        assert secret not in repr(shown)


async def test_any_other_text_opens_nothing(tokens: TokenStore) -> None:
    _, token = await tokens.create("acme")
    _, other = await tokens.create("other")
    text = token.get_secret_value()
    mixed = f"{text[:-43]}{other.get_secret_value()[-43:]}"
    for wrong in (
        "",
        "x",
        text[:-1],
        f"{text}x",
        text.upper(),
        f" {text}",
        mixed,
        f"{text}\n",
        "\ud800",
        "x" * 100_000,
    ):
        assert await tokens.verify(wrong) is None
    assert all(record.last_used is None for record in await tokens.list())


async def test_an_expired_token_opens_nothing(tokens: TokenStore, clock: Clock) -> None:
    _, token = await tokens.create("acme", expires=timedelta(hours=1))
    clock.now += timedelta(minutes=59, seconds=59)
    assert await tokens.verify(token.get_secret_value()) is not None
    clock.now += timedelta(seconds=1)
    assert await tokens.verify(token.get_secret_value()) is None


async def test_tokens_rotate_without_a_gap(tokens: TokenStore, clock: Clock) -> None:
    old_id, old = await tokens.create("acme")
    _, new = await tokens.create("acme")
    assert await tokens.verify(old.get_secret_value()) is not None
    revoked = await tokens.revoke(old_id)
    clock.now += timedelta(days=1)
    assert (await tokens.revoke(old_id)).revoked == revoked.revoked == clock.now - timedelta(days=1)
    assert await tokens.verify(old.get_secret_value()) is None
    assert await tokens.verify(new.get_secret_value()) is not None


async def test_the_last_use_is_written_at_most_once_a_minute(tokens: TokenStore, clock: Clock) -> None:
    _, token = await tokens.create("acme")
    await tokens.create("other")
    start = clock.now
    for seconds, written in ((0, 0), (59, 0), (60, 60), (119, 60)):
        clock.now = start + timedelta(seconds=seconds)
        await tokens.verify(token.get_secret_value())
        (record,) = await tokens.list("acme")
        assert record.last_used == start + timedelta(seconds=written)
    assert len(await tokens.list()) == 2


async def test_wrong_arguments_are_named(tokens: TokenStore) -> None:
    with pytest.raises(InvalidArgumentError, match="tenant is empty"):
        await tokens.create("")
    with pytest.raises(InvalidArgumentError, match="expires is not in the future"):
        await tokens.create("acme", expires=timedelta(0))
    with pytest.raises(InvalidArgumentError, match="expires is after the year 9999"):
        await tokens.create("acme", expires=timedelta.max)
    for scopes in ((), ("admin",)):
        with pytest.raises(InvalidArgumentError, match="scopes are not read and write"):
            await tokens.create("acme", scopes=scopes)  # type: ignore[arg-type]  # a caller without types
    for unknown in ("0" * 16, "\0"):
        with pytest.raises(InvalidArgumentError, match="token_id names no token"):
            await tokens.revoke(unknown)


def test_digests_are_compared_in_constant_time_alone() -> None:
    """No `==` touches a digest: every comparison of one is `hmac.compare_digest`."""
    tree = ast.parse(inspect.getsource(tokens_module))
    names = [ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Compare)]
    assert not [name for name in names if "digest" in name or "stored" in name]
    assert "hmac.compare_digest(stored, digest)" in [ast.unparse(node) for node in ast.walk(tree)]
