"""A complete provider in memory, for tests and prototypes: no network, no account, faults on demand."""

from orgsdk.providers.memory.provider import Memory

__all__ = ["Memory"]
