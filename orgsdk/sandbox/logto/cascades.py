"""What goes with a row that is deleted (facts/logto.md section 7)."""

from dataclasses import replace

from orgsdk.sandbox.logto.store import Store


def delete_organization(store: Store, organization_id: str) -> bool:
    """Delete an organization with its memberships and invitations, and return whether there was one."""
    if store.organizations.remove(organization_id) is None:
        return False
    for user_id in list(store.memberships.members(organization_id)):
        store.memberships.remove(organization_id, user_id)
    for invitation in [one for one in store.invitations if one.organization_id == organization_id]:
        store.invitations.remove(invitation.id)
    store.jit_email_domains.drop_owner(organization_id)
    store.jit_roles.drop_owner(organization_id)
    return True


def delete_user(store: Store, user_id: str) -> bool:
    """Delete an account with its memberships, and return whether there was one.

    The invitations it sent go too, and those it accepted (`invitation.get.accepted_user_deleted`).
    """
    if store.users.remove(user_id) is None:
        return False
    for organization_id in store.memberships.organization_ids(user_id):
        store.memberships.remove(organization_id, user_id)
    for invitation in [one for one in store.invitations if user_id in (one.inviter_id, one.accepted_user_id)]:
        store.invitations.remove(invitation.id)
    store.user_roles.drop_owner(user_id)
    return True


def delete_role(store: Store, role_id: str) -> bool:
    """Delete an organization role wherever it is given, and return whether there was one."""
    if store.roles.remove(role_id) is None:
        return False
    store.memberships.drop_role(role_id)
    store.jit_roles.drop(role_id)
    for invitation in [one for one in store.invitations if role_id in one.role_ids]:
        kept = tuple(one for one in invitation.role_ids if one != role_id)
        store.invitations.put(replace(invitation, role_ids=kept))
    return True


def delete_scope(store: Store, scope_id: str) -> bool:
    """Delete an organization scope wherever it is granted, and return whether there was one."""
    if store.scopes.remove(scope_id) is None:
        return False
    for role in [one for one in store.roles if scope_id in one.scope_ids]:
        kept = tuple(one for one in role.scope_ids if one != scope_id)
        store.roles.put(replace(role, scope_ids=kept))
    return True
