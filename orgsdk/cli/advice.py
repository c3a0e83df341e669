"""Advice of the library in the words of the command line."""

from __future__ import annotations

import re

# What stands in quotes is somebody's own, and stays as it is; an apostrophe begins no quotation, nor does an argument.
_QUOTED = re.compile(r"""((?<![\w=])"[^"]*"|(?<!\w)'[^']*')""")
_CALL = re.compile(r"\b(organizations|users|accounts|invitations|roles)\.([a-z_]+)\(([^()]*)\)")
_VERB = re.compile(r"(?:\busers\.)?\b((?:set|add|remove)_roles)\b")
_CLEARED = re.compile(r"\b([a-z_]+)=None\b")
_ARGUMENT = re.compile(r'(?<![\w?&/.-])([a-z_]+)=(?:"(\w+)"|True\b|False\b|(?=[\s,.;:)]))')
_SUBJECT = re.compile(r"^([a-z]+(?:_[a-z]+)+)(?= is )|(?<=\bleave )(?!it\b)([a-z_]+)(?= out\b)")
# Where the option is not called as the argument is.
_OPTIONS = {"inviter_id": "inviter", "send": "no-send", "expires_at": "expires-in"}


def in_terminal(message: str) -> str:
    """Give the message with commands for calls and options for arguments."""
    parts = _QUOTED.split(message)
    parts[::2] = map(_translated, parts[::2])
    return "".join(parts)


def _translated(text: str) -> str:
    text = _CLEARED.sub(lambda found: f"--clear {found[1].replace('_', '-')}", text)
    text = _ARGUMENT.sub(_option, _SUBJECT.sub(_option, text))
    text = text.replace("client.organization().users", "orgsdk users")
    text = _CALL.sub(_command, text)
    return _VERB.sub(lambda found: f"orgsdk users {found[1].replace('_', '-')}", text)


def _command(found: re.Match[str]) -> str:
    noun, verb, arguments = found.groups()
    arguments = ", ".join(dict.fromkeys(re.split(r",\s*", arguments or "")))
    given = [one if one.startswith("--") else one.upper() for one in arguments.split(", ") if one]
    return " ".join(["orgsdk", noun, verb.replace("_", "-"), *given])


def _option(found: re.Match[str]) -> str:
    name, *values = filter(None, found.groups())
    return " ".join([f"--{_OPTIONS.get(name, name).replace('_', '-')}", *values])
