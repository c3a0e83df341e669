"""The literal values of Flat's official document: requests take only these, responses may have any other text."""

from typing import Literal, TypeAlias

OrganizationRole: TypeAlias = Literal["user", "teacher", "admin", "accountAdmin"]
InvitedRole: TypeAlias = Literal["admin", "teacher", "accountAdmin"]
# The filter has other roles than an invitation can have (official document, listOrganizationInvitations).
InvitationRoleFilter: TypeAlias = Literal["user", "teacher", "admin"]
ClassRole: TypeAlias = Literal["teacher", "student"]
UserType: TypeAlias = Literal["user", "guest"]
Product: TypeAlias = Literal["flat", "flatEdu", "msnippet", "embed"]
LicenseMode: TypeAlias = Literal["credit", "site"]
LicenseSource: TypeAlias = Literal[
    "order", "trial", "voucher", "distributor", "subscription", "appStore", "playStore", "musicfirst"
]
UserSort: TypeAlias = Literal["firstname", "lastname", "lastActivityDate", "licenseExpirationDate"]
Direction: TypeAlias = Literal["asc", "desc"]
TestAccounts: TypeAlias = Literal["exclude", "only"]
LicenseState: TypeAlias = Literal["active", "notActive"]
LmsName: TypeAlias = Literal[
    "canvas", "moodle", "schoology", "blackboard", "desire2learn", "sakai", "schoolbox", "other"
]
LtiStatus: TypeAlias = Literal["ready-to-use", "in-use", "incomplete-setup"]
LtiDeploymentMode: TypeAlias = Literal["single", "multi"]
AppScope: TypeAlias = Literal[
    "account.public_profile",
    "account.email",
    "account.education_profile",
    "scores.readonly",
    "scores.social",
    "scores",
    "collections.readonly",
    "collections.add_scores",
    "collections",
    "notifications.readonly",
    "edu.resources",
    "edu.resources.readonly",
    "edu.classes",
    "edu.classes.readonly",
    "edu.assignments",
    "edu.assignments.readonly",
    "edu.admin",
    "edu.admin.lti",
    "edu.admin.lti.readonly",
    "edu.admin.users",
    "edu.admin.users.readonly",
    "tasks.readonly",
    "omr",
]
