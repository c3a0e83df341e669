"""Errors for names that do not exist: an attribute or a parameter of another library, with the one to use here.

Private to orgsdk, except the two errors, which are `AttributeError` and `TypeError` too.
"""

from __future__ import annotations

from inspect import Parameter, signature
from typing import TYPE_CHECKING, Any, Final

from pydantic import SecretStr

from orgsdk.errors import OrgError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


class UnknownNameError(OrgError, AttributeError):
    """The object has no such attribute. `hasattr`, `inspect` and `unittest.mock` read it as missing."""


class ParameterError(OrgError, TypeError):
    """A method has no such parameter, or lacks a required one. Raised before any request."""


# Names of other libraries (openai-python, stripe, workos, boto3, Django), by the name here.
_SYNONYMS: Final = {
    "list": "all iter iterate each auto_paging_iter list_auto_paging paginate page pages list_all search query filter "
    "values items read_all get_all fetch_all scan iter_all",
    "get": "retrieve fetch read get_by_id find_by_id find_one show describe load one",
    "find": "lookup look_up find_by_email get_by_email find_by_username get_by_username by_email",
    "create": "insert new post make register save create_one",
    "add": "attach join assign",
    "update": "modify edit patch put change set replace upsert",
    "remove": "delete destroy discard del_ detach unlink purge drop leave",
    "count": "size length total count_all",
    "suspend": "disable deactivate block ban unsuspend enable activate lock",
    "set_roles": "assign_roles replace_roles update_roles set_role update_role",
    "add_roles": "add_role assign_role grant grant_role grant_roles",
    "remove_roles": "remove_role delete_role delete_roles revoke_role revoke_roles unassign_role",
    "list_roles": "get_roles roles",
    "revoke": "cancel expire withdraw decline",
    "resend": "send_again remind retry",
    "accounts": "users all_users directory",
    "organization": "org team tenant workspace get_organization",
    "organizations": "orgs teams tenants workspaces organisations list_organizations",
    "users": "members memberships people user_management list_users list_members",
    "invitations": "invites invite list_invitations",
    "aclose": "close disconnect shutdown",
    "close": "aclose disconnect shutdown",
    "run": "native",
    "with_options": "options with_timeout with_headers",
    "collect": "all to_list as_list fetch_all read_all results limit take",
    "pages": "iter_pages by_page has_more next_page",
    "first_page": "items data next_cursor previous_cursor total",
}

# What to write, where the name and its required parameters are not enough. A class and a name precede a name.
_USES: Final = {
    "create": "create(…)",
    "update": "update(id, …)",
    "find": 'find(email="…")',
    "remove": 'remove(id, account="keep")',
    "Organizations.remove": "remove(id)",
    "Roles.remove": "remove(role)",
    "Invitations.remove": "remove(id)",
    "Accounts.remove": 'remove(id, account="delete")',
    "list": "list() and iterate it",
    "collect": "collect(), or collect(limit=…)",
    "organization": "organization(id)",
    "accounts": "accounts for all accounts, or organization(id).users for the members of one organization",
    "run": "client.run(lambda client: client.native.…)",
    "first_page": "first_page(), which has it",
}

_ITEMS: Final = "page_size= for the items of a page, or list().collect(limit=…) for fewer items"
_CURSOR: Final = "cursor=, with the next_cursor of a page"
_PARAMETERS: Final = {
    **dict.fromkeys(("limit", "count", "first", "max_results", "maxresults", "top"), _ITEMS),
    **dict.fromkeys(("per_page", "pagesize", "size", "batch_size"), "page_size="),
    **dict.fromkeys(
        ("page", "offset", "skip", "after", "before", "starting_after", "next", "next_token", "page_token"), _CURSOR
    ),
    **dict.fromkeys(("q", "search", "filter", "name"), "query="),
    "email": "query=, or find(email=…) for one user",
    "username": "query=, or find(username=…) for one user",
    "roles": "role=, for one role",
    "id": "the id as the first argument",
    "user_id": "the id as the first argument",
    **dict.fromkeys(("timeout", "max_attempts", "max_wait"), "client.with_options({name}=…)"),
}
_OF_ONE_USER: Final = frozenset({"email", "username"})
_VALUES: Final = {"Accounts.account": 'account="delete"', "Users.account": 'account="keep" or account="delete"'}
_NOUNS: Final = frozenset({"user", "member", "account", "role", "organization", "invitation"})


