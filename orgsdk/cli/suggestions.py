"""Errors of usage on one line: what was wrong, and what to type instead."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from cyclopts import (
    CoercionError,
    MissingArgumentError,
    UnknownCommandError,
    UnknownOptionError,
    UnusedCliTokensError,
)

from orgsdk._messages import similar_name
from orgsdk.cli.arguments import FLAG_OPTIONS, VALUE_OPTIONS
from orgsdk.cli.standard_input import is_standard_input

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from cyclopts import App, CycloptsError, Token

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
    "make": "create",
    "generate": "create",
    "edit": "update",
    "set": "update",
    "search": "find",
    "retrieve": "get",
    "info": "get",
    "modify": "update",
    "invite": "create",
    "send": "create",
    "cancel": "revoke",
    "import": "plan",
    "diff": "plan",
    "sync": "plan",
    "validate": "plan",
    "members": "users",
    "orgs": "organizations",
    "org": "organizations",
    "team": "organizations",
}
# Commands that other programs have at the top, or under another word.
_OTHER_COMMANDS = {
    "login": "auth login",
    "logout": "auth logout",
    "status": "auth status",
    "init": "auth login",
    "configure": "auth login",
    "invite": "invitations create",
    "list": "users list",
    "ls": "users list",
    "completion": "--install-completion",
    "completions": "--install-completion",
    "config list": "config show",
    "config ls": "config show",
    "scim token delete": "scim token revoke",
    "scim token rm": "scim token revoke",
    "scim quarantine end": "scim quarantine lift",
    "scim start": "scim serve",
    "scim run": "scim serve",
}
_OTHER_OPTIONS = {
    "--org": "--organization",
    "--json": "--format json",
    "--output": "--format",
    "-o": "--format",
    "--force": "--yes",
    "--auto-approve": "--yes",
    "-y": "--yes",
    "--search": "--query",
    "--filter": "--query",
    "--where": "--query",
    "-q": "--query",
    "--jq": "--fields",
    "-n": "--limit",
    "--max-items": "--limit",
    "--per-page": "--page-size",
    "--page": "--cursor",
    "--starting-after": "--cursor",
    "--starting-token": "--cursor",
    "--team": "--organization",
    "--map": "--column",
    "--mapping": "--column",
    "--key": "--match-by",
    "--delete": "--remove",
    "-v": "--verbose",
    "-V": "--version",
}
# Options that no command needs, and why.
_NOT_NEEDED = {
    "--yes": "The command asks nothing: leave it out.",
    "--force": "The command asks nothing: leave it out.",
    "--auto-approve": "The command asks nothing: leave it out.",
    "-y": "The command asks nothing: leave it out.",
    "--all": "A list has all records without it: leave it out.",
    "--dry-run": "orgsdk plan shows the changes and makes none.",
    "--apply": "orgsdk apply PLAN makes the changes of a saved plan.",
    "--env-file": "Load the file first: set -a; . ./.env; set +a.",
}
# Options for what is an argument here, by the argument's name.
_OF_A_RECORD = frozenset({"--id", "--user-id"})
_OF_A_FILE = frozenset({"--file", "-f", "--from-file", "--input", "--path", "--plan", "--roster"})
_FILES = frozenset({"ROSTER", "FILE", "JOURNAL"})
# Other words for a value.
_OTHER_VALUES = {"jsonl": "ndjson", "text": "table", "tsv": "csv", "xlsx": "csv"}
_FIELDS = ("--username", "--email", "--name", "--role")
_MOST_OPTIONS = 16  # of one line
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
            return _unknown_option(error)
        case UnusedCliTokensError():
            return _unused(error, arguments)
        case MissingArgumentError() if error.argument is not None:
            return _missing(error)
        case CoercionError() if error.token is not None:
            return _wrong_value(error, error.token)
        case _:
            return str(error)


def option_names(arguments: Iterable[object]) -> list[str]:
    """Return the names of the options in a command's arguments."""
    names = (name for argument in arguments for name in getattr(argument, "names", ()))
    return [name for name in names if name.startswith("--")]


def similar_option(option: str, names: Sequence[str]) -> str | None:
    """Return the option that was probably meant, None if none is similar."""
    known = _OTHER_OPTIONS.get(option)
    if known is not None and known.split()[0] in names:
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
    if meant := _OTHER_COMMANDS.get(" ".join([*chain, word])):
        return f'Unknown command "{word}". Did you mean orgsdk {meant}?'
    verb = _verb(word, chain[-1]) if chain else word
    if (meant := similar_command(verb, names)) is not None:
        return f'Unknown command "{word}". Did you mean {" ".join(["orgsdk", *chain, meant])}?'
    if f"--{word}" in _GLOBAL_OPTIONS:
        return f'Unknown command "{word}". Did you mean orgsdk --{word}?'
    return f'Unknown command "{word}". Commands: {", ".join(names)}.'


def _verb(word: str, group: str) -> str:
    """Return the verb of a word that repeats its group: `list` of `list-users` and of `user-list`."""
    verb = [part for part in word.split("-") if part.rstrip("s") != group.rstrip("s")]
    return "-".join(verb) or word


