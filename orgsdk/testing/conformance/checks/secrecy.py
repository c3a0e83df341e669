"""Secrets and persons' addresses: told in no repr, no error and no log line."""

from __future__ import annotations

import logging
import pickle
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pydantic import SecretStr

from orgsdk.domain import Capability
from orgsdk.errors import ConflictError, NotFoundError, OrgError, UnsupportedError
from orgsdk.testing.conformance.check import NotApplicableError, check, expect, refused
from orgsdk.testing.conformance.rooms import ROOMS, room_of
from orgsdk.testing.conformance.secrets import secrets_of

if TYPE_CHECKING:
    from collections.abc import Generator

    from orgsdk.testing.conformance.stage import Stage


def _secrets(stage: Stage) -> list[str]:
    return [*stage.known_secrets, *secrets_of(stage.provider)]


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
async def no_repr_shows_a_secret(stage: Stage) -> None:
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
    for name in ROOMS:
        try:
            shown[f"the repr of the room of {name}"] = repr(room_of(stage.provider, name, stage.organization.id))
        except OrgError:  # it has no such room
            continue
    _expect_silent(shown, secrets, "a secret")


@check(Capability.USERS_GET)
async def no_error_shows_a_secret(stage: Stage) -> None:
    """No error, and nothing that led to it, shows what signs in; nor does a log line."""
    secrets = _secrets(stage)
    if not secrets:
        raise NotApplicableError("it has no secret that could be found")
    with _log() as lines:
        error = await refused(
            stage.users.get(await stage.unknown_user_id()), NotFoundError, what="reading one who is not there"
        )
    texts = {f"the error {type(error).__name__}": _told(error), "the log": "\n".join(lines)}
    _expect_silent(texts, secrets, "a secret")


@check(Capability.USERS_CREATE, users=2)
async def a_password_is_told_nowhere(stage: Stage) -> None:
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
        error = await refused(again, ConflictError, what="a username that is taken")
    shown = {"the user": repr(user), "raw": repr(user.raw), "the error": _told(error), "the log": "\n".join(lines)}
    _expect_silent(shown, [password], "the password")


@check(Capability.USERS_CREATE, Capability.USERS_FIND, users=2)
async def no_error_repeats_an_address(stage: Stage) -> None:
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
async def an_error_survives_its_pickle(stage: Stage) -> None:
    """An error comes out of a pickle as it went in, as between the processes of a worker pool."""
    unknown = await stage.unknown_user_id()
    error = await refused(stage.users.get(unknown), NotFoundError, what="reading one who is not there")
    expect(str(pickle.loads(pickle.dumps(error))) == str(error), "the error is another out of its pickle")  # noqa: S301  # its own


def _told(error: BaseException | None) -> str:
    told: list[str] = []
    while error is not None and len(told) < 20:
        told += [str(error), repr(error), *getattr(error, "__notes__", ())]
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return "\n".join(told)
