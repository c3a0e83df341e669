"""Write docs/capabilities.md, the table of capabilities, from what each provider declares.

python scripts/capability_matrix.py
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from orgsdk.domain import Capability
from orgsdk.providers.discovery import load_provider, provider_names

if TYPE_CHECKING:
    from orgsdk.providers.base import Provider

PAGE = Path(__file__).parents[1] / "docs" / "capabilities.md"
_HEAD = """# Capabilities of each provider

This page is generated from the code by `python scripts/capability_matrix.py`. `client.capabilities` contains the same
capabilities. An unsupported call raises `UnsupportedError`, with the advice below, before a request is sent. (`client`
is an open client: [how the examples are run](getting-started.md#how-the-examples-are-run).)

```python
from orgsdk import Capability

if Capability.USERS_SUSPEND in client.capabilities:
    print("users can be suspended")
```
"""
_GROUPS = {
    "organizations": "Organizations",
    "users": "Users of an organization",
    "accounts": "Accounts of a tenant",
    "invitations": "Invitations",
    "roles": "Roles",
    "": "Everything else",
}
# Capabilities whose values are phrases, not calls, belong to the group of their first word.
_OF_NOUNS = ("organizations", "users", "roles")


def render() -> str:
    """Return the text of the page."""
    kinds = [load_provider(name) for name in _shipped()]
    parts = [_HEAD]
    for prefix, title in _GROUPS.items():
        rows = [capability for capability in Capability if _group(capability) == prefix]
        parts.append(f"## {title}\n\n{_table(rows, kinds)}\n")
    parts.append("## What to do instead\n\n" + "\n".join(line for kind in kinds for line in _advice(kind)) + "\n")
    return "\n".join(parts)


def _shipped() -> list[str]:
    # Only the providers of orgsdk, not other installed ones.
    return [name for name in provider_names() if load_provider(name).__module__.startswith("orgsdk.")]


def _group(capability: Capability) -> str:
    first = capability.value.partition(".")[0]
    noun = capability.name.partition("_")[0].lower()
    if noun in _OF_NOUNS:
        return noun
    return first if first in _GROUPS else ""


def _table(rows: list[Capability], kinds: list[type[Provider]]) -> str:
    lines = [
        f"| | {' | '.join(kind.name for kind in kinds)} |",
        f"| --- |{' :-: |' * len(kinds)}",
        *[
            f"| {_code(row)} | {' | '.join('yes' if row in kind.capabilities else '' for kind in kinds)} |"
            for row in rows
        ],
    ]
    return "\n".join(lines)


def _advice(kind: type[Provider]) -> list[str]:
    lacking: dict[str, list[str]] = {}
    for capability, text in kind.advice.items():
        if capability not in kind.capabilities:
            lacking.setdefault(text, []).append(_code(capability))
    return [f"- {kind.name}, {', '.join(names)}: {text}" for text, names in lacking.items()]


def _code(capability: Capability) -> str:
    return f"`{capability.value}`" if "." in capability.value or "(" in capability.value else capability.value


if __name__ == "__main__":
    PAGE.write_text(render(), "utf-8")
