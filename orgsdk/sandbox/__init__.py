"""Flat, Logto and WorkOS servers for tests: real HTTP on loopback ports, state in memory.

The servers are written from the facts about each provider's wire format and import nothing of the client, so that one
mistake cannot be on both sides. `orgsdk._distribution`, the command that installs an extra, is not part of it.
"""

from orgsdk._distribution import install_advice
from orgsdk.sandbox.roster import Person, RosterError, default_roster, read_roster

try:
    from orgsdk.sandbox.server import Sandbox
except ModuleNotFoundError as _missing:
    if (_missing.name or "").partition(".")[0] not in {"starlette", "uvicorn"}:
        raise
    raise ImportError(f"orgsdk.sandbox needs starlette and uvicorn. {install_advice('sandbox')}") from _missing

__all__ = ["Person", "RosterError", "Sandbox", "default_roster", "read_roster"]
