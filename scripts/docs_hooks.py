"""What mkdocs makes from the code when it builds: the reference of the command line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mkdocs.structure.files import File

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files

PAGE = "reference/command-line.md"


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that no file holds."""
    files.append(File.generated(config, PAGE, content=command_line()))
    return files


def command_line() -> str:
    """Give every command with its options, as the program itself has them."""
    from orgsdk.cli.app import make_app

    text = str(make_app().generate_docs(output_format="markdown", recursive=True, heading_level=1))
    # The theme has a table of contents of its own.
    return re.sub(r"^## Table of Contents\n.*?(?=^\*\*Commands\*\*)", "", text, count=1, flags=re.DOTALL | re.MULTILINE)
