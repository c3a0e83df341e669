"""`/api/organizations/{id}/jit`: just-in-time provisioning, by e-mail domain and with roles.

Users with these domains join the organization when they sign up. An account created through this API does not join
(`user.create.jit_domain`).
"""

from orgsdk.sandbox.logto.api.relations import Relation, relation_routes
from orgsdk.sandbox.logto.body import read_body
from orgsdk.sandbox.logto.errors import not_exists_with_id, not_found
from orgsdk.sandbox.logto.http import NO_CONTENT, LogtoRequest, LogtoResponse, Route, json_response
from orgsdk.sandbox.logto.pagination import list_response, optional_window_of
from orgsdk.sandbox.logto.postgres import (
    check_references,
    refuse_long,
    refuse_nul_within,
    refuse_repeated,
    unique_violation,
)
from orgsdk.sandbox.logto.wire import email_domain_object, role_object
from orgsdk.sandbox.logto.zod import array, shape, string

_LONGEST_DOMAIN = 128
_DOMAIN = shape(emailDomain=string(least=1))
_DOMAINS = shape(emailDomains=array(string()))


def list_domains(request: LogtoRequest) -> LogtoResponse:
    """List the domains, in pages only if a page is requested. An unknown organization has none."""
    window = optional_window_of(request.query)
    organization_id = request.params["id"]
    rows = [
        email_domain_object(organization_id, domain)
        for domain in request.state.store.jit_email_domains.of(organization_id)
    ]
    return list_response(request, window, rows)


def add_domain(request: LogtoRequest) -> LogtoResponse:
    """Add one domain; an existing one ends in 422 (`jit.domains.add.again`)."""
    domain: str = read_body(request, _DOMAIN)["emailDomain"]
    domains, organization_id = request.state.store.jit_email_domains, request.params["id"]
    before = domains.of(organization_id)
    _check(request, [domain])
    if domain in before:
        raise unique_violation()
    domains.put(organization_id, (*before, domain))
    return json_response(email_domain_object(organization_id, domain), status=201)


def replace_domains(request: LogtoRequest) -> LogtoResponse:
    """Replace the domains of the organization."""
    domains: list[str] = read_body(request, _DOMAINS)["emailDomains"]
    if domains:
        _check(request, domains)
    request.state.store.jit_email_domains.put(request.params["id"], domains)
    return NO_CONTENT


def _check(request: LogtoRequest, domains: list[str]) -> None:
    refuse_nul_within(domains)
    refuse_long(_LONGEST_DOMAIN, *domains)
    refuse_repeated(domains)
    check_references(((request.params["id"],), request.state.store.organizations))


def remove_domain(request: LogtoRequest) -> LogtoResponse:
    """Remove one domain."""
    domains, organization_id = request.state.store.jit_email_domains, request.params["id"]
    before = domains.of(organization_id)
    if request.params["emailDomain"] not in before:
        raise not_found()
    domains.put(organization_id, (domain for domain in before if domain != request.params["emailDomain"]))
    return NO_CONTENT


ROUTES = (
    Route("GET", "/organizations/{id}/jit/email-domains", list_domains),
    Route("POST", "/organizations/{id}/jit/email-domains", add_domain),
    Route("PUT", "/organizations/{id}/jit/email-domains", replace_domains),
    Route("DELETE", "/organizations/{id}/jit/email-domains/{emailDomain}", remove_domain),
    *relation_routes(
        Relation(
            template="/organizations/{id}/jit/roles",
            variable="organizationRoleId",
            body_key="organizationRoleIds",
            parents=lambda store: store.organizations,
            related=lambda store: store.roles,
            read=lambda store, organization_id: store.jit_roles.of(organization_id),
            write=lambda store, organization_id, ids: store.jit_roles.put(organization_id, ids),
            render=role_object,
            missing_parent=lambda organization_id: not_exists_with_id("organizations", organization_id),
        )
    ),
)
