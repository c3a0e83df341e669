"""`orgsdk auth`: sign in and write a profile, list profiles, and sign out."""

import os
from typing import Annotated

from cyclopts import App, Parameter

from orgsdk.cli.options.common import FlagOption, NameOption, OutputOptions, PathOption, YesOption
from orgsdk.cli.options.connection import ConnectionOptions

app: App = App(name="auth", help="Sign in, and keep the settings in a profile.", help_epilogue="")

_SetOption = Annotated[
    tuple[str, ...],
    Parameter(
        name="--set",
        metavar="NAME=VALUE",
        negative="",
        show_default=False,
        help="A setting that is not a secret, such as LOGTO_ENDPOINT=https://t.logto.app. May be repeated.",
    ),
]


@app.command
def login(
    *,
    set_: _SetOption = (),
    secret_file: PathOption = None,
    no_keyring: FlagOption = False,
    no_verify: FlagOption = False,
    connection: ConnectionOptions = ConnectionOptions(),
) -> None:
    """Sign in to a provider, and write the settings to a profile.

    Asks for what is neither an option nor in the environment, and states what it took from there. The secret goes to
    the keyring of the operating system if the package keyring is installed and finds one, else to the profiles file,
    which only its owner can read. Nothing is written if the provider refuses the credentials. Without --profile, the
    profile default is written, which commands use if the environment has no settings of a provider.

    Args:
        secret_file: Read the access token or secret from this file; - is standard input.
        no_keyring: Write the secret to the profiles file.
        no_verify: Send no request to check the credentials.
    """
    from orgsdk._tracked_settings import TrackedSettings
    from orgsdk.cli.calls import run_with
    from orgsdk.cli.errors import UsageError, print_status
    from orgsdk.cli.options.roster import parse_pairs
    from orgsdk.cli.profile_writer import check_profile_name
    from orgsdk.cli.profiles import profile_file, profile_names, read_profile
    from orgsdk.cli.settings import ORGANIZATION_VARIABLE, profile_to_change, read_files, select_profile
    from orgsdk.cli.sign_in import (
        FROM_ENVIRONMENT,
        choose_provider,
        collect_settings,
        report_refusal,
        save_login,
        verify_sign_in,
    )
    from orgsdk.client import OrgClient

    path = profile_file(os.environ)
    name = profile_to_change(os.environ, connection.profile)
    check_profile_name(name)
    existing = read_profile(path, name) if name in profile_names(path) else {}
    provider = choose_provider(connection.provider, existing, os.environ)
    given = parse_pairs(set_, "--set NAME=VALUE")
    if connection.organization is not None:
        given[ORGANIZATION_VARIABLE] = connection.organization
    settings, origins = collect_settings(
        provider, given=given, profile=existing, environ=os.environ, secret_file=secret_file
    )
    tracked = TrackedSettings(read_files(settings, provider, path.parent))
    client = OrgClient.from_env(environ=tracked)
    # A variable of the environment that the provider does not read is not a setting of this profile.
    used = {key: value for key, value in settings.items() if tracked.was_read(key.removesuffix("_FILE"))}
    if unknown := [key for key in given if key not in used]:
        raise UsageError(f"--set {unknown[0]}: the provider {provider.name} has no such setting")
    with report_refusal(origins):
        note = "" if no_verify else run_with(client, verify_sign_in)
    location = save_login(path, name, used, previous=existing, use_keyring=not no_keyring)
    verb = "wrote" if no_verify else "signed in to"
    taken = [key for key in used if origins.get(key.removesuffix("_FILE")) == f"{key}{FROM_ENVIRONMENT}"]
    source = f", with {', '.join(taken)}{FROM_ENVIRONMENT}" if taken else ""
    print_status(f"{verb} {client.provider!r} as the profile {name}{source}; {location}{note and '; ' + note}")
    if select_profile(os.environ, provider=None, profile=None) != name:
        print_status(f"to use it, pass --profile {name} or set ORGSDK_PROFILE={name}")


@app.command
def logout(*, profile: NameOption = None, yes: YesOption = False) -> None:
    """Remove a profile, and its secret from the keyring. It sends no request: delete the token at the provider too.

    Args:
        profile: The profile. Default: ORGSDK_PROFILE, or the profile default.
    """
    from orgsdk.cli.errors import print_status
    from orgsdk.cli.profiles import profile_file, read_profile
    from orgsdk.cli.settings import profile_to_change
    from orgsdk.cli.sign_in import delete_login
    from orgsdk.cli.user_input import confirm

    path = profile_file(os.environ)
    name = profile_to_change(os.environ, profile)
    settings = read_profile(path, name)
    of = f" for {settings['ORGSDK_PROVIDER']}" if "ORGSDK_PROVIDER" in settings else ""
    confirm(f"remove the profile {name}{of} from {path}", yes=yes)
    delete_login(path, name, settings)
    print_status(f"removed the profile {name} from {path}")


@app.command
def status(*, output: OutputOptions = OutputOptions()) -> int:
    """List the profiles: name, provider, organization, location of the secret, and which one commands use.

    Sends no request; orgsdk whoami does. The exit code is 1 if there is no profile.
    """
    from orgsdk.cli.errors import ExitCode, print_status
    from orgsdk.cli.output.formats import make_writer
    from orgsdk.cli.output.rows import RecordView
    from orgsdk.cli.profiles import profile_file, profile_names, read_profile
    from orgsdk.cli.settings import select_profile
    from orgsdk.cli.sign_in import profile_status

    columns = ("profile", "provider", "organization", "secret", "in_use")
    fields = RecordView("profile", columns, columns).select(output.fields, columns)
    path = profile_file(os.environ)
    names = profile_names(path)
    in_use = select_profile(os.environ, provider=None, profile=None)
    rows = [profile_status(name, read_profile(path, name), in_use=name == in_use) for name in names]
    writer = make_writer(output.format, fields)
    writer.write([{field: row[field] for field in fields} for row in rows])
    writer.end()
    if not names:
        print_status(f"{path} has no profile: run orgsdk auth login")
        return ExitCode.FAILURE
    if in_use is None:
        print_status("commands use the settings of the environment, or the profile that --profile names")
    return ExitCode.OK
