"""Base class of a provider's operations over HTTP, and the partial result of a method of several steps."""

from __future__ import annotations

import copy
from typing import Generic, Self, TypeVar

from pydantic import SecretStr

from orgsdk.errors import OrgError
from orgsdk.providers.http.connection import HTTPConnection

T = TypeVar("T")


class HTTPOperations:
    """Base of the classes of operations of a provider: they share one connection.

    Args:
        connection: Sends the requests.

    Example:
        ``class AcmeUsers(HTTPOperations, UserOperations): ...``
    """

    def __init__(self, connection: HTTPConnection) -> None:
        self._connection = connection

    def _within_timeout(self) -> Self:
        """Return these operations with one timeout for all of their requests, which starts now."""
        return self._with_connection(self._connection.within_timeout())

    def _holding(self, secret: SecretStr | None) -> Self:
        """Return these operations, whose errors do not show a secret that an earlier request of the method sent."""
        return self._with_connection(self._connection.holding(secret))

    def _with_connection(self, connection: HTTPConnection) -> Self:
        other = copy.copy(self)
        other._connection = connection
        for name, part in vars(self).items():
            if isinstance(part, HTTPOperations):  # such as the accounts, which the operations on members use
                setattr(other, name, part._with_connection(connection))
        return other


class PartialResult(Generic[T]):
    """Context manager of a method of several steps: an `OrgError` has what was achieved before it.

    Args:
        result: The result of the steps before. None if there is none yet.

    Attributes:
        result: What the finished steps achieved. Set it after each step. None is not added to an error.

    Example:
        ``with PartialResult(user): await assign_roles(user, roles)``
    """

    def __init__(self, result: T | None = None) -> None:
        self.result = result

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        if isinstance(error, OrgError) and self.result is not None:
            error.partial_result = self.result
