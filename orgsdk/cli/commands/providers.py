"""`orgsdk providers`."""

from orgsdk.cli.parameters import Output


def providers(*, output: Output = Output()) -> None:
    """List the providers that are installed: name, package, version, and where in it.

    Reads what the packages say of themselves and imports none of them. A name in `--provider` or ORGSDK_PROVIDER is
    one of these; other packages add to them by an entry point (docs/writing_a_provider.md).
    """
    from orgsdk.cli.providers import list_providers

    list_providers(output)
