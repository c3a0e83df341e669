"""Arguments before cyclopts reads them: global options before the command, and `-` for standard input."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orgsdk.cli.errors import UsageError
from orgsdk.cli.standard_input import STANDARD_INPUT

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

# Options of `ConnectionOptions`, which most commands have.
VALUE_OPTIONS = ("--provider", "--profile", "--organization")
# Options of every command, anywhere in it.
VERBOSE, DEBUG = "--verbose", "--debug"
FLAG_OPTIONS = (VERBOSE, DEBUG)


def remove_log_options(arguments: Sequence[str]) -> list[str]:
    """Return the arguments without `--verbose` and `--debug`. Behind `--` they are values, and stay."""
    end = arguments.index("--") if "--" in arguments else len(arguments)
    return [*(one for one in arguments[:end] if one not in FLAG_OPTIONS), *arguments[end:]]


def command_words(arguments: Sequence[str], groups: Collection[str]) -> list[str]:
    """Return the words of the command: one, or more for a command of a group, such as `users list`."""
    return _split(arguments, groups)[1]


def move_global_options(arguments: Sequence[str], groups: Collection[str]) -> list[str]:
    """Return the arguments with the global options behind the command.

    Without a command, the options have no effect and are omitted.

    Args:
        arguments: The arguments of the process.
        groups: Commands that have commands of their own, such as `users` and `scim token`.

    Returns:
        The arguments in the order that cyclopts reads.

    Raises:
        UsageError: A global option has no value.
    """
    options, words, rest = _split(arguments, groups)
    if words and " ".join(words) not in groups:
        return [*words, *options, *rest]
    return [*words, *rest]


def refuse_one_hyphen(arguments: Sequence[str]) -> None:
    """Raise `UsageError` for `-out=plan.json`, as in terraform: `-o` would take "ut=plan.json" for its value."""
    end = arguments.index("--") if "--" in arguments else len(arguments)
    for argument in arguments[:end]:
        option = argument.partition("=")[0]
        if option in {"-out", "-output"}:
            raise UsageError(f"{option} is not an option: write --output, with two hyphens")


def _split(arguments: Sequence[str], groups: Collection[str]) -> tuple[list[str], list[str], list[str]]:
    """Return the global options before the last word of the command, the words, and what follows."""
    options: list[str] = []
    words: list[str] = []
    rest = list(arguments)
    while rest and (not words or " ".join(words) in groups):
        name, equals, _ = rest[0].partition("=")
        if name in VALUE_OPTIONS:
            width = 1 if equals else 2
            if len(rest) < width:
                raise UsageError(f"{name} needs a value, as in orgsdk {name} NAME users list")
            options += rest[:width]
            rest = rest[width:]
        elif rest[0].startswith("-"):
            break
        else:
            words.append(rest.pop(0))
    return options, words, rest


def name_standard_input(arguments: Sequence[str]) -> list[str]:
    """Return the arguments with the name of standard input in place of `-`, which cyclopts reads as an option.

    A `-` behind another option than one for a file is that option's value, and stays.
    """
    return [
        STANDARD_INPUT if argument == "-" and (not previous.startswith("-") or previous.endswith("-file")) else argument
        for previous, argument in zip(("", *arguments), arguments, strict=False)
    ]
