"""What is known of a file before it is read, and what it is when it has been read."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from orgsdk.bulk.roster.preset_rows import ReadOptions
from orgsdk.bulk.roster.recognition import Match
from orgsdk.bulk.roster.roles import RolesOfUsers
from orgsdk.bulk.roster.spec import Roster


@dataclass(frozen=True, slots=True, kw_only=True)
class FileContext:
    """What is known of a file besides its content.

    Attributes:
        preset: The name of the preset; None to recognize it.
        role: The role of each row, from the caller.
        orgs: The organizations whose users are read; None for all of them.
        roles_of: The roles in a file of their own, if the export has one.
    """

    preset: str | None = None
    role: str | None = None
    orgs: Collection[str] | None = None
    roles_of: RolesOfUsers | None = None

    def notes(self, match: Match, options: ReadOptions) -> list[str]:
        """Return a note if the roles are in a file that is not read: those of the members stay as they are."""
        file, columns = match.preset.roles, options.columns or {}
        has_roles = match.layout.role_of_file or match.layout.columns_of("roles") or "roles" in columns
        if file is None or has_roles or self.roles_of is not None or self.role is not None:
            return []
        return [f"no roles are read: they are in {file.name}. Pass the folder or the zip of the export"]


@dataclass(frozen=True, slots=True)
class FileRoster:
    """The roster of one file, and what it was recognized as; None for a file with columns of its own."""

    roster: Roster
    match: Match | None = None
