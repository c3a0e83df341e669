"""HTTP provider kit: what every provider over HTTP shares, from its base class to the adoption of lost creates.

Authors of providers may rely on the names that this package exports. Everything else in its modules is private.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from orgsdk._lazy import lazy_attributes

if TYPE_CHECKING:
    from orgsdk.providers.http.accounts import EmailAccounts as EmailAccounts
    from orgsdk.providers.http.adoption import create_or_adopt as create_or_adopt, is_response_lost as is_response_lost
    from orgsdk.providers.http.advice import directory_advice as directory_advice, usual_advice as usual_advice
    from orgsdk.providers.http.aliases import PrimaryOf as PrimaryOf
    from orgsdk.providers.http.bodies import (
        BodyModel as BodyModel,
        JsonObject as JsonObject,
        build_body as build_body,
        changed_fields as changed_fields,
    )
    from orgsdk.providers.http.complete import (
        complete_by_overlap as complete_by_overlap,
        complete_in_rounds as complete_in_rounds,
    )
    from orgsdk.providers.http.concurrency import run_concurrently as run_concurrently
    from orgsdk.providers.http.conditional import ConditionalChange as ConditionalChange
    from orgsdk.providers.http.connection import BodyReader as BodyReader, HTTPConnection as HTTPConnection
    from orgsdk.providers.http.creation import (
        create_or_adopt_marked as create_or_adopt_marked,
        create_or_adopt_new as create_or_adopt_new,
    )
    from orgsdk.providers.http.directory_users import DirectoryUsers as DirectoryUsers
    from orgsdk.providers.http.duplicates import DropDuplicates as DropDuplicates
    from orgsdk.providers.http.envelope import EnvelopeReader as EnvelopeReader
    from orgsdk.providers.http.envelope_paging import (
        BodyCursor as BodyCursor,
        IndexCount as IndexCount,
        IndexOrCursor as IndexOrCursor,
    )
    from orgsdk.providers.http.error_codes import ErrorCodes as ErrorCodes, text_member as text_member
    from orgsdk.providers.http.filter_proofs import FilterProofs as FilterProofs
    from orgsdk.providers.http.group_roles import GroupRoles as GroupRoles
    from orgsdk.providers.http.invitation_checks import (
        check_organization_of as check_organization_of,
        check_pending as check_pending,
        check_recipient as check_recipient,
        filter_invitations as filter_invitations,
    )
    from orgsdk.providers.http.invitations import AddressInvitations as AddressInvitations
    from orgsdk.providers.http.joins import add_member_roles as add_member_roles, add_users as add_users
    from orgsdk.providers.http.list_checks import check_if_empty as check_if_empty, fetch_whole as fetch_whole
    from orgsdk.providers.http.lists import describe_list as describe_list
    from orgsdk.providers.http.matching import (
        check_stored as check_stored,
        find_by_email as find_by_email,
        find_matching_user as find_matching_user,
        has_values as has_values,
    )
    from orgsdk.providers.http.memberships import (
        MEMBERSHIP_REQUESTS as MEMBERSHIP_REQUESTS,
        MembershipOperations as MembershipOperations,
    )
    from orgsdk.providers.http.names import RoleNames as RoleNames, by_id_and_name as by_id_and_name, choose as choose
    from orgsdk.providers.http.native import HTTPNativeOperations as HTTPNativeOperations
    from orgsdk.providers.http.oauth_client import (
        OAuthClient as OAuthClient,
        TokenSetting as TokenSetting,
        build_auth as build_auth,
        stable_credentials as stable_credentials,
    )
    from orgsdk.providers.http.operations import HTTPOperations as HTTPOperations, PartialResult as PartialResult
    from orgsdk.providers.http.organizations import MarkedOrganizations as MarkedOrganizations
    from orgsdk.providers.http.paging import (
        LinkCursor as LinkCursor,
        PageNumber as PageNumber,
        Paging as Paging,
        SinglePage as SinglePage,
    )
    from orgsdk.providers.http.provider import HTTPProvider as HTTPProvider
    from orgsdk.providers.http.routes import (
        Filter as Filter,
        JsonBody as JsonBody,
        RoutedOperations as RoutedOperations,
        Routes as Routes,
        given as given,
    )
    from orgsdk.providers.http.row_cursor import complete_by_row_cursor as complete_by_row_cursor
    from orgsdk.providers.http.scope import OrganizationScope as OrganizationScope
    from orgsdk.providers.http.secrets import HiddenSecret as HiddenSecret
    from orgsdk.providers.http.state_changes import change_or_reread as change_or_reread
else:
    __getattr__, __dir__, __all__ = lazy_attributes(
        __name__,
        {
            ".adoption": ["create_or_adopt", "is_response_lost"],
            ".advice": ["directory_advice", "usual_advice"],
            ".aliases": ["PrimaryOf"],
            ".bodies": ["BodyModel", "JsonObject", "build_body", "changed_fields"],
            ".complete": ["complete_by_overlap", "complete_in_rounds"],
            ".concurrency": ["run_concurrently"],
            ".conditional": ["ConditionalChange"],
            ".directory_users": ["DirectoryUsers"],
            ".group_roles": ["GroupRoles"],
            ".oauth_client": ["OAuthClient", "TokenSetting", "build_auth", "stable_credentials"],
            ".connection": ["BodyReader", "HTTPConnection"],
            ".creation": ["create_or_adopt_marked", "create_or_adopt_new"],
            ".duplicates": ["DropDuplicates"],
            ".envelope": ["EnvelopeReader"],
            ".envelope_paging": ["BodyCursor", "IndexCount", "IndexOrCursor"],
            ".error_codes": ["ErrorCodes", "text_member"],
            ".filter_proofs": ["FilterProofs"],
            ".invitation_checks": ["check_organization_of", "check_pending", "check_recipient", "filter_invitations"],
            ".invitations": ["AddressInvitations"],
            ".joins": ["add_member_roles", "add_users"],
            ".list_checks": ["check_if_empty", "fetch_whole"],
            ".lists": ["describe_list"],
            ".matching": ["check_stored", "find_by_email", "find_matching_user", "has_values"],
            ".memberships": ["MEMBERSHIP_REQUESTS", "MembershipOperations"],
            ".names": ["RoleNames", "by_id_and_name", "choose"],
            ".native": ["HTTPNativeOperations"],
            ".operations": ["HTTPOperations", "PartialResult"],
            ".paging": ["LinkCursor", "PageNumber", "Paging", "SinglePage"],
            ".provider": ["HTTPProvider"],
            ".routes": ["Filter", "JsonBody", "RoutedOperations", "Routes", "given"],
            ".row_cursor": ["complete_by_row_cursor"],
            ".accounts": ["EmailAccounts"],
            ".organizations": ["MarkedOrganizations"],
            ".scope": ["OrganizationScope"],
            ".secrets": ["HiddenSecret"],
            ".state_changes": ["change_or_reread"],
        },
    )
