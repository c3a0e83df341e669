"""Base classes of the resources: checked methods, repr, an error for iteration, and what users and accounts share."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import replace
from functools import wraps
from inspect import Parameter, iscoroutinefunction, isfunction
from types import FunctionType, MethodType
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar, Unpack, cast

from pydantic import SecretStr

from orgsdk._known_names import KnownNames, UnknownNameError
from orgsdk._parameters import MisuseError, check_arguments, hide_password, list_keywords, unknown_parameter
from orgsdk._unpicklable import Unpicklable
from orgsdk.arguments import check_flag
from orgsdk.domain import UNSET, USER_FIELDS, Capability, Unset, UnsetType, User, UserChanges, UserDraft, UserFields
from orgsdk.errors import InvalidArgumentError, OrgError, shorten_traceback
from orgsdk.pagination import Paginator
from orgsdk.providers.base import Provider  # get_type_hints resolves the annotations of the class
from orgsdk.resources.validation import (
    check_id,
    check_password_change,
    check_string,
    check_values,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from orgsdk.pagination import Listing
    from orgsdk.providers.base import AccountOperations


T = TypeVar("T")
FunctionT = TypeVar("FunctionT", bound="Callable[..., object]")


def name_fields(annotation: str, default: object) -> Callable[[FunctionT], FunctionT]:
    """Return a decorator that lists the user fields in a method's signature, which `help` and notebooks show.

    Args:
        annotation: The annotation of each field.
        default: The default of each field.

    Returns:
        A decorator that lists the user fields in a method's signature, which `help` and notebooks show.
    """
    fields = [Parameter(name, Parameter.KEYWORD_ONLY, default=default, annotation=annotation) for name in USER_FIELDS]

    return lambda function: list_keywords(function, fields)


class CheckedMethods(KnownNames):
    """Base of the resources: their coroutines and `list` name the right parameter, and raise short tracebacks."""

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        for name, found in list(vars(cls).items()):
            if isfunction(found) and not name.startswith("_"):
                if iscoroutinefunction(found):
                    setattr(cls, name, _checked_coroutine(found))
                elif name == "list":
                    setattr(cls, name, show_call(_checked_list(found)))


def _checked_coroutine(method: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(method)
    async def call(self: object, /, *args: object, **kwargs: object) -> object:
        hide_password(kwargs)
        try:
            return await method(self, *args, **kwargs)
        except TypeError:
            check_arguments(type(self), method, args, kwargs)
            raise
        except OrgError as error:
            shorten_traceback(error)
            raise

    return call


def _checked_list(method: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(method)
    def call(self: object, /, *args: object, **kwargs: object) -> object:
        try:
            return method(self, *args, **kwargs)
        except TypeError:
            check_arguments(type(self), method, args, kwargs)
            raise

    return call


def show_call(function: FunctionT) -> FunctionT:
    """Return a method that shows its call if it is used without one, as in ``client.organization.users``.

    Args:
        function: The method. It returns an object whose attributes or items are read next.

    Returns:
        The method. `inspect` and `unittest.mock` see the function itself.
    """
    return cast("FunctionT", _ShownMethod(function))  # type checkers report an uncalled method themselves


class _ShownMethod:
    # The method in its class. `__class__` makes `inspect` and `unittest.mock` treat it as the function.

    def __init__(self, function: Callable[..., object]) -> None:
        self._function = function

    def __get__(self, owner: object, kind: type | None = None) -> object:
        return self._function if owner is None else _UncalledMethod(MethodType(self._function, owner))

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._function(*args, **kwargs)

    def __getattr__(self, name: str) -> object:
        return getattr(self._function, name)

    @property
    def __doc__(self) -> str | None:  # type: ignore[override]  # of the function
        return self._function.__doc__

    @property  # type: ignore[misc]  # see above
    def __class__(self) -> type:  # pyright: ignore[reportIncompatibleMethodOverride]  # the same
        return FunctionType


class _UncalledMethod:
    # The method of an object, with an error for whatever is done with it before it is called.

    __slots__ = ("_bound",)

    def __init__(self, bound: MethodType) -> None:
        self._bound = bound

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._bound(*args, **kwargs)

    def __getattr__(self, name: str) -> object:
        if name.startswith("_"):
            return getattr(self._bound, name)
        owner, method = self._bound.__self__, self._bound.__name__
        others = f"{method}s"  # organizations have what one organization lacks
        call = f"{others}.{name}" if hasattr(getattr(owner, others, None), name) else f"{method}(…).{name}"
        raise UnknownNameError(f"{self._bound.__qualname__} is a method: write {call}.", name=name, obj=self)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, MethodType) and hash(self) == hash(other)

    def __hash__(self) -> int:
        return hash(self._bound)

    def __repr__(self) -> str:
        return repr(self._bound)

    @property
    def __doc__(self) -> str | None:  # type: ignore[override]  # of the method
        return self._bound.__doc__

    @property  # type: ignore[misc]  # as for the method in its class
    def __class__(self) -> type:  # pyright: ignore[reportIncompatibleMethodOverride]  # the same
        return MethodType

    def _refuse(self, *_: object) -> NoReturn:
        raise MisuseError(f"{self._bound.__qualname__} is a method: call it, as in {self._bound.__name__}(…).")

    __iter__ = __aiter__ = __await__ = __len__ = __getitem__ = __aenter__ = __enter__ = _refuse

    def __bool__(self) -> bool:
        return True


class Resource(CheckedMethods, Unpicklable):
    """Base of the resources. A resource is not a list: its `list()` returns one."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider
        self._tenant_key = provider.tenant_key

    def __repr__(self) -> str:
        verbs = ", ".join(name for name in dir(type(self)) if not name.startswith("_"))
        return f"<{type(self).__name__} at {self._provider!r}: {verbs}>"

    if not TYPE_CHECKING:  # a type checker reports the missing method itself

        def __aiter__(self) -> None:
            raise MisuseError(f"{type(self).__name__} is a resource, not a list: iterate its `list()`.")

        __iter__ = __aiter__

    def _paginate(
        self, listing: Listing[T], *, page_size: int | None, cursor: str | None, max_pages: int | None
    ) -> Paginator[T]:
        """Return the paginator of a list, whose cursors belong to the provider's tenant."""
        listing = replace(listing, tenant_key=self._tenant_key)
        return Paginator(listing, page_size=page_size, cursor=cursor, max_pages=max_pages)


