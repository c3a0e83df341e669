"""Every organization call by the provider's own client, `flat-api` 2.0.4: run by `test_peer` in its environment.

    python peer_calls.py (calls|defects) BASE_URL TOKEN

Writes one JSON object: by operation what was read, or by defect how the client failed.
"""

import json
import sys
from collections.abc import Callable
from typing import Any

import flat_api as f  # type: ignore[import-not-found]
from flat_api.api.account_api import AccountApi  # type: ignore[import-not-found]
from flat_api.api.organization_api import OrganizationApi  # type: ignore[import-not-found]

SUFFIXES = ("_with_http_info", "_without_preload_content")


class Peer:
    """Call the generated methods and store their results."""

    def __init__(self, base_url: str, token: str) -> None:
        client = f.ApiClient(f.Configuration(host=base_url, access_token=token))
        self.apis = (AccountApi(client), OrganizationApi(client))
        self.read: dict[str, list[Any]] = {}

    def __call__(self, operation: str, *args: Any, **kwargs: Any) -> Any:
        api = next(api for api in self.apis if hasattr(api, operation))
        response = getattr(api, f"{operation}_with_http_info")(*args, **kwargs)
        self.read.setdefault(operation, []).append([response.status_code, plain(response.data)])
        return response.data

    def unmade(self) -> list[str]:
        """Return the organization operations that were not called."""
        public = (name for name in vars(OrganizationApi) if not name.startswith("_") and not name.endswith(SUFFIXES))
        return sorted(set(public) - self.read.keys())


def plain(data: Any) -> Any:
    if isinstance(data, list):
        return [plain(each) for each in data]
    return json.loads(data.to_json()) if hasattr(data, "to_json") else data


def calls(peer: Peer) -> dict[str, Any]:
    """Make every call, and return the results as the client parsed them."""
    peer("get_authenticated_user")
    peer("list_organization_users", limit=3, role=["teacher", "admin"], sort="lastname", direction="desc")
    peer("list_organization_users", limit=1000)
    peer("count_orga_users", role=["teacher"], no_active_license=True, test_accounts="exclude")
    user = peer(
        "create_organization_user",
        f.UserCreation(username="peer", password="secret", email="peer@example.org", role="teacher", locale="fr"),
    )
    peer("update_organization_user", user.id, f.UserAdminUpdate(firstname="Pe", organization_role="admin"))
    peer("create_organization_user_signin_link", user.id, f.UserSigninLinkCreation(destination_path="/class"))
    scopes = f.OrganizationUserAccessTokenCreation(scopes=["account.public_profile"])
    peer("create_organization_user_access_token", user.id, scopes)
    invited = peer("create_organization_invitation", f.OrganizationInvitationCreation(email="new@example.org"))
    member = f.OrganizationInvitationCreation(email="peer@example.org", organization_role="accountAdmin")
    peer("create_organization_invitation", member)
    peer("list_organization_invitations", role="teacher", limit=3)
    peer("remove_organization_invitation", invited.id)
    peer("remove_organization_user", user.id, convert_to_individual=True)
    credentials = peer("create_lti_credentials", f.LtiCredentialsCreation(name="peer", lms="canvas"))
    peer("list_lti_credentials")
    peer("revoke_lti_credentials", credentials.id)
    bodies = [
        f.LtiConfigurationCreate1p1(mode="1p1-manual", name="peer", lms="moodle"),
        f.LtiConfigurationCreate1p3Manual(mode="1p3-manual", client_id="c", jwks_url="https://lms.example.org/jwks"),
        f.LtiConfigurationCreate1p3Deployment(mode="1p3-deployment", deployment_type="canvas", deployment_id="d"),
        f.LtiConfigurationCreate1p3Dynamic(mode="1p3-dynamic"),
    ]
    created = [peer("create_lti_configuration", f.LtiConfigurationCreate(body)) for body in bodies]
    peer("list_lti_configurations")
    changes = f.LtiConfigurationUpdate(f.LtiConfigurationUpdateStandalone(client_id="c2"))
    configuration_id = plain(created[-1])["id"]
    peer("update_lti_configuration", configuration_id, changes)
    peer("delete_lti_configuration", configuration_id)
    return {"read": peer.read, "unmade": peer.unmade()}


def defects(peer: Peer) -> dict[str, str]:
    """Return the errors of calls in which the client has a bug."""

    def failure(call: Callable[[], object]) -> str:
        try:
            call()
        except Exception as error:
            return f"{type(error).__name__}: {error}"
        return ""

    api = peer.apis[1]
    return {
        "a picture that is null": failure(lambda: peer("list_organization_users", limit=1000)),
        "ids alone": failure(lambda: peer("list_organization_users", only_ids=True)),
        "a second page": failure(
            lambda: list(f.paginate(api.list_organization_invitations_with_http_info, limit=1)),
        ),
        "an error's code": failure(lambda: peer("remove_organization_user", "nobody")),
    }


if __name__ == "__main__":
    work = {"calls": calls, "defects": defects}[sys.argv[1]]
    sys.stdout.write(json.dumps(work(Peer(*sys.argv[2:]))))
