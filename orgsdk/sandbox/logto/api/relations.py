"""Relations of a role or an organization to other objects: routes that list, add, replace and remove.

Recorded are `orgrole.scopes.*`, `orgrole.resource_scopes.*` and `jit.roles.*`, which behave alike.
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
    """One relation: its routes, and how to read and write it.

    Attributes:
        template: Path of the routes.
        variable: Name of the path's variable for the id of a related object.
        body_key: Name of the body's member with the ids of related objects.
        parents: Returns the table of the objects that have the relation.
        related: Returns the table of the related objects.
        read: Returns the related ids of a parent.
        write: Replaces the related ids of a parent.
        render: Returns the JSON object of a related row.
        missing_parent: Returns the 404 for an unknown parent.
    """

    template: str
    variable: str
    body_key: str
    parents: Callable[[Store], Table[Any]]
    related: Callable[[Store], Table[Any]]
    read: Callable[[Store, str], tuple[str, ...]]
    write: Callable[[Store, str, tuple[str, ...]], None]
    render: Callable[[Any], dict[str, object]]
    missing_parent: Callable[[str], RequestError]


def relation_routes(relation: Relation) -> tuple[Route, ...]:
    """Return the routes that list, add, replace and remove related objects."""
    return (
        Route("GET", relation.template, partial(_list, relation)),
        Route("POST", relation.template, partial(_add, relation)),
        Route("PUT", relation.template, partial(_replace, relation)),
        Route("DELETE", f"{relation.template}/{{{relation.variable}}}", partial(_remove, relation)),
    )


def _list(relation: Relation, request: LogtoRequest) -> LogtoResponse:
    """List the related objects by id, in pages only if a page is requested."""
    window = optional_window_of(request.query)
    store, parent_id = request.state.store, request.params["id"]
    if parent_id not in relation.parents(store):
        raise relation.missing_parent(parent_id)
    related = relation.related(store)
    rows = [relation.render(row) for one in sorted(relation.read(store, parent_id)) if (row := related.get(one))]
    return list_response(request, window, rows)


def _add(relation: Relation, request: LogtoRequest) -> LogtoResponse:
    """Add all ids or none. Ids that are related already stay so."""
    body = shape(**{relation.body_key: array(string(least=1), nonempty=True)})
    ids: list[str] = read_body(request, body)[relation.body_key]
    store, parent_id = request.state.store, request.params["id"]
    check_links(ids, relation.related(store), parent_id=parent_id, parents=relation.parents(store))
    relation.write(store, parent_id, tuple(dict.fromkeys((*relation.read(store, parent_id), *ids))))
    return CREATED


def _replace(relation: Relation, request: LogtoRequest) -> LogtoResponse:
    """Replace the related ids; a repeated id ends in 422 (`orgrole.scopes.replace.duplicate_in_body`)."""
    ids: list[str] = read_body(request, shape(**{relation.body_key: array(string(least=1))}))[relation.body_key]
    store, parent_id = request.state.store, request.params["id"]
    refuse_repeated(ids)
    check_links(ids, relation.related(store), parent_id=parent_id, parents=relation.parents(store))
    if parent_id in relation.parents(store):
        relation.write(store, parent_id, tuple(ids))
    return NO_CONTENT


def _remove(relation: Relation, request: LogtoRequest) -> LogtoResponse:
    """Remove one related id."""
    store, parent_id, removed_id = request.state.store, request.params["id"], request.params[relation.variable]
    before = relation.read(store, parent_id)
    if removed_id not in before:
        raise not_found()
    relation.write(store, parent_id, tuple(one for one in before if one != removed_id))
    return NO_CONTENT
