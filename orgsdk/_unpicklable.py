"""Base class of what holds credentials or connections: it cannot be pickled, deep-copied or validated by pydantic.

Private to orgsdk.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NoReturn

from orgsdk._parameters import MisuseError
from orgsdk.errors import ConfigurationError

if TYPE_CHECKING:
    from typing import Self


class Unpicklable:
    """Refuse pickle and `copy.deepcopy`: a pickle would hold the credentials in clear.

    `copy.copy` works: the copy shares connections and credentials with the original.
    """

    __slots__ = ()

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise MisuseError(
            f"{type(self).__name__} holds credentials or connections, so it cannot be pickled or deep-copied: "
            "create it where it is used, such as once in each process."
        )

    def __copy__(self) -> Self:
        if not hasattr(self, "__dict__"):
            return self  # those with slots are frozen
        other = type(self).__new__(type(self))
        other.__dict__.update(self.__dict__)
        return other

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: Callable[[object], object]) -> object:
        # FastAPI asks for a schema of each parameter and response.
        message = (
            f"{cls.__name__} has no pydantic schema. In a path operation of FastAPI, write `client: Client` "
            "with orgsdk.fastapi.Client for the client, and return `await …list().collect()` as list[User]; "
            "in a model, allow arbitrary types."
        )
        return schema_or_error(cls, handler, message)


def schema_or_error(cls: type, handler: Callable[[object], object], message: str) -> object:
    """Return pydantic's schema of a class for a model that allows arbitrary types, or raise `ConfigurationError`."""
    from pydantic.errors import PydanticSchemaGenerationError

    try:
        return handler(cls)
    except PydanticSchemaGenerationError:
        raise ConfigurationError(message) from None
