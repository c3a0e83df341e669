"""Presets: how the exports of systems are read. Each module has one family of systems."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from orgsdk.bulk.roster.presets.accounts import ACCOUNTS
from orgsdk.bulk.roster.presets.directories import DIRECTORIES
from orgsdk.bulk.roster.presets.members import MEMBERS
from orgsdk.bulk.roster.presets.oneroster_1_0 import ONEROSTER
from orgsdk.bulk.roster.presets.schools import SCHOOLS
from orgsdk.bulk.roster.presets.scim import SCIM

if TYPE_CHECKING:
    from orgsdk.bulk.roster.presets.preset import Preset

PRESETS: Final[dict[str, Preset]] = {
    preset.name: preset for preset in (ONEROSTER, *SCHOOLS, *DIRECTORIES, SCIM, *ACCOUNTS, *MEMBERS)
}
"""The presets by name, in the order in which a file is compared with them."""
