"""`orgsdk providers`: list the installed providers."""

from collections import Counter

from orgsdk.cli.errors import print_status
from orgsdk.cli.options.common import OutputOptions
from orgsdk.cli.output.formats import make_writer
from orgsdk.cli.output.rows import RecordView
from orgsdk.providers.discovery import installed_providers

_COLUMNS = ("name", "package", "version", "location")
_VIEW = RecordView("provider", _COLUMNS, columns=_COLUMNS)


def providers(*, output: OutputOptions = OutputOptions()) -> None:
    """List the installed providers: name, package, version, and location.

    Reads the metadata of the packages and imports none of them. These names are valid for `--provider` and
    ORGSDK_PROVIDER. Other packages add providers with an entry point (docs/writing_a_provider.md).
    """
    fields = _VIEW.select(output.fields, _VIEW.columns)
    installed = installed_providers()
    writer = make_writer(output.format, fields)
    writer.write([{field: getattr(provider, field) for field in fields} for provider in installed])
    writer.end()
    for name, count in Counter(provider.name for provider in installed).items():
        if count > 1:
            print_status(f"{count} packages define a provider {name}: none can be used; uninstall all but one")
