"""Refuse a function that returns a dependency where FastAPI expects the dependency itself."""

from __future__ import annotations

from dataclasses import dataclass

from orgsdk.errors import ConfigurationError


@dataclass(frozen=True)
class CallFirst:
    """Annotation of a parameter of a function that must be called before `Depends` takes it.

    ``Depends(require_member)`` would call the function in each request, read its parameters from the query, and check
    nothing. FastAPI asks pydantic for a schema of each parameter when it creates the route, and this raises then.

    Args:
        call: The call, for the error message.
    """

    call: str

    def __get_pydantic_core_schema__(self, *_: object) -> object:
        """Raise `ConfigurationError`: only FastAPI, given the function itself, asks for a schema."""
        raise ConfigurationError(f"The function was passed without its parentheses: write Depends({self.call}).")
