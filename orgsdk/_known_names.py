"""Errors for attributes that do not exist: those of another library, or of a method that was not called.

Private to orgsdk, except the error, which is an `AttributeError` too.
"""

from __future__ import annotations

from inspect import signature
from typing import TYPE_CHECKING, ClassVar, Final, TypeVar

from orgsdk._messages import similar_name
from orgsdk._parameters import MisuseError, as_argument
from orgsdk.errors import OrgError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

FunctionT = TypeVar("FunctionT", bound="Callable[..., object]")


class UnknownNameError(OrgError, AttributeError):
    """The object has no such attribute. `hasattr`, `inspect` and `unittest.mock` read it as missing."""


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
    "list_organizations": "get_organizations memberships list_memberships",
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
    "next_cursor": "next next_page cursor has_more has_next",
    "items": "users results data records values rows list",
    "given_name": "first_name firstname forename",
    "family_name": "last_name lastname surname",
    "email": "mail email_address address",
    "username": "user_name login",
    "roles": "role",
    "is_suspended": "suspended disabled blocked is_active active enabled",
    "raw": "data json document extra",
    "model_dump": "dict to_dict as_dict",
    "writes": "changes actions operations steps diff",
    "outcomes": "results details rows",
    "failures": "errors failed_rows problems",
    "is_empty": "empty has_changes",
    "summary": "to_string text describe print",
}
# Functions that newcomers look for as methods.
_ELSEWHERE: Final = {
    "Plan.apply": "await bulk.apply(plan, organization)",
    "Plan.run": "await bulk.apply(plan, organization)",
    "Plan.execute": "await bulk.apply(plan, organization)",
    "Roster.plan": "await bulk.plan(organization, roster)",
    "Report.resume": "await bulk.resume(journal, organization)",
    **{
        f"Run.{name}": f"(await run).{name}, or run.report.{name} for what was done until now"
        for name in ("failures", "outcomes", "summary", "counts", "to_csv")
    },
    "Fleet.plan": 'await fleet.start("plan"), and then await fleet.work()',
    "Fleet.apply": 'await fleet.start("apply"), and then await fleet.work()',
    "Fleet.run": "await fleet.sync(), or start() and work()",
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
    "model_dump": "model_dump()",
}

_NOUNS: Final = frozenset({"user", "member", "account", "role", "organization", "invitation"})


class KnownNames:
    """Base of the clients, the resources, the lists and the pages: an unknown name raises an error with the one to use.

    A page is a dataclass with slots.
    """

    __slots__ = ()

    if not TYPE_CHECKING:  # a type checker reports the missing name itself

        def __getattr__(self, name: str) -> object:
            kind = type(self)
            if isinstance(getattr(kind, name, None), property):
                return getattr(kind, name).fget(self)  # it raised an AttributeError of its own: raise it again
            # Python and notebooks look up names that begin with an underscore.
            hint = "" if name.startswith("_") else f": {name_hint(self, name)}"
            raise UnknownNameError(f"{kind.__name__} has no {name!r}{hint}.", name=name, obj=self)


class HasItems(KnownNames):
    """Base of the rosters, plans and reports: iterating one of them raises an error that names its list."""

    __slots__ = ()
    _items: ClassVar[str]

    if not TYPE_CHECKING:  # a type checker reports the missing methods itself

        def __iter__(self) -> None:
            raise MisuseError(f"A {type(self).__name__} is no list: iterate its `{self._items}` with `for`.")

        def __aiter__(self) -> None:
            raise MisuseError(f"A {type(self).__name__} is complete: iterate its `{self._items}` with `for`.")


class AsyncOnly(KnownNames):
    """Base of what is used with `async with`: `with`, and `for` where `async for` is meant, raise an error."""

    __slots__ = ()

    if not TYPE_CHECKING:  # a type checker reports the missing methods itself

        def __init_subclass__(cls, **options: object) -> None:
            super().__init_subclass__(**options)
            if hasattr(cls, "__anext__"):
                cls.__iter__ = _refuse_for

        def __enter__(self) -> None:
            raise MisuseError(f"A {type(self).__name__} is async: use `async with`.")

        def __exit__(self, *error: object) -> None:
            """Exist because `with` looks for it before it calls `__enter__`."""


def _refuse_for(iterated: object) -> None:
    raise MisuseError(f"A {type(iterated).__name__} is async: use `async for`.")


def name_hint(owner: object, name: str, public: Iterable[str] | None = None) -> str:
    """Return what to write in place of an unknown attribute, or all attributes.

    Args:
        owner: The object.
        name: The attribute.
        public: The attributes that it has. Default: all whose name does not start with an underscore.

    Returns:
        The end of a sentence.
    """
    kind = type(owner)
    if f"{kind.__name__}.{name}" in _ELSEWHERE:
        return f"use {_ELSEWHERE[f'{kind.__name__}.{name}']}"
    if public is None:
        public = (known for known in {*dir(kind), *getattr(owner, "__dict__", {})} if not known.startswith("_"))
    public = sorted(public)
    for known in _known_names(name.lower(), public):
        return f"use {_USES.get(f'{kind.__name__}.{known}') or _USES.get(known) or _call_of(owner, known)}"
    return f"it has {', '.join(public)}"


def _known_names(name: str, public: list[str]) -> Iterator[str]:
    yield from (known for known in public if name in _SYNONYMS.get(known, "").split())
    # `delete_user` and `get_users` have the noun that the resource is of.
    verb, _, noun = name.partition("_")
    if noun.removesuffix("s") in _NOUNS:
        yield from (known for known in public if verb == known or verb in _SYNONYMS.get(known, "").split())
    if near := similar_name(name, public, likeness=0.7):
        yield near


def _call_of(owner: object, name: str) -> str:
    # Not read from the object itself: a property may raise.
    found = getattr(type(owner), name, None)
    if not callable(found):
        return name
    _, *parameters = signature(found).parameters.values()
    needed = [as_argument(one) for one in parameters if one.default is one.empty]
    return f"{name}({', '.join(needed)})"
