"""Refusing secrets in arguments, before anything reads or repeats them: other programs see a program's arguments."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from orgsdk.cli.errors import UsageError
from orgsdk.cli.profiles import is_secret

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# An option that is called like a secret; --password-file, --ask-password and --passwords PATH are not.
_OPTION = re.compile(r"--?(?:[a-z0-9]+[-_])*(?:token|secret|password|api[-_]?key|bearer|authorization)", re.IGNORECASE)
_SETTING = re.compile(r"(?:--?)?([A-Z][A-Z0-9_]*)=.+")
# RFC 7519: three parts of base64url, the first of which is a JSON object.
_JSON_WEB_TOKEN = re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]*")
_ADVICE = (
    "set it in the environment (such as FLAT_ACCESS_TOKEN or LOGTO_APP_SECRET), in a file that NAME_FILE names, or in "
    "a profile; or let the command ask for it"
)
# Shorter values of variables may be met by chance.
_SHORTEST = 8


def refuse_secrets(arguments: Iterable[str], environ: Mapping[str, str]) -> None:
    """Raise `UsageError`, which does not repeat it, where an argument is a secret or is about to be one."""
    secrets = {value.strip() for name, value in environ.items() if is_secret(name) and len(value.strip()) >= _SHORTEST}
    for number, argument in enumerate(arguments, 1):
        option, _, value = argument.partition("=")
        setting = _SETTING.fullmatch(argument)
        if option.startswith("-") and _OPTION.fullmatch(option) and option != "--ask-password":
            raise UsageError(f"{option} is no option: a secret is never an argument; {_ADVICE}")
        if setting and is_secret(setting[1]):
            raise UsageError(f"{setting[1]} is a setting: a secret is never an argument; {_ADVICE}")
        if _JSON_WEB_TOKEN.search(argument) or argument in secrets or value in secrets:
            raise UsageError(f"argument {number} looks like a secret, and is not read: {_ADVICE}")