class KnownNames:
    """Base of the clients, the resources and the lists: an unknown name raises an error with the one to use."""

    if not TYPE_CHECKING:  # a type checker reports the missing name itself

        def __getattr__(self, name: str) -> object:
            kind = type(self)
            if isinstance(getattr(kind, name, None), property):
                return getattr(kind, name).fget(self)  # it raised an AttributeError of its own: raise it again
            # Python and notebooks look up names that begin with an underscore.
            hint = "" if name.startswith("_") else f": {name_hint(self, name)}"
            raise UnknownNameError(f"{kind.__name__} has no {name!r}{hint}.", name=name, obj=self)


def name_hint(owner: object, name: str) -> str:
    kind = type(owner)
    public = sorted(known for known in {*dir(kind), *vars(owner)} if not known.startswith("_"))
    for known in _known_names(name.lower(), public):
        return f"use {_USES.get(f'{kind.__name__}.{known}') or _USES.get(known) or _call_of(owner, known)}"
    return f"it has {', '.join(public)}"


def _known_names(name: str, public: list[str]) -> Iterator[str]:
    yield from (known for known in public if name in _SYNONYMS.get(known, "").split())
    # `delete_user` and `get_users` have the noun that the resource is of.
    verb, _, noun = name.partition("_")
    if noun.removesuffix("s") in _NOUNS:
        yield from (known for known in public if verb == known or verb in _SYNONYMS.get(known, "").split())
    from difflib import get_close_matches  # only for this error

    yield from get_close_matches(name, public, n=1, cutoff=0.7)


def _call_of(owner: object, name: str) -> str:
    # Not read from the object itself: a property may raise.
    found = getattr(type(owner), name, None)
    if not callable(found):
        return name
    _, *parameters = signature(found).parameters.values()
    needed = [_as_argument(one) for one in parameters if one.default is one.empty]
    return f"{name}({', '.join(needed)})"


def _as_argument(parameter: Parameter) -> str:
    return f"{parameter.name}=…" if parameter.kind is Parameter.KEYWORD_ONLY else parameter.name


def hide_password(arguments: dict[str, Any]) -> None:
    """Wrap a password, so that no traceback shows it in the frames between the caller and the method.

    Args:
        arguments: The keyword arguments of a call, which are changed.
    """
    if isinstance(arguments.get("password"), str):
        arguments["password"] = SecretStr(arguments["password"])


def check_arguments(
    kind: type, method: Callable[..., Any], args: tuple[object, ...], kwargs: Mapping[str, object]
) -> None:
    """Raise `ParameterError` if a method cannot be called with these arguments. The values are not shown."""
    _, *parameters = signature(method).parameters.values()
    known = {one.name for one in parameters}
    positional = [one for one in parameters if one.kind is not Parameter.KEYWORD_ONLY]
    where = f"{kind.__name__}.{method.__name__}()"
    for name in kwargs:
        if name not in known:
            raise unknown_parameter(where, name, sorted(known)) from None
    if len(args) > len(positional):
        others = ", ".join(_as_argument(one) for one in parameters if one not in positional)
        count = f"{len(positional)} argument{'' if len(positional) == 1 else 's'}" if positional else "no argument"
        raise ParameterError(f"{where} takes {count} without a name: pass {others or 'no more'}.") from None
    given = {one.name for one in positional[: len(args)]} | kwargs.keys()
    missing = [
        _VALUES.get(f"{kind.__name__}.{one.name}", _as_argument(one))
        for one in parameters
        if one.default is one.empty and one.name not in given
    ]
    if missing:
        raise ParameterError(f"{where} needs {' and '.join(missing)}.") from None


def unknown_parameter(where: str, name: str, known: list[str]) -> ParameterError:
    """Return the error for a parameter that a method does not have.

    Args:
        where: The method.
        name: The parameter that was passed.
        known: The parameters that the method has.

    Returns:
        The error, with the parameter to use.
    """
    from difflib import get_close_matches  # only for this error

    hint = _PARAMETERS.get(name.lower(), "").format(name=name.lower())
    if "user_id" in known and name.lower() in _OF_ONE_USER.difference(known):
        return ParameterError(f"{where} has no parameter {name!r}: use find({name.lower()}=…), and pass the user's id.")
    if hint.startswith("client.") or hint.partition("=")[0] in {*known, "the id as the first argument"}:
        return ParameterError(f"{where} has no parameter {name!r}: use {hint}.")
    close = get_close_matches(name, known, n=1)
    hint = f"Did you mean {close[0]!r}?" if close else f"It has {', '.join(known) or 'none'}."
    return ParameterError(f"{where} has no parameter {name!r}. {hint}")
