"""Checks that no repr, error or log line shows a secret or an email address."""

from __future__ import annotations

import logging
import pickle
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, cast

from pydantic import SecretStr

from orgsdk.domain import Capability
from orgsdk.errors import ConflictError, NotFoundError, OrgError, UnsupportedError
from orgsdk.testing.conformance.check import NotApplicableError, check, expect, expect_error
from orgsdk.testing.conformance.context import OPERATION_CLASSES, operations_of

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator

    from orgsdk.testing.conformance.context import CheckContext

_SECRET_NAME = re.compile(r"token|secret|password|passwd|api_?key|credential", re.IGNORECASE)
_MIN_LENGTH = 6  # a shorter text stands anywhere by chance
_MAX_DEPTH = 6


def find_secrets(root: object) -> list[str]:
    """Give the texts that an object holds as a `SecretStr`, or under a name that says so."""
    return sorted({text for text in _walk(root, "", set(), 0) if len(text) >= _MIN_LENGTH})


def _walk(found: object, name: str, seen: set[int], depth: int) -> Iterator[str]:
    if isinstance(found, SecretStr):
        yield found.get_secret_value()
    elif isinstance(found, str):
        if _SECRET_NAME.search(name) and "://" not in found and "/" not in found:
            yield found
    elif depth < _MAX_DEPTH and id(found) not in seen and not isinstance(found, type):
        seen.add(id(found))
        for key, value in _parts(found):
            yield from _walk(value, key or name, seen, depth + 1)


def _parts(found: object) -> Iterator[tuple[str, object]]:
    if isinstance(found, dict):
        for key, value in cast("dict[object, object]", found).items():
            yield str(key), value
    elif isinstance(found, list | tuple | set | frozenset):
        for value in cast("Iterable[object]", found):
            yield "", value
    elif type(found).__module__.partition(".")[0] not in {"builtins", "types", "ssl", "re"}:
        yield from getattr(found, "__dict__", {}).items()
        for kind in type(found).__mro__:
            slots = kind.__dict__.get("__slots__", ())
            for slot in [slots] if isinstance(slots, str) else slots:
                if hasattr(found, slot):
                    yield slot, getattr(found, slot)


def _secrets(stage: CheckContext) -> list[str]:
    return [*stage.known_secrets, *find_secrets(stage.provider)]


def _expect_silent(texts: dict[str, str], secrets: list[str], what: str) -> None:
    for where, text in texts.items():
        expect(not any(secret in text for secret in secrets), f"{where} shows {what}")


@contextmanager
def _log() -> Generator[list[str]]:
    lines: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(self.format(record))

    handler, root = Keep(logging.DEBUG), logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield lines
    finally:
        root.removeHandler(handler)
        root.setLevel(level)


@check()
async def no_repr_shows_a_secret(stage: CheckContext) -> None:
    """No repr of the provider, its rooms or the client shows what signs in, nor does the tenant."""
    secrets = _secrets(stage)
    if not secrets:
        raise NotApplicableError("it has no secret that could be found")
    shown = {
        "the provider's repr": repr(stage.provider),
        "the provider's str": str(stage.provider),
        "the client's repr": repr(stage.client),
        "the tenant": stage.provider.tenant,
    }
    for name in OPERATION_CLASSES:
        try:
            shown[f"the repr of the room of {name}"] = repr(operations_of(stage.provider, name, stage.organization.id))
        except OrgError:  # it has no such room
            continue
    _expect_silent(shown, secrets, "a secret")


@check(Capability.USERS_GET)
async def no_error_shows_a_secret(stage: CheckContext) -> None:
    """No error, and nothing that led to it, shows what signs in; nor does a log line."""
    secrets = _secrets(stage)
    if not secrets:
        raise NotApplicableError("it has no secret that could be found")
    with _log() as lines:
        error = await expect_error(
            stage.users.get(await stage.unknown_user_id()), NotFoundError, what="reading one who is not there"
        )
    texts = {f"the error {type(error).__name__}": _told(error), "the log": "\n".join(lines)}
    _expect_silent(texts, secrets, "a secret")


@check(Capability.USERS_CREATE, users=2)
async def a_password_is_told_nowhere(stage: CheckContext) -> None:
    """No record, no error and no log line shows a password that a user was made with."""
    password, text = f"Pw1-{stage.text()}", stage.text()
    fields = {"username": text, "email": f"{text}@example.com"}
    with _log() as lines:
        try:
            user = await stage.users.create(**fields, password=SecretStr(password))
        except UnsupportedError:
            raise NotApplicableError("it takes no password") from None
        stage.undo(lambda: stage.users.remove(user.id, account="delete"))
        again = stage.users.create(**fields, password=SecretStr(password))
        error = await expect_error(again, ConflictError, what="a username that is taken")
    shown = {"the user": repr(user), "raw": repr(user.raw), "the error": _told(error), "the log": "\n".join(lines)}
    _expect_silent(shown, [password], "the password")


@check(Capability.USERS_CREATE, Capability.USERS_FIND, users=2)
async def no_error_repeats_an_address(stage: CheckContext) -> None:
    """No error and no log line shows a person's address, also where it was passed for an id."""
    user = await stage.user()
    email = user.email or ""
    with _log() as lines:
        shown = {"the error": "", "the log": ""}
        try:
            await stage.user(username=user.username, email=email)
        except OrgError as error:
            shown["the error for an address that is taken"] = _told(error)
        if stage.can(Capability.USERS_GET):
            try:
                await stage.users.get(email)
            except OrgError as error:
                shown["the error for an address in place of an id"] = _told(error)
        await stage.users.find(email=email)
    shown["the log"] = "\n".join(lines)
    _expect_silent(shown, [email], "a person's address")


@check(Capability.USERS_GET)
async def an_error_survives_its_pickle(stage: CheckContext) -> None:
    """An error comes out of a pickle as it went in, as between the processes of a worker pool."""
    unknown = await stage.unknown_user_id()
    error = await expect_error(stage.users.get(unknown), NotFoundError, what="reading one who is not there")
    expect(str(pickle.loads(pickle.dumps(error))) == str(error), "the error is another out of its pickle")  # noqa: S301  # its own


def _told(error: BaseException | None) -> str:
    told: list[str] = []
    while error is not None and len(told) < 20:
        told += [str(error), repr(error), *getattr(error, "__notes__", ())]
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return "\n".join(told)
