"""The e-mails of invitations: what may keep one from being sent (facts/logto.md sections 7 and 9)."""

from typing import TYPE_CHECKING

from orgsdk.sandbox.logto.errors import RequestError
from orgsdk.sandbox.logto.records import JsonObject, SentMessage
from orgsdk.sandbox.logto.wire import encode

if TYPE_CHECKING:
    from orgsdk.sandbox.logto.state import LogtoState

# Port 1, where no mail server listens.
_REFUSED = {"message": "connect ECONNREFUSED 127.0.0.1:1"}


def send_message(
    state: "LogtoState", *, to: str, invitation_id: str, organization_id: str, payload: JsonObject
) -> None:
    """Send the e-mail of an invitation: it is then among `sent_messages`.

    Raises:
        RequestError: 501 without a connector, 429 over the limit, 400 without a template or a mail server.
    """
    if state.email_service == "no_connector":
        raise RequestError(501, "connector.not_found", values={"type": "Email"})
    if _is_over_limit(state, to):
        raise RequestError(429, "request.message_rate_limited")
    if state.email_service == "no_template":
        data = {"message": "Template not found for type: OrganizationInvitation"}
        raise RequestError(400, "connector.template_not_found", data=data)
    if state.email_service == "server_down":
        raise RequestError(400, "connector.general", data=_REFUSED, values={"details": encode(_REFUSED).decode()})
    state.sent_messages.append(SentMessage(to, invitation_id, organization_id, payload, state.clock()))


def _is_over_limit(state: "LogtoState", recipient: str) -> bool:
    """Tell whether the recipient, in any case and of any organization, has had all messages allowed."""
    if state.message_limit is None:
        return False
    most, seconds = state.message_limit
    since = state.clock() - seconds
    wanted = recipient.lower()
    recent = (one for one in state.sent_messages if one.to.lower() == wanted and one.sent_at > since)
    return sum(1 for _ in recent) >= most
