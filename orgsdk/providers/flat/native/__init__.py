"""All that Flat has for an organization, under its own names in snake case."""

from orgsdk.providers.flat.native.account import FlatAccountAPI
from orgsdk.providers.flat.native.invitations import FlatInvitationsAPI
from orgsdk.providers.flat.native.lti import FlatLtiAPI
from orgsdk.providers.flat.native.users import FlatUserChangesAPI, FlatUsersAPI

__all__ = ["FlatAPI"]


class FlatAPI(FlatUsersAPI, FlatUserChangesAPI, FlatInvitationsAPI, FlatLtiAPI, FlatAccountAPI):
    """Call Flat's operations by their own names: 17 of an organization, and `GET /me`.

    Answers are the models of `orgsdk.providers.flat.models`; what Flat tells beside them is in `model_extra`.
    Every method raises the errors of `orgsdk.errors`: `AuthenticationError` where the token is not good,
    `PermissionDeniedError` where it lacks a scope, `RateLimitError` where its 7,200 requests an hour are used up. A
    removal whose answer was lost is sent once more, and finding nothing there is a success then.

    Example: `link = await client.native.create_organization_user_signin_link(ada.id)`
    """
