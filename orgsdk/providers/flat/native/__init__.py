"""All that Flat has for an organization, under its own names in snake case."""

from orgsdk.providers.flat.native.account import AccountPart
from orgsdk.providers.flat.native.invitations import InvitationsPart
from orgsdk.providers.flat.native.lti import LtiPart
from orgsdk.providers.flat.native.user_changes import UserChangesPart
from orgsdk.providers.flat.native.users import UsersPart

__all__ = ["FlatAPI"]


class FlatAPI(UsersPart, UserChangesPart, InvitationsPart, LtiPart, AccountPart):
    """Call Flat's operations by their own names: 17 of an organization, and `GET /me`.

    Answers are the models of `orgsdk.providers.flat.models`; what Flat tells beside them is in `model_extra`.
    Every method raises the errors of `orgsdk.errors`: `AuthenticationError` where the token is not good,
    `PermissionDeniedError` where it lacks a scope, `RateLimitError` where its 7,200 requests an hour are used up. A
    removal whose answer was lost is sent once more, and finding nothing there is a success then.

    Example: `link = await client.native.create_organization_user_signin_link(ada.id)`
    """
