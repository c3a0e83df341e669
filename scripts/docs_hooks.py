"""mkdocs hook that generates reference pages from the code: the command line, and modules with many names."""

from __future__ import annotations

import re
from importlib import import_module
from typing import TYPE_CHECKING

from mkdocs.structure.files import File

from orgsdk._distribution import __version__

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files

# Pages with every name that a module exports: module, title, introduction.
MODULES = {
    "reference/flat-models.md": (
        "orgsdk.providers.flat.models",
        "Models of Flat's native operations",
        "The responses and bodies of [`FlatAPI`][orgsdk.providers.flat.FlatAPI], and the literal values in them.",
    ),
    "reference/logto-models.md": (
        "orgsdk.providers.logto.models",
        "Models of Logto's native operations",
        "The responses and bodies of [`LogtoAPI`][orgsdk.providers.logto.LogtoAPI].",
    ),
    "reference/scim-models.md": (
        "orgsdk.providers.scim.models",
        "Models of SCIM",
        "What a server announces and supports, and the resources of [`SCIMAPI`][orgsdk.providers.scim.SCIMAPI].",
    ),
    "reference/workos-models.md": (
        "orgsdk.providers.workos.models",
        "Models of WorkOS' native operations",
        "The responses and bodies of [`WorkOSAPI`][orgsdk.providers.workos.WorkOSAPI].",
    ),
    "reference/transport.md": (
        "orgsdk.transport",
        "The transport",
        "The HTTP transport for [your own provider](../writing_a_provider.md).",
    ),
}


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Show the version beside the link to the repository."""
    config.repo_name = f"orgsdk {__version__}"
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the generated pages."""
    for path, content in pages().items():
        files.append(File.generated(config, path, content=content))
    return files


def pages() -> dict[str, str]:
    """Return the text of each generated page by its path."""
    return {"reference/command-line.md": command_line()} | {
        path: f"# {title}\n\n{text}\n\n" + "\n\n".join(f"::: {module}.{name}" for name in _names(module))
        for path, (module, title, text) in MODULES.items()
    }


def _names(module: str) -> list[str]:
    return sorted(import_module(module).__all__)


def command_line() -> str:
    """Return the reference of every command with its options, from the program itself."""
    from orgsdk.cli.app import make_app

    text = str(make_app().generate_docs(output_format="markdown", recursive=True, heading_level=1))
    # The theme adds its own table of contents.
    return re.sub(r"^## Table of Contents\n.*?(?=^\*\*)", "", text, count=1, flags=re.DOTALL | re.MULTILINE)
