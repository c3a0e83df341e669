"""Invitations to the organization (official document, /organizations/invitations)."""

import secrets
from dataclasses import replace
from typing import Any, get_args

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from orgsdk.sandbox.flat.auth import READ_USERS, WRITE_USERS
from orgsdk.sandbox.flat.errors import FlatError
from orgsdk.sandbox.flat.pagination import cut_page, link_header, read_position
from orgsdk.sandbox.flat.records import CLASS_ROLES, AccountRecord, InvitationRecord, InvitedRole, SentMail
from orgsdk.sandbox.flat.requests import FlatRequest, choice_parameter, endpoint, integer_parameter
from orgsdk.sandbox.flat.state import FlatState

_ORDER = "invitations"


def routes(state: FlatState) -> list[Route]:
    """Return the routes of the operations on invitations."""
    every = "/v2/organizations/invitations"
    return [
        Route(every, endpoint(state, READ_USERS, _list_organization_invitations), methods=["GET"]),
        Route(every, endpoint(state, WRITE_USERS, _create_organization_invitation), methods=["POST"]),
        Route(
            f"{every}/{{invitation}}",
            endpoint(state, WRITE_USERS, _remove_organization_invitation),
            methods=["DELETE"],
        ),
    ]


def invitation_view(invitation: InvitationRecord, organization_id: str) -> dict[str, Any]:
    """Return an invitation as `OrganizationInvitation`."""
    view: dict[str, Any] = {
        "id": invitation.id,
        "creationDate": invitation.creation_date,
        "organization": organization_id,
        "organizationRole": invitation.role,
        "customCode": invitation.code,
        "invitedBy": invitation.invited_by,
        "allowMultipleUse": False,
        "usedBy": list(invitation.used_by),
    }
    if invitation.email is not None:
        view["email"] = invitation.email
    if invitation.code is not None:
        view["htmlUrl"] = f"https://flat.example.org/organization/enroll?enrollcode={invitation.code}"
    return view


def _list_organization_invitations(state: FlatState, request: FlatRequest) -> Response:
    # These roles differ from those of invitations: the filter has no `accountAdmin`, and no invitation has `user`.
    role = choice_parameter(request.query, "role", ("user", "teacher", "admin"))
    limit = integer_parameter(request.query, "limit", minimum=1, maximum=1000, default=50)
    position = read_position(request.query, _ORDER)
    rows = [each for each in state.invitations.values() if role is None or each.role == role]
    page = cut_page(rows, lambda each: ("", each.sequence), position, state.page_size(limit))
    link = link_header(request.url, _ORDER, page, state.back_relation)
    views = [invitation_view(each, state.organization_id) for each in page.rows]
    return JSONResponse(views, headers=None if link is None else {"Link": link})


def _create_organization_invitation(state: FlatState, request: FlatRequest) -> Response:
    body = request.json()
    # In the official document both fields are optional, and the address has no format.
    email = body.text("email") or None
    role: InvitedRole = body.choice("organizationRole", get_args(InvitedRole)) or "teacher"
    member = None if email is None else _member_with(state, email)
    sequence, invitation_id = state.next_id("invitation")
    invitation = InvitationRecord(
        sequence=sequence,
        id=invitation_id,
        creation_date=state.date(),
        role=role,
        email=email,
        invited_by=request.actor.id,
        code=None if member else secrets.token_urlsafe(9),
        used_by=(member.id,) if member else (),
    )
    state.invitations[invitation.id] = invitation
    if member is not None:
        state.users[member.id] = replace(member, role=role, class_role=CLASS_ROLES.get(role))
    elif email is not None:
        state.mails.append(SentMail(email, invitation.id))
    return JSONResponse(invitation_view(invitation, state.organization_id))


def _remove_organization_invitation(state: FlatState, request: FlatRequest) -> Response:
    if state.invitations.pop(request.path["invitation"], None) is None:
        raise FlatError(404, "NOT_FOUND", "Invitation not found")
    return Response(status_code=204)


def _member_with(state: FlatState, email: str) -> AccountRecord | None:
    wanted = email.casefold()
    return next((user for user in state.users.listed() if (user.email or "").casefold() == wanted), None)
