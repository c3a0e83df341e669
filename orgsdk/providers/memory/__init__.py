"""A complete provider in memory, for tests and prototypes: no network, no account, fault injection."""

from orgsdk.providers.memory.provider import Memory

__all__ = ["Memory"]
