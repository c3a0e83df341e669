"""`orgsdk providers`: list the installed providers."""

from __future__ import annotations

from collections import Counter

from orgsdk.cli.errors import print_status
from orgsdk.cli.options.common import OutputOptions
from orgsdk.cli.output.formats import make_writer
from orgsdk.cli.output.rows import RecordView
from orgsdk.providers.discovery import installed_providers


def providers(*, output: OutputOptions = OutputOptions()) -> None:
    """List the providers that are installed: name, package, version, and where in it.

    Reads what the packages say of themselves and imports none of them. A name in `--provider` or ORGSDK_PROVIDER is
    one of these; other packages add to them by an entry point (docs/writing_a_provider.md).
    """

    list_providers(output)


_COLUMNS = ("name", "package", "version", "location")
_SHAPE = RecordView("provider", _COLUMNS, columns=_COLUMNS)


def list_providers(output: OutputOptions) -> None:
    """Write the installed providers, and tell of names that several packages bring."""
    fields = _SHAPE.choose(output.fields, _SHAPE.columns)
    installed = installed_providers()
    writer = make_writer(output.output, fields)
    writer.write([{field: getattr(one, field) for field in fields} for one in installed])
    writer.end()
    for name, times in Counter(one.name for one in installed).items():
        if times > 1:
            print_status(
                f"{times} packages bring a provider called {name}: none of them can be used; uninstall all but one"
            )
