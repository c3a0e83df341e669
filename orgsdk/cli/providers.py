"""`orgsdk providers`: what is installed, and what stands in its own way."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from orgsdk.cli.errors import tell
from orgsdk.cli.rows import Shape
from orgsdk.cli.writers import make_writer
from orgsdk.providers.discovery import installed_providers

if TYPE_CHECKING:
    from orgsdk.cli.parameters import Output

_COLUMNS = ("name", "package", "version", "location")
_SHAPE = Shape("provider", _COLUMNS, columns=_COLUMNS)


def list_providers(output: Output) -> None:
    """Write the installed providers, and tell of names that several packages bring."""
    fields = _SHAPE.choose(output.fields, _SHAPE.columns)
    installed = installed_providers()
    writer = make_writer(output.output, fields)
    writer.write([{field: getattr(one, field) for field in fields} for one in installed])
    writer.end()
    for name, times in Counter(one.name for one in installed).items():
        if times > 1:
            tell(f"{times} packages bring a provider called {name}: none of them can be used; uninstall all but one")
