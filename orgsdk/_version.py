"""The version of orgsdk: the only place that states it. Hatch reads it from this file."""

__version__ = "0.1.0"