class UserResource(Resource):
    """Base of `Users` and `Accounts`. `_noun` is the first part of their capabilities, such as "users"."""

    def __init__(self, provider: Provider, noun: str) -> None:
        super().__init__(provider)
        self._noun = noun

    @abstractmethod
    def _operations(self) -> AccountOperations:
        """Return the provider's operations. Read after the capability was checked."""

    async def get(self, user_id: str) -> User:
        """Return one user.

        No provider has a request for one member, so this searches the organization's list. For an unknown id, Flat
        needs one request for each 1,000 users.

        Args:
            user_id: The user's id.

        Returns:
            One user.

        Raises:
            UnsupportedError: The provider does not offer this.
            InvalidArgumentError: The id is invalid.
            NotFoundError: No such user.
        """
        self._require("get")
        return await self._operations().get(check_id(user_id, "user id"))

    async def find(self, *, email: str | None = None, username: str | None = None) -> User | None:
        """Find the user with this e-mail address or this username. Pass exactly one of them.

        Args:
            email: The address, compared without regard to case.
            username: The username, compared exactly.

        Returns:
            The user, or None if no user has it.

        Raises:
            UnsupportedError: The provider does not offer this, or has no usernames.
            InvalidArgumentError: Both or none are passed, or an empty text.
            ConflictError: Several users have the address in other spellings.

        Example: ``ada = await org.users.find(email="ada@example.com")``
        """
        self._require("find")
        if (email is None) == (username is None):
            raise InvalidArgumentError("find takes exactly one of email= and username=.")
        name, value = ("email", email) if email is not None else ("username", username)
        check_string(value, name, "pass one text.")
        if not value:
            raise InvalidArgumentError("find was given an empty text to look for.")
        if username is not None:
            self._provider.require(Capability.USERS_USERNAME)
        return await self._operations().find(email=email, username=username)

    @name_fields("str | UnsetType | None", UNSET)
    async def update(
        self,
        user_id: str,
        *,
        password: str | SecretStr | UnsetType = UNSET,
        **fields: Unpack[UserFields[str | UnsetType | None]],
    ) -> User:
        """Change the given fields of a user and leave the others unchanged.

        Without any field, no change is sent; the user is only read.

        Args:
            user_id: The user's id.
            password: The new password.
            **fields: The new values by field, such as ``name="Ada"``. None clears a field.

        Returns:
            The user after the change.

        Raises:
            UnsupportedError: The provider lacks a field, or cannot change or clear it.
            InvalidArgumentError: A value or the id is invalid.
            NotFoundError: No such user.
            ConflictError: The username, address or phone number is taken.

        Source: Flat `updateOrganizationUser`, Logto `UpdateUser`.

        Example: ``await org.users.update(ada.id, name=None)``
        """
        password = check_password_change(password)  # so that no traceback shows it in this frame
        self._require("update")
        self._check_names("update", fields)
        check_values(fields)
        changes = UserChanges(password=password, **fields)
        if not isinstance(password, Unset):
            self._provider.require(Capability.USERS_PASSWORD)
        for name, field in USER_FIELDS.items():
            if field.update_capability is not None and getattr(changes, name) is not UNSET:
                self._provider.require(field.update_capability)
        return await self._operations().update(check_id(user_id, "user id"), changes)

    async def suspend(self, user_id: str, *, suspended: bool = True) -> User:
        """Block a user from signing in, or unblock them.

        Args:
            user_id: The user's id.
            suspended: False unblocks the user.

        Returns:
            The user after the change.

        Raises:
            UnsupportedError: The provider does not offer this.
            InvalidArgumentError: The id is invalid.
            NotFoundError: No such user.

        Source: Logto `UpdateUserIsSuspended`.
        """
        self._require("suspend")
        check_flag("suspended", suspended)
        return await self._operations().suspend(check_id(user_id, "user id"), suspended=suspended)

    def _require(self, verb: str) -> None:
        self._provider.require(Capability(f"{self._noun}.{verb}"))

    def _draft(
        self, fields: UserFields[str | None], password: SecretStr | None, roles: tuple[str, ...] = ()
    ) -> UserDraft:
        """Return a validated draft, for `create` in the subclasses."""
        self._check_names("create", fields)
        if not (fields.get("username") or fields.get("email") or fields.get("phone")):
            raise InvalidArgumentError("A user needs a username, an e-mail address or a phone number.")
        check_values(fields)
        draft = UserDraft(password=password, roles=roles, **fields)
        if password is not None:
            self._provider.require(Capability.USERS_PASSWORD)
        for name, field in USER_FIELDS.items():
            if field.create_capability is not None and getattr(draft, name) is not None:
                self._provider.require(field.create_capability)
        return draft

    def _check_names(self, verb: str, fields: Mapping[str, object]) -> None:
        for name in fields:
            if name not in USER_FIELDS:
                raise unknown_parameter(f"{type(self).__name__}.{verb}()", name, list(USER_FIELDS))


def check_filter(value: str | None, name: str) -> str | None:
    """Return the filter of a list, one text or None. `name` is the argument in the error."""
    if value is not None:
        check_string(value, name, "pass one string, or leave it out.")
    return value
