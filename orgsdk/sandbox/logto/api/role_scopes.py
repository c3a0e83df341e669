"""`/api/organization-roles/{id}/scopes` and `/resource-scopes`: what a role permits."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

from orgsdk.sandbox.logto.api.relations import Relation, relation_routes
from orgsdk.sandbox.logto.errors import RequestError, not_found
from orgsdk.sandbox.logto.store import Store
from orgsdk.sandbox.logto.wire import resource_scope_object, scope_object


def _missing_role(_role_id: str) -> RequestError:
    return not_found()


def _reading(column: str) -> Callable[[Store, str], tuple[str, ...]]:
    return lambda store, role_id: cast("tuple[str, ...]", getattr(store.roles.get(role_id), column, ()))


def _writing(column: str) -> Callable[[Store, str, tuple[str, ...]], None]:
    def write(store: Store, role_id: str, ids: tuple[str, ...]) -> None:
        changes: dict[str, Any] = {column: ids}
        store.roles.put(replace(store.roles[role_id], **changes))

    return write


ROUTES = (
    *relation_routes(
        Relation(
            template="/organization-roles/{id}/scopes",
            variable="organizationScopeId",
            body_key="organizationScopeIds",
            parents=lambda store: store.roles,
            related=lambda store: store.scopes,
            read=_reading("scope_ids"),
            write=_writing("scope_ids"),
            render=scope_object,
            missing_parent=_missing_role,
        )
    ),
    *relation_routes(
        Relation(
            template="/organization-roles/{id}/resource-scopes",
            variable="scopeId",
            # Not `resourceScopeIds` (`orgrole.resource_scopes.add.wrong_key`).
            body_key="scopeIds",
            parents=lambda store: store.roles,
            related=lambda store: store.resource_scopes,
            read=_reading("resource_scope_ids"),
            write=_writing("resource_scope_ids"),
            render=resource_scope_object,
            missing_parent=_missing_role,
        )
    ),
)