def _option_before_command(
    option: str, chain: list[str], names: Sequence[str], arguments: Sequence[str], groups: Collection[str]
) -> str:
    option = option.partition("=")[0]
    if option == "--env-file" and not chain:
        return f"Unknown option {option}. {_NOT_NEEDED[option]}"
    if meant := similar_option(option, _GLOBAL_OPTIONS):
        return f"Unknown option {option}. Did you mean {' '.join(['orgsdk', *chain, meant])}?"
    example = ("list" if "list" in names else names[0], "-") if chain else ("users", "list")
    words = next((pair for pair in pairwise([*arguments, "-"]) if pair[0] in names), example)
    command = [*chain, *(words if words[0] in groups and not words[1].startswith("-") else words[:1])]
    # Without the value, which may be personal.
    return f"{option} comes after the command, as in {' '.join(['orgsdk', *command, option])} …."


def _command_names(app: App | None) -> list[str]:
    return [] if app is None else [name for name in app if not name.startswith("-")]


def _unknown_option(error: UnknownOptionError) -> str:
    option = (error.token.keyword or error.token.value).partition("=")[0]
    unknown = f"Unknown option {option}."
    names = option_names(error.argument_collection)
    chain = list(error.command_chain or ())
    if option in FLAG_OPTIONS:
        return f"{option} takes no value: leave the value out."
    if argument := _argument_named(option, error.argument_collection):
        return f"{unknown} {argument} is an argument: {' '.join(['orgsdk', *chain, argument])}."
    if chain[-1:] == ["update"] and option.rstrip("s") == "--role":
        return f"{unknown} Did you mean orgsdk users set-roles USER ROLE?"
    meant = similar_option(option, [*names, *FLAG_OPTIONS, "--help"])
    if meant is not None:
        return f"{unknown} Did you mean {meant}?"
    if option in _NOT_NEEDED:
        return f"{unknown} {_NOT_NEEDED[option]}"
    shown = [name for name in dict.fromkeys(names) if name not in {"--help", "--version"}]
    return f"{unknown} Options: {', '.join(shown)}." if 0 < len(shown) <= _MOST_OPTIONS else unknown


def _argument_named(option: str, arguments: Iterable[object]) -> str | None:
    """Return the argument without an option that this option is for: `ROSTER` for `--file` and `--roster`."""
    for name in _argument_names(arguments):
        if option.strip("-").rstrip("s") == name.lower().rstrip("s"):
            return name
        if option in (_OF_A_FILE if name in _FILES else _OF_A_RECORD):
            return name
    return None


def _argument_names(arguments: Iterable[object]) -> list[str]:
    """Return the names of a command's arguments without an option."""
    names = (name for argument in arguments for name in getattr(argument, "names", ()))
    return [name for name in names if not name.startswith(("-", "*"))]


def _unused(error: UnusedCliTokensError, given: Sequence[str]) -> str:
    unused = error.unused_tokens or [""]
    word = unused[0]
    collection = list(error.app.assemble_argument_collection()) if error.app is not None else []
    names = option_names(collection)
    name, equals, value = word.partition("=")
    if equals and re.fullmatch(r"[a-z-]+", name) and (meant := similar_option(f"--{name}", names)):
        return f"Unexpected argument {word!r}. Did you mean {meant} {value}?"
    # Not repeated: it may be personal.
    shown = "" if re.search(r"[@\n{\[]", word) else f" {'-' if is_standard_input(word) else word!r}"
    if word.startswith(("{", "[")):
        fields = ", ".join([*(one for one in names if one in _FIELDS), "…"])
        return f"Unexpected argument: JSON is not read here. Pass each value as an option: {fields}."
    before = dict(zip(given[1:], given, strict=False)).get(word, "")
    is_alone = len(unused) == 1 and not before.endswith(",")  # not of `--fields id, name`
    if is_alone and (options := _options_for(word, names, collection)):
        meant = ", or ".join(f"{option} {word if shown else '…'}" for option in options)
        return f"Unexpected argument{shown}. Did you mean {meant}?"
    command = " ".join(["orgsdk", *(error.command_chain or ())])
    arguments = _argument_names(collection)
    if not arguments and not before.endswith(","):
        return f"Unexpected argument{shown}: {command} takes options only."
    if "--output" in names:
        return f"Unexpected argument{shown}. Did you mean {command} {' '.join(arguments)} --output PATH?"
    takes = f": {command} takes {' and '.join(arguments)}" if arguments else ""
    return f"Unexpected argument{shown}{takes}; put a value with spaces in quotation marks."


def _options_for(word: str, names: Collection[str], arguments: Iterable[object]) -> list[str]:
    """Return the options that an argument without one was probably meant for."""
    if "@" in word:
        return [one for one in ("--email",) if one in names]
    if word.isdecimal() and "--limit" in names:
        return ["--limit"]
    if "--output" in names and re.fullmatch(r".+\.[a-z]+", word):
        return [] if _argument_names(arguments) else ["--output"]
    if not re.fullmatch(r"[\w .-]+", word):
        return []
    return [one for one in ("--query", "--role") if one in names and "--query" in names] or [
        one for one in ("--username",) if one in names
    ]


def _wrong_value(error: CoercionError, token: Token) -> str:
    option = token.keyword or "The argument"
    if error.target_type is int:
        return f"{option} is {token.value!r}: pass a whole number, such as 10."
    if error.target_type is float:
        return f"{option} is {token.value!r}: pass a number, such as 0.5."
    meant = _OTHER_VALUES.get(token.value)
    message, _, _ = str(error).partition(" Did you mean ")
    return f'{message} Did you mean "{meant}"?' if f'"{meant}"' in message else str(error)


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
