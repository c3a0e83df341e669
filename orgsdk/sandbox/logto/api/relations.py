"""What belongs to a role or to an organization: one set of four routes, whatever it is.

Recorded are `orgrole.scopes.*`, `orgrole.resource_scopes.*` and `jit.roles.*`; they agree.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from orgsdk.sandbox.logto.body import read_body
from orgsdk.sandbox.logto.errors import RequestError, not_found
from orgsdk.sandbox.logto.http import CREATED, NO_CONTENT, LogtoRequest, LogtoResponse, Route
from orgsdk.sandbox.logto.pagination import list_response, optional_window_of
from orgsdk.sandbox.logto.postgres import check_links, refuse_repeated
from orgsdk.sandbox.logto.store import Store, Table
from orgsdk.sandbox.logto.zod import array, shape, string


@dataclass(frozen=True, slots=True)
class Relation:
    """Hold where a relation stands, what it relates, and how it is kept."""

    template: str
    variable: str
    """The path's name for one that belongs."""
    body_key: str
    """The body's name for the ids of those that belong."""
    parents: Callable[[Store], Table[Any]]
    related: Callable[[Store], Table[Any]]
    read: Callable[[Store, str], tuple[str, ...]]
    write: Callable[[Store, str, tuple[str, ...]], None]
    render: Callable[[Any], dict[str, object]]
    missing_parent: Callable[[str], RequestError]


def relation_routes(relation: Relation) -> tuple[Route, ...]:
    """Return the routes that list, add, replace and remove what belongs."""
    return (
        Route("GET", relation.template, partial(_list, relation)),
        Route("POST", relation.template, partial(_add, relation)),
        Route("PUT", relation.template, partial(_replace, relation)),
        Route("DELETE", f"{relation.template}/{{{relation.variable}}}", partial(_remove, relation)),
    )


def _list(relation: Relation, request: LogtoRequest) -> LogtoResponse:
    """Answer what belongs, by id, paged only when a page is asked for."""
    window = optional_window_of(request.query)
    store, parent_id = request.state.store, request.params["id"]
    if parent_id not in relation.parents(store):
        raise relation.missing_parent(parent_id)
    related = relation.related(store)
    rows = [relation.render(row) for one in sorted(relation.read(store, parent_id)) if (row := related.get(one))]
    return list_response(request, window, rows)


def _add(relation: Relation, request: LogtoRequest) -> LogtoResponse:
    """Add all or none; what belongs already goes on to."""
    body = shape(**{relation.body_key: array(string(least=1), nonempty=True)})
    ids: list[str] = read_body(request, body)[relation.body_key]
    store, parent_id = request.state.store, request.params["id"]
    check_links(ids, relation.related(store), parent_id=parent_id, parents=relation.parents(store))
    relation.write(store, parent_id, tuple(dict.fromkeys((*relation.read(store, parent_id), *ids))))
    return CREATED


def _replace(relation: Relation, request: LogtoRequest) -> LogtoResponse:
    """Let exactly these belong; an id that is repeated is refused (`orgrole.scopes.replace.duplicate_in_body`)."""
    ids: list[str] = read_body(request, shape(**{relation.body_key: array(string(least=1))}))[relation.body_key]
    store, parent_id = request.state.store, request.params["id"]
    refuse_repeated(ids)
    check_links(ids, relation.related(store), parent_id=parent_id, parents=relation.parents(store))
    if parent_id in relation.parents(store):
        relation.write(store, parent_id, tuple(ids))
    return NO_CONTENT


def _remove(relation: Relation, request: LogtoRequest) -> LogtoResponse:
    """Let one belong no more."""
    store, parent_id, gone = request.state.store, request.params["id"], request.params[relation.variable]
    before = relation.read(store, parent_id)
    if gone not in before:
        raise not_found()
    relation.write(store, parent_id, tuple(one for one in before if one != gone))
    return NO_CONTENT
