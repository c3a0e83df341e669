"""Checks that no repr, error or log line shows a secret or an email address."""

from __future__ import annotations

import logging
import pickle
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, cast

from pydantic import SecretStr

from orgsdk.domain import Capability
from orgsdk.errors import ConflictError, NotFoundError, OrgError
from orgsdk.testing.conformance.assertions import NotApplicableError, expect, expect_error
from orgsdk.testing.conformance.check import check
from orgsdk.testing.conformance.operations import OPERATION_CLASSES, operations_of

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator

    from orgsdk.testing.conformance.context import CheckContext

_SECRET_NAME = re.compile(r"token|secret|password|passwd|api_?key|credential", re.IGNORECASE)
_MIN_LENGTH = 6  # a shorter text can be part of other texts by chance
_MAX_DEPTH = 6
_MAX_CAUSES = 20


# Find secrets


def find_secrets(root: object) -> list[str]:
    """Return the secrets that an object holds: values of `SecretStr`, and strings whose name suggests a secret."""
    return sorted({text for text in _walk(root, "", set(), 0) if len(text) >= _MIN_LENGTH})


def _walk(value: object, name: str, seen: set[int], depth: int) -> Iterator[str]:
    if isinstance(value, SecretStr):
        yield value.get_secret_value()
    elif isinstance(value, str):
        if _SECRET_NAME.search(name) and "://" not in value and "/" not in value:
            yield value
    elif depth < _MAX_DEPTH and id(value) not in seen and not isinstance(value, type):
        seen.add(id(value))
        for key, part in _parts(value):
            yield from _walk(part, key or name, seen, depth + 1)


def _parts(value: object) -> Iterator[tuple[str, object]]:
    if isinstance(value, dict):
        for key, part in cast("dict[object, object]", value).items():
            yield str(key), part
    elif isinstance(value, list | tuple | set | frozenset):
        for part in cast("Iterable[object]", value):
            yield "", part
    elif type(value).__module__.partition(".")[0] not in {"builtins", "types", "ssl", "re"}:
        yield from getattr(value, "__dict__", {}).items()
        for kind in type(value).__mro__:
            slots = kind.__dict__.get("__slots__", ())
            for slot in [slots] if isinstance(slots, str) else slots:
                if hasattr(value, slot):
                    yield slot, getattr(value, slot)


def _known_secrets(context: CheckContext) -> list[str]:
    secrets = [*context.known_secrets, *find_secrets(context.provider)]
    if not secrets:
        raise NotApplicableError("no secret was found in the provider")
    return secrets


# Search texts


def _expect_hidden(texts: dict[str, str], secrets: list[str], what: str) -> None:
    for where, text in texts.items():
        expect(not any(secret in text for secret in secrets), f"{where} shows {what}")


def _error_text(error: BaseException | None) -> str:
    texts: list[str] = []
    while error is not None and len(texts) < _MAX_CAUSES:
        texts += [str(error), repr(error), *getattr(error, "__notes__", ())]
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return "\n".join(texts)


@contextmanager
def _capture_log() -> Generator[list[str]]:
    lines: list[str] = []

    class Capture(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(self.format(record))

    handler, root = Capture(logging.DEBUG), logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield lines
    finally:
        root.removeHandler(handler)
        root.setLevel(level)


# The checks


@check()
async def no_repr_shows_a_secret(context: CheckContext) -> None:
    """No repr of the provider, its operations or the client shows a secret, nor does the tenant."""
    secrets = _known_secrets(context)
    texts = {
        "the provider's repr": repr(context.provider),
        "the provider's str": str(context.provider),
        "the client's repr": repr(context.client),
        "the tenant": context.provider.tenant,
        "the key of the rate limit": await context.provider.limit_key(),
    }
    for name in OPERATION_CLASSES:
        try:
            operations = operations_of(context.provider, name, context.organization.id)
        except OrgError:  # the provider has no such operations
            continue
        texts[f"the repr of the operations {name}"] = repr(operations)
    _expect_hidden(texts, secrets, "a secret")


@check(Capability.USERS_GET)
async def no_error_shows_a_secret(context: CheckContext) -> None:
    """No error, no cause of it and no log line shows a secret."""
    secrets = _known_secrets(context)
    with _capture_log() as lines:
        reading = context.users.get(await context.unknown_user_id())
        error = await expect_error(reading, NotFoundError, what="reading an unknown user")
    texts = {f"the error {type(error).__name__}": _error_text(error), "the log": "\n".join(lines)}
    _expect_hidden(texts, secrets, "a secret")


@check(Capability.USERS_CREATE, Capability.USERS_PASSWORD, users=2)
async def password_is_never_shown(context: CheckContext) -> None:
    """No record, error or log line shows the password of a new user."""
    password, text = f"Pw1-{context.unique_text()}", context.unique_text()
    fields = context.keys(text)
    with _capture_log() as lines:
        user = await context.users.create(**fields, password=SecretStr(password))
        context.add_cleanup(lambda: context.users.remove(user.id, account="delete"))
        duplicate = context.users.create(**fields, password=SecretStr(password))
        error = await expect_error(duplicate, ConflictError, what=f"creating a user with a {context.key} that is taken")
    texts = {
        "the user": repr(user),
        "raw": repr(user.raw),
        "the error": _error_text(error),
        "the log": "\n".join(lines),
    }
    _expect_hidden(texts, [password], "the password")


@check(Capability.USERS_CREATE, Capability.USERS_FIND, users=2)
async def no_error_shows_an_email_address(context: CheckContext) -> None:
    """No error and no log line shows a user's email address, even if it was passed as an id."""
    user = await context.create_user()
    email = user.email or ""
    texts: dict[str, str] = {}
    with _capture_log() as lines:
        try:
            if context.key == "username":
                await context.create_user(username=user.username, email=email)
            else:
                await context.create_user(email=email)
        except OrgError as error:
            texts["the error for an email address that is taken"] = _error_text(error)
        if context.supports(Capability.USERS_GET):
            try:
                await context.users.get(email)
            except OrgError as error:
                texts["the error for an email address as an id"] = _error_text(error)
        await context.users.find(email=email)
    texts["the log"] = "\n".join(lines)
    _expect_hidden(texts, [email], "an email address")


@check(Capability.USERS_GET)
async def errors_can_be_pickled(context: CheckContext) -> None:
    """An error has the same text after pickling, as between the processes of a worker pool."""
    unknown = await context.unknown_user_id()
    error = await expect_error(context.users.get(unknown), NotFoundError, what="reading an unknown user")
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301  # pickled in the line itself
    expect(str(copy) == str(error), "the error's text differs after pickling")
