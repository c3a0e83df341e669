"""The distribution: its version, and the command that installs an extra. Hatch reads the version from this file."""

from __future__ import annotations

__version__ = "0.1.0"

# orgsdk is on no package index yet, so that "orgsdk[cli]" cannot be installed by its name.
INSTALL_COMMAND = 'pip install ".[{extras}]"'


def install_advice(*extras: str) -> str:
    """Return a sentence with the command that installs extras, for the message of a missing one."""
    return f"In your checkout of orgsdk, run: {INSTALL_COMMAND.format(extras=','.join(extras))}"
