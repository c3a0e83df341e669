"""A small fleet at the sandbox: its configuration, its rosters, and the folder that has them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from orgsdk.sandbox import Sandbox

ROW = "{name},{name}@example.org,New,User,{role}"


class Folder:
    """A folder with `fleet.toml`, two schools at Logto and one at Flat, and rosters with new users only."""

    def __init__(self, path: Path, sandbox: Sandbox) -> None:
        self.path = path
        self.sandbox = sandbox
        self.sections = {
            "fleet": 'store = "fleet.db"\nattempts = 1',
            "credentials.flat": (
                f'provider = "flat"\nFLAT_BASE_URL = "{sandbox.flat_url}"\nFLAT_ACCESS_TOKEN = "env:TOKEN"'
            ),
            "credentials.tenant": (
                f'provider = "logto"\nLOGTO_ENDPOINT = "{sandbox.logto_url}"\n'
                f'LOGTO_APP_ID = "{sandbox.logto.app_id}"\nLOGTO_APP_SECRET = "env:SECRET"'
            ),
        }
        other = next(one.id for one in sandbox.logto.store.organizations if one.id != sandbox.logto.organization_id)
        self.schools = {
            "flat-school": ("flat", ""),
            "north": ("tenant", sandbox.logto.organization_id),
            "south": ("tenant", other),
        }
        for name in self.schools:
            self.roster(name, f"{name}_one", f"{name}_two")
        self.write()

    def write(self, **sections: str) -> None:
        """Write the configuration, with other sections than before."""
        self.sections |= sections
        text = 'organizations = "schools.csv"\n'
        text += "".join(f"\n[{name}]\n{lines}\n" for name, lines in self.sections.items())
        (self.path / "fleet.toml").write_text(text, "utf-8")
        rows = [f"{name},{credentials},{org},{name}.csv" for name, (credentials, org) in self.schools.items()]
        (self.path / "schools.csv").write_text("\n".join(["name,credentials,organization,roster", *rows, ""]), "utf-8")

    def roster(self, name: str, *new: str, role: str | None = None) -> None:
        """Write the roster of a school with these users."""
        default = "user" if name == "flat-school" else "student"
        rows = [ROW.format(name=one.replace("-", "_"), role=role or default) for one in new]
        lines = ["username,email,given_name,family_name,roles", *rows, ""]
        (self.path / f"{name}.csv").write_text("\n".join(lines), "utf-8")
