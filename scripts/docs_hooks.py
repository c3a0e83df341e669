"""What mkdocs makes from the code when it builds: the references of the command line and of long lists of names."""

from __future__ import annotations

import re
from importlib import import_module
from typing import TYPE_CHECKING

from mkdocs.structure.files import File

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files

# Pages of every name that a module exports.
MODULES = {
    "reference/flat-models.md": (
        "orgsdk.providers.flat.models",
        "What `client.native` takes and gives at Flat",
        "The answers of [`FlatAPI`][orgsdk.providers.flat.FlatAPI], its bodies, and the words that stand in them.",
    ),
    "reference/logto-models.md": (
        "orgsdk.providers.logto.models",
        "What `client.native` takes and gives at Logto",
        "The bodies and the answers of [`LogtoAPI`][orgsdk.providers.logto.LogtoAPI].",
    ),
    "reference/transport.md": (
        "orgsdk.transport",
        "The transport",
        "What a [provider of your own](../writing_a_provider.md) that speaks HTTP stands on.",
    ),
}


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that no file holds."""
    for path, content in pages().items():
        files.append(File.generated(config, path, content=content))
    return files


def pages() -> dict[str, str]:
    """Give each page's text by its path."""
    return {"reference/command-line.md": command_line()} | {
        path: f"# {title}\n\n{text}\n\n" + "\n\n".join(f"::: {module}.{name}" for name in _names(module))
        for path, (module, title, text) in MODULES.items()
    }


def _names(module: str) -> list[str]:
    return sorted(import_module(module).__all__)


def command_line() -> str:
    """Give every command with its options, as the program itself has them."""
    from orgsdk.cli.app import make_app

    text = str(make_app().generate_docs(output_format="markdown", recursive=True, heading_level=1))
    # The theme has a table of contents of its own.
    return re.sub(r"^## Table of Contents\n.*?(?=^\*\*Commands\*\*)", "", text, count=1, flags=re.DOTALL | re.MULTILINE)
