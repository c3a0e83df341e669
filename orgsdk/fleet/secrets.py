"""References to secrets: where a worker finds a secret when it needs it. No store, ticket or log has the secret itself.

A reference is ``env:NAME`` (an environment variable), ``file:PATH`` (a file, such as a mounted secret),
``exec:COMMAND ARGUMENT …`` (the output of a program, which no shell starts) or ``keyring:SERVICE/USER`` (the keyring of
the operating system, with the extra `keyring`). White space at both ends of the secret is removed.
"""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, TypeAlias, get_args

import anyio
from anyio import to_thread
from pydantic import SecretStr

from orgsdk._distribution import install_advice
from orgsdk._messages import similar_name
from orgsdk.bulk.errors import FileError
from orgsdk.bulk.input_file import open_input
from orgsdk.fleet.errors import SecretError

ReferenceKind: TypeAlias = Literal["env", "file", "exec", "keyring"]
KINDS: Final[tuple[ReferenceKind, ...]] = get_args(ReferenceKind)

_MAX_BYTES: Final = 65_536
_EXEC_SECONDS: Final = 30.0


def is_reference(value: str) -> bool:
    """Return whether a setting starts as a reference to a secret, such as ``env:``.

    Args:
        value: The setting's value.

    Returns:
        True for a reference, also for one that is invalid.
    """
    return value.partition(":")[0] in KINDS and ":" in value


@dataclass(frozen=True, slots=True)
class Reference:
    """A reference to a secret. It can be stored and shown.

    Attributes:
        kind: `"env"`, `"file"`, `"exec"` or `"keyring"`.
        target: What follows the colon: a name, a path, a command line, or service and user.

    Example:
        ``secret = await Reference.parse("env:LOGTO_APP_SECRET").resolve(os.environ)``
    """

    kind: ReferenceKind
    target: str

    @classmethod
    def parse(cls, text: str) -> Reference:
        """Return the reference of a text.

        Args:
            text: The text, such as ``"file:/run/secrets/flat"``.

        Returns:
            The reference.

        Raises:
            SecretError: It is none. The error does not repeat the text, which may be the secret.
        """
        kind, colon, target = text.partition(":")
        if not colon or kind not in KINDS:
            raise SecretError(
                "This is no reference to a secret: write env:NAME, file:PATH, exec:COMMAND or keyring:SERVICE/USER."
            )
        found = cls(kind, target.strip())
        problem = found._find_problem()
        if problem:
            raise SecretError(f"The reference {kind}: {problem}.")
        return found

    def __str__(self) -> str:
        return f"{self.kind}:{self.target}"

    async def resolve(self, environ: Mapping[str, str]) -> SecretStr:
        """Return the secret.

        Args:
            environ: The environment variables.

        Returns:
            The secret.

        Raises:
            SecretError: It cannot be found. The error has the reference, and no output of a program.
        """
        if self.kind == "env":
            secret = self._from_variables(environ)
        elif self.kind == "file":
            secret = await to_thread.run_sync(self._from_file)
        elif self.kind == "exec":
            secret = await self._from_program(environ)
        else:
            secret = await to_thread.run_sync(self._from_keyring)
        if not secret.strip():
            raise SecretError(f"The secret of {self._shown} is empty.")
        return SecretStr(secret.strip())

    @property
    def _shown(self) -> str:
        # The arguments of a program may be secrets themselves.
        return f"exec:{self._program}" if self.kind == "exec" else str(self)

    @property
    def _program(self) -> str:
        return Path(shlex.split(self.target)[0]).name

    def _find_problem(self) -> str | None:
        if not self.target:
            return "is empty"
        if self.kind == "exec":
            try:
                return None if shlex.split(self.target) else "is empty"
            except ValueError:
                return "has quotes that are not closed"
        if self.kind == "keyring" and not all(self.target.partition("/")):
            return "needs a service and a user, as in keyring:SERVICE/USER"
        return None

    def _from_variables(self, environ: Mapping[str, str]) -> str:
        found = environ.get(self.target)
        if found is None:
            similar = similar_name(self.target, environ, likeness=0.8)
            meant = f" {similar} is set: did you mean that?" if similar else ""
            raise SecretError(f"The environment variable of {self} is not set.{meant}")
        return found

    def _from_file(self) -> str:
        try:
            with open_input(Path(self.target).expanduser()) as file:
                content = file.read(_MAX_BYTES + 1)
        except (FileError, RuntimeError) as error:
            raise SecretError(f"The file of {self} cannot be read: {error}.") from None
        return self._decode(content)

    async def _from_program(self, environ: Mapping[str, str]) -> str:
        try:
            with anyio.fail_after(_EXEC_SECONDS):
                ended = await anyio.run_process(
                    shlex.split(self.target),
                    stdin=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    check=False,
                    env=dict(environ),
                )
        except TimeoutError:
            raise SecretError(f"The program of {self._shown} took over {_EXEC_SECONDS:g} seconds.") from None
        except (OSError, ValueError) as error:
            raise SecretError(f"The program of {self._shown} cannot be started: {type(error).__name__}.") from None
        if ended.returncode:
            raise SecretError(f"The program of {self._shown} failed with the exit code {ended.returncode}.")
        return self._decode(ended.stdout)

    def _from_keyring(self) -> str:
        try:
            import keyring
        except ModuleNotFoundError:
            advice = install_advice("fleet", "keyring")
            raise SecretError(f"{self} needs the package keyring. {advice}") from None
        service, _, user = self.target.partition("/")
        try:
            found = keyring.get_password(service, user)
        except Exception as error:  # noqa: BLE001, RUF100  # a backend may raise anything, such as an error of D-Bus
            raise SecretError(f"The keyring of {self} does not open: {type(error).__name__}.") from None
        if found is None:
            raise SecretError(f"The keyring has no entry for {self}.")
        return found

    def _decode(self, content: bytes) -> str:
        if len(content) > _MAX_BYTES:
            raise SecretError(f"The secret of {self._shown} is larger than {_MAX_BYTES:,} bytes.")
        try:
            return content.decode()
        except UnicodeDecodeError:
            raise SecretError(f"The secret of {self._shown} is not text in UTF-8.") from None


async def resolve_settings(settings: Mapping[str, str], environ: Mapping[str, str]) -> dict[str, str]:
    """Return settings with their secrets, for `Provider.from_env`. Do not store or show them.

    Args:
        settings: The settings with references.
        environ: The environment variables.

    Returns:
        The settings.

    Raises:
        SecretError: A secret cannot be found. The error names its setting.
    """
    resolved: dict[str, str] = {}
    for name, value in settings.items():
        if is_reference(value):
            try:
                secret = await Reference.parse(value).resolve(environ)
            except SecretError as error:
                raise SecretError(f"{name}: {error}") from None
            resolved[name] = secret.get_secret_value()
        else:
            resolved[name] = value
    return resolved
