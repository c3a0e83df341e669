"""Errors of usage on one line: what was wrong, and what to type instead."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from cyclopts import MissingArgumentError, UnknownCommandError, UnknownOptionError, UnusedCliTokensError

from orgsdk._messages import similar_name
from orgsdk.cli.arguments import FLAG_OPTIONS, VALUE_OPTIONS
from orgsdk.cli.standard_input import is_standard_input

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from cyclopts import App, CycloptsError

# Names that other programs use (gh, terraform, kubectl).
_OTHER_NAMES = {
    "delete": "remove",
    "rm": "remove",
    "destroy": "remove",
    "ls": "list",
    "show": "get",
    "view": "get",
    "describe": "get",
    "new": "create",
    "edit": "update",
    "set": "update",
    "search": "find",
    "import": "plan",
    "diff": "plan",
    "members": "users",
    "orgs": "organizations",
}
_OTHER_OPTIONS = {
    "--org": "--organization",
    "--json": "-o json",
    "--format": "-o",
    "--force": "--yes",
    "--search": "--query",
    "-v": "--verbose",
    "-V": "--version",
}
# Options that may come before the command.
_GLOBAL_OPTIONS = (*VALUE_OPTIONS, *FLAG_OPTIONS, "--help", "--version", "--install-completion")
# Without the hyphens, `querry` is like `query` (0.91), and `passwrd` like `ask-password` (0.74). `user` is not like
# `query` (0.44).
_LIKENESS = 0.7


def usage_message(error: CycloptsError, arguments: Sequence[str], groups: Collection[str]) -> str:
    """Return the message of an error that cyclopts found in the arguments, without the reference to `--help`."""
    match error:
        case UnknownCommandError():
            return _unknown_command(error, arguments, groups)
        case UnknownOptionError():
            return _unknown_option(error.token.keyword or error.token.value, option_names(error.argument_collection))
        case UnusedCliTokensError():
            return _unused(error)
        case MissingArgumentError() if error.argument is not None:
            return _missing(error)
        case _:
            return str(error)


def option_names(arguments: Iterable[object]) -> list[str]:
    """Return the names of the options in a command's arguments."""
    names = (name for argument in arguments for name in getattr(argument, "names", ()))
    return [name for name in names if name.startswith("--")]


def similar_option(option: str, names: Sequence[str]) -> str | None:
    """Return the option that was probably meant, None if none is similar."""
    known = _OTHER_OPTIONS.get(option)
    if known is not None and known.split()[0] in {*names, "-o"} and ("--output" in names or not known.startswith("-o")):
        return known
    lowered = option.lower().replace("_", "-")
    starting = [name for name in names if name.startswith(lowered)]
    if len(starting) == 1:
        return starting[0]
    near = similar_name(lowered.strip("-"), [name.strip("-") for name in names], likeness=_LIKENESS)
    return f"--{near}" if near else None


def similar_command(word: str, names: Sequence[str]) -> str | None:
    """Return the command that was probably meant, None if none is similar."""
    if (known := _OTHER_NAMES.get(word)) in names:
        return known
    return similar_name(word, names, likeness=_LIKENESS)


def _unknown_command(error: UnknownCommandError, arguments: Sequence[str], groups: Collection[str]) -> str:
    word = (error.unused_tokens or [""])[0]
    chain = list(error.command_chain or ())
    if word.startswith("-"):
        return _option_before_command(word, chain, _command_names(error.app), arguments, groups)
    names = _command_names(error.app)
    following = dict(pairwise(arguments)).get(word)
    if not chain and following in groups:
        verb = _OTHER_NAMES.get(word, word)
        return f'Unknown command "{word}". Did you mean orgsdk {following} {verb}?'
    if not chain and word in {"login", "logout", "status"}:
        return f'Unknown command "{word}". Did you mean orgsdk auth {word}?'
    if f"--{word}" in _GLOBAL_OPTIONS:
        return f'Unknown command "{word}". Did you mean orgsdk --{word}?'
    meant = similar_command(word, names)
    if meant is not None:
        return f'Unknown command "{word}". Did you mean {" ".join(["orgsdk", *chain, meant])}?'
    return f'Unknown command "{word}". Commands: {", ".join(names)}.'


def _option_before_command(
    option: str, chain: list[str], names: Sequence[str], arguments: Sequence[str], groups: Collection[str]
) -> str:
    option = option.partition("=")[0]
    if meant := similar_option(option, _GLOBAL_OPTIONS):
        return f"Unknown option {option}. Did you mean {' '.join(['orgsdk', *chain, meant])}?"
    example = ("list" if "list" in names else names[0], "-") if chain else ("users", "list")
    words = next((pair for pair in pairwise([*arguments, "-"]) if pair[0] in names), example)
    command = [*chain, *(words if words[0] in groups and not words[1].startswith("-") else words[:1])]
    # Without the value, which may be personal.
    return f"{option} comes after the command, as in {' '.join(['orgsdk', *command, option])} …."


def _command_names(app: App | None) -> list[str]:
    return [] if app is None else [name for name in app if not name.startswith("-")]


def _unknown_option(option: str, names: Sequence[str]) -> str:
    option = option.partition("=")[0]
    meant = similar_option(option, [*names, *FLAG_OPTIONS, "--help"])
    if meant is not None:
        return f"Unknown option {option}. Did you mean {meant}?"
    return f"Unknown option {option}."


def _unused(error: UnusedCliTokensError) -> str:
    unused = error.unused_tokens or [""]
    names = option_names(error.app.assemble_argument_collection()) if error.app is not None else []
    option = f"--{unused[0].partition('=')[0]}"
    if re.fullmatch(r"[a-z-]+=.+", unused[0]) and (meant := similar_option(option, names)):
        return f"Unexpected argument {unused[0]!r}. Did you mean {meant} {unused[0].partition('=')[2]}?"
    shown = " ".join(repr("-" if is_standard_input(word) else word) for word in unused)
    return f"Unexpected argument {shown}; put a value with spaces in quotation marks."


def _missing(error: MissingArgumentError) -> str:
    argument = error.argument
    if argument is None:
        return str(error)
    choices = argument.get_choices() or ()
    if error.keyword is not None:
        return f"{error.keyword} needs a value{': ' if choices else ''}{' or '.join(choices)}."
    name = argument.name
    needed = " or ".join(f"{name} {choice}" for choice in choices) or name
    _, question, suggestion = str(error).partition(" Did you mean ")
    return f"{' '.join(error.command_chain or ())} needs {needed}.{question}{suggestion}"
