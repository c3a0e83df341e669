"""`orgsdk config`: show and change the settings in profiles."""

import os
import sys

from cyclopts import App

from orgsdk.cli.options.common import NameOption, OutputOptions

app: App = App(name="config", help="Show and change the settings in profiles.", help_epilogue="")


@app.command
def show(*, profile: NameOption = None, output: OutputOptions = OutputOptions()) -> None:
    """Show the settings of all profiles, or of one. Secrets are masked.

    Args:
        profile: The profile. Default: all.
    """
    from orgsdk.cli.output.formats import make_writer
    from orgsdk.cli.output.rows import RecordView
    from orgsdk.cli.profiles import profile_file, profile_names, read_profile
    from orgsdk.cli.sign_in import mask

    columns = ("profile", "setting", "value")
    fields = RecordView("setting", columns, columns).select(output.fields, columns)
    path = profile_file(os.environ)
    names = profile_names(path) if profile is None else [profile]
    rows = [
        {"profile": name, "setting": setting, "value": mask(setting, value)}
        for name in names
        for setting, value in read_profile(path, name).items()
    ]
    writer = make_writer(output.format, fields)
    writer.write([{field: row[field] for field in fields} for row in rows])
    writer.end()


@app.command
def get(setting: str, /, *, profile: NameOption = None) -> int:
    """Show one setting of a profile. A secret is masked. The exit code is 1 if it is not set.

    Args:
        setting: The name, such as LOGTO_ENDPOINT.
        profile: The profile. Default: ORGSDK_PROFILE, or the profile default.
    """
    from orgsdk.cli.errors import ExitCode, print_status
    from orgsdk.cli.output.console import clean
    from orgsdk.cli.profiles import profile_file, read_profile
    from orgsdk.cli.settings import profile_to_change
    from orgsdk.cli.sign_in import mask

    name = profile_to_change(os.environ, profile)
    value = read_profile(profile_file(os.environ), name).get(setting)
    if value is None:
        print_status(f"the profile {name} has no {setting}")
        return ExitCode.FAILURE
    sys.stdout.write(f"{clean(mask(setting, value))}\n")
    return ExitCode.OK


@app.command(name="set")
def set_(setting: str, value: str, /, *, profile: NameOption = None) -> None:
    """Change one setting of a profile, or add it. An empty value removes it. A secret is set by orgsdk auth login.

    Args:
        setting: The name, such as ORGSDK_ORGANIZATION.
        value: The value.
        profile: The profile. Default: ORGSDK_PROFILE, or the profile default. A new one is created.
    """
    from orgsdk._secret_settings import is_secret
    from orgsdk.cli.errors import UsageError, print_status
    from orgsdk.cli.profile_writer import check_profile_name, check_setting, write_profile
    from orgsdk.cli.profiles import profile_file, profile_names, read_profile
    from orgsdk.cli.settings import profile_to_change

    name = profile_to_change(os.environ, profile)
    check_profile_name(name)
    if is_secret(setting):
        # Other programs can read the arguments of a process.
        raise UsageError(f"{setting} is a secret: run orgsdk auth login --profile {name}, which asks for it")
    path = profile_file(os.environ)
    settings = read_profile(path, name) if name in profile_names(path) else {}
    check_setting(setting, value, settings)
    changed = {key: old for key, old in settings.items() if key != setting or value}
    write_profile(path, name, {**changed, setting: value} if value else changed)
    print_status(f"the profile {name} {'has' if value else 'no longer has'} {setting}")


@app.command
def path() -> None:
    """Show the path of the profiles file, whether it exists or not."""
    from orgsdk.cli.profiles import profile_file

    sys.stdout.write(f"{profile_file(os.environ)}\n")
