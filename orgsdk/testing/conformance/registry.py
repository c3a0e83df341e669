"""All checks, in the order in which they are run."""

from __future__ import annotations

from importlib import import_module

from orgsdk.testing.conformance.check import registered

import_module("orgsdk.testing.conformance.checks")  # which registers them

CHECKS = tuple(registered())
