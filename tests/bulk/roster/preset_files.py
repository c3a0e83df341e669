"""Small files of each system, and the rows that they have."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

# External id, username, e-mail address, roles, state and word.
Row = tuple[str | None, str | None, str | None, tuple[str, ...] | None, str, str | None]


class PresetFile(NamedTuple):
    """A file of a system: its preset, its name, its text, and its rows."""

    preset: str
    title: str
    name: str
    text: str
    rows: list[Row]
    incomplete: bool = False


def _json(value: object) -> str:
    return json.dumps(value, indent=1)


def _okta(number: int, status: str) -> dict[str, Any]:
    profile = {"login": f"u{number}", "email": f"u{number}@example.org", "firstName": "A", "lastName": "B"}
    return {"id": f"00u{number}", "status": status, "profile": profile}


_FIREBASE = ",".join([""] * 28)
_ENTRA_CREATE = (
    "version:v1.0,,,,\n"
    "Nombre [displayName] Obligatorio,Usuario [userPrincipalName] Required,x [passwordProfile] Required,"
    "Block sign in (Yes/No) [accountEnabled] Required,Nombre [ givenName ]\n"
)
_GOOGLE = "First Name [Required],Last Name [Required],Email Address [Required],Password [Required],"

FILES = (
    PresetFile(
        "oneroster",
        "OneRoster 1.0 users",
        "users.csv",
        "sourcedId,status,dateLastModified,orgSourcedIds,role,username,userId,givenName,familyName,email\n"
        "u1,active,,s1,student,ada,,Ada,L,ada@example.org\n"
        "u2,inactive,,s1,teacher,bo,,Bo,M,\nu3,tobedeleted,,s1,aide,cy,,Cy,N,\n",
        [
            ("u1", "ada", "ada@example.org", ("student",), "active", None),
            ("u2", "bo", None, ("teacher",), "suspended", "inactive"),
            ("u3", "cy", None, ("aide",), "gone", "tobedeleted"),
        ],
        incomplete=True,
    ),
    PresetFile(
        "sds",
        "School Data Sync v1",
        "Student.csv",
        "SIS ID,School SIS ID,Username\n007,1,ada@example.org\n008,1,bo\n009,2,\n009,1,\n",
        [
            ("007", "ada@example.org", "ada@example.org", ("student",), "active", None),
            ("008", "bo", None, ("student",), "active", None),
            ("009", None, None, ("student",), "active", None),
        ],
    ),
    PresetFile(
        "sds",
        "School Data Sync v1 (UK)",
        "teachers.csv",
        "ID,School DfE Number,First Name,Last Name,Username\nt1,9,Ada,L,ada\n",
        [("t1", "ada", None, ("teacher",), "active", None)],
    ),
    PresetFile(
        "sds",
        "School Data Sync v2.0, users",
        "users.csv",
        "sourcedId,orgSourcedIds,givenName,familyName,username,password,role,grade\n"
        '1,"s1,s2",Ada,L,ada@example.org,,"teacher,coach",\n',
        [("1", "ada@example.org", "ada@example.org", ("teacher", "coach"), "active", None)],
    ),
    PresetFile(
        "clever",
        "Clever, students",
        "students.csv",
        "School_id,Student_id,First_name,Last_name,Student_email,Contact_email,Username\n"
        "1,417,Ada,L,ada@example.org,family@example.org,ada\n1,417,Ada,L,ada@example.org,aunt@example.org,ada\n",
        [("417", "ada", "ada@example.org", ("student",), "active", None)],
    ),
    PresetFile(
        "clever",
        "Clever, staff",
        "staff.csv",
        "School_id,Staff_id,Staff_email,First_name,Last_name,Title,Username,Role\n1,a1,zoe@example.org,Zoe,L,,zoe,STL\n",
        [("a1", "zoe", "zoe@example.org", ("staff", "STL"), "active", None)],
    ),
    PresetFile(
        "canvas",
        "Canvas users",
        "users.csv",
        "user_id,login_id,password,full_name,email,declared_user_type,status\n"
        "1,ada,,Ada L,ada@example.org,student,Active\n2,bo,,,,<delete>,suspended\n3,cy,,,,teacher,DELETED\n",
        [
            ("1", "ada", "ada@example.org", ("student",), "active", None),
            ("2", "bo", None, (), "suspended", "suspended"),
            ("3", "cy", None, ("teacher",), "gone", "DELETED"),
        ],
    ),
    PresetFile(
        "moodle",
        "Moodle users",
        "users.csv",
        "username;password;firstname;lastname;email;idnumber;suspended;deleted;sysrole1;role1;oldusername\n"
        "ada;;Ada;L;ada@example.org;1;0;;manager;student;\nbo.new;;Bo;M;bo@example.org;2;1;;-manager;;bo\n"
        "cy;;Cy;N;cy@example.org;3;;1;;;\nguest;;G;G;;;;;;;\n",
        [
            ("1", "ada", "ada@example.org", ("manager",), "active", None),
            ("2", "bo", "bo@example.org", None, "suspended", "suspended 1"),
            ("3", "cy", "cy@example.org", None, "gone", "deleted 1"),
        ],
    ),
    PresetFile(
        "google",
        "Google Workspace users",
        "download.csv",
        f"{_GOOGLE}Org Unit Path [Required],Status [READ ONLY],Work Secondary Email,Employee ID\n"
        'Ada,L,ada@example.org,****,/S,Active,"x@example.net,y@example.net",007\n'
        "Bo,M,bo@example.org,****,/S,Suspended,,\nCy,N,cy@example.org,****,/S,Archived,,\n",
        [
            ("007", "ada@example.org", "ada@example.org", None, "active", None),
            (None, "bo@example.org", "bo@example.org", None, "suspended", "Suspended"),
            (None, "cy@example.org", "cy@example.org", None, "suspended", "Archived"),
        ],
        incomplete=True,
    ),
    PresetFile(
        "entra",
        "Entra bulk create",
        "create.csv",
        f"{_ENTRA_CREATE}Example: Chris,example: chris@example.org,,No,Chris\n"
        "Ada L,ada@example.org,,No,Ada\nBo M,bo@example.org,,Yes,Bo\n",
        [
            (None, "ada@example.org", "ada@example.org", None, "active", None),
            (None, "bo@example.org", "bo@example.org", None, "suspended", "accountenabled Yes"),
        ],
        incomplete=True,
    ),
    PresetFile(
        "entra",
        "Entra bulk invite",
        "invite.csv",
        "version:v1.0,\nEmail address to invite [inviteeEmail] Required,Redirection url [inviteRedirectURL] Required\n"
        "ada@example.org,https://example.org\n",
        [(None, None, "ada@example.org", None, "active", None)],
        incomplete=True,
    ),
    PresetFile(
        "entra",
        "Entra download",
        "users.csv",
        "userPrincipalName,displayName,mail,id,userType,accountEnabled,state\n"
        "ada@example.org,Ada L,,1,Member,True,Bavaria\n"
        "x_y.org#EXT#@t.onmicrosoft.com,=Bo,bo@example.org,2,Guest,False,\n"
        "z_y.org#EXT#@t.onmicrosoft.com,Cy,,3,Guest,True,\n",
        [
            ("1", "ada@example.org", "ada@example.org", None, "active", None),
            ("2", "x_y.org#EXT#@t.onmicrosoft.com", "bo@example.org", None, "suspended", "accountenabled False"),
            ("3", "z_y.org#EXT#@t.onmicrosoft.com", None, None, "active", None),
        ],
        incomplete=True,
    ),
    PresetFile(
        "entra",
        "Microsoft 365 users",
        "users.csv",
        "Block credential,Display name,First name,Last name,User principal name\n"
        "False,Ada L,Ada,L,ada@example.org\nTrue,Bo M,Bo,M,bo@example.org\n",
        [
            (None, "ada@example.org", "ada@example.org", None, "active", None),
            (None, "bo@example.org", "bo@example.org", None, "suspended", "block credential True"),
        ],
        incomplete=True,
    ),
    PresetFile(
        "okta",
        "Okta import",
        "okta.csv",
        "login,firstName,lastName,middleName,email,employeeNumber\nada,Ada,L,,ada@example.org,007\n",
        [("007", "ada", "ada@example.org", None, "active", None)],
        incomplete=True,
    ),
    PresetFile(
        "okta",
        "Okta users",
        "okta.json",
        _json([_okta(1, "LOCKED_OUT"), _okta(2, "STAGED"), _okta(3, "SUSPENDED"), _okta(4, "DEPROVISIONED")]),
        [
            ("00u1", "u1", "u1@example.org", None, "active", None),
            ("00u2", "u2", "u2@example.org", None, "active", None),
            ("00u3", "u3", "u3@example.org", None, "suspended", "SUSPENDED"),
            ("00u4", "u4", "u4@example.org", None, "gone", "DEPROVISIONED"),
        ],
        incomplete=True,
    ),
    PresetFile(
        "workos",
        "WorkOS directory users",
        "users.json",
        _json(
            {
                "data": [
                    {
                        "idp_id": "1",
                        "directory_id": "d",
                        "state": "active",
                        "email": "a@example.org",
                        "roles": [{"slug": "x"}, {"slug": "y"}],
                    },
                    {"idp_id": "2", "directory_id": "d", "state": "inactive", "email": None, "role": {"slug": "x"}},
                ],
                "list_metadata": {"before": None, "after": None},
            }
        ),
        [("1", None, "a@example.org", ("x", "y"), "active", None), ("2", None, None, ("x",), "suspended", "inactive")],
    ),
    PresetFile(
        "keycloak",
        "Keycloak realm",
        "realm.json",
        _json(
            {
                "realm": "r",
                "clients": [{"id": "c"}],
                "users": [
                    {
                        "id": "1",
                        "username": "ada",
                        "firstName": "A",
                        "enabled": True,
                        "email": "ada@example.org",
                        "realmRoles": ["default-roles-r", "student", "offline_access"],
                        "attributes": {"phone": ["+15550100"]},
                    },
                    {"id": "2", "username": "bo", "firstName": "B", "enabled": False},
                    {"id": "3", "username": "service-account-x", "enabled": True, "serviceAccountClientId": "x"},
                ],
            }
        ),
        [
            ("1", "ada", "ada@example.org", ("student",), "active", None),
            ("2", "bo", None, None, "suspended", "enabled false"),
        ],
    ),
    PresetFile(
        "scim",
        "SCIM users",
        "scim.json",
        _json(
            {
                "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
                "totalResults": 3,
                "Resources": [
                    {
                        "schemas": [],
                        "externalId": "007",
                        "userName": "ada",
                        "active": "True",
                        "roles": ["student"],
                        "emails": [
                            {"value": "home@example.net", "type": "home"},
                            {"value": "a@example.org", "type": "work"},
                        ],
                    },
                    {"schemas": [], "USERNAME": "bo", "active": False, "emails": [{"value": "b@example.org"}]},
                    {
                        "schemas": [],
                        "userName": "cy",
                        "emails": [{"value": "x@example.org"}, {"value": "y@example.org"}],
                    },
                ],
            }
        ),
        [
            ("007", "ada", "a@example.org", ("student",), "active", None),
            (None, "bo", "b@example.org", None, "suspended", "active false"),
            (None, "cy", None, None, "active", None),
        ],
    ),
    PresetFile(
        "auth0",
        "Auth0 users",
        "export.ndjson",
        '{"user_id": "auth0|1", "email": "ada@example.org", "blocked": false, "app_metadata": {"roles": ["student"]}}\n'
        '{"user_id": "auth0|2", "email": "bo@example.org", "name": "bo@example.org", "blocked": true}\n',
        [
            ("auth0|1", None, "ada@example.org", ("student",), "active", None),
            ("auth0|2", None, "bo@example.org", None, "suspended", "blocked true"),
        ],
    ),
    PresetFile(
        "auth0",
        "Auth0 users",
        "export.csv",
        "user_id,email,blocked,roles\nauth0|1,ada@example.org,,student\nauth0|2,bo@example.org,true,\n",
        [
            ("auth0|1", None, "ada@example.org", ("student",), "active", None),
            ("auth0|2", None, "bo@example.org", (), "suspended", "blocked true"),
        ],
    ),
    PresetFile(
        "clerk",
        "Clerk dashboard",
        "clerk.csv",
        "id,first_name,last_name,username,primary_email_address,totp_secret,password_digest,password_hasher\n"
        "user_1,Ada,L,ada,ada@example.org,s,h,bcrypt\n",
        [("user_1", "ada", "ada@example.org", None, "active", None)],
    ),
    PresetFile(
        "clerk",
        "Clerk users",
        "clerk.json",
        _json(
            [
                {
                    "id": "user_1",
                    "external_id": "007",
                    "first_name": "Ada",
                    "primary_email_address_id": "b",
                    "email_addresses": [
                        {"id": "a", "email_address": "no@example.org"},
                        {"id": "b", "email_address": "ada@example.org"},
                    ],
                    "banned": False,
                    "locked": True,
                    "public_metadata": {"role": "student"},
                },
                {
                    "id": "user_2",
                    "external_id": None,
                    "username": "bo",
                    "first_name": "Bo",
                    "email_addresses": "",
                    "banned": True,
                },
            ]
        ),
        [
            ("007", None, "ada@example.org", ("student",), "active", None),
            (None, "bo", None, None, "suspended", "banned true"),
        ],
    ),
    PresetFile(
        "firebase",
        "Firebase users (auth:export as CSV)",
        "firebase.csv",
        'f1,ada@example.org,true,hash,salt,"L, Ada",,,,,,,,,,,,,,,,,,1,2,,,"{""role"":""student""}",\n'
        'f2,,false,,,Bo "B" M,,,,,,,,,,,,,,,,,,1,2,+15550100,true,,\n',
        [
            ("f1", None, "ada@example.org", ("student",), "active", None),
            ("f2", None, None, None, "suspended", "disabled true"),
        ],
    ),
    PresetFile(
        "firebase",
        "Firebase users",
        "firebase.json",
        _json(
            {
                "users": [
                    {"localId": "f1", "email": "ada@example.org", "customAttributes": '{"roles":["a","b"]}'},
                    {"localId": "f2", "disabled": True},
                ]
            }
        ),
        [
            ("f1", None, "ada@example.org", ("a", "b"), "active", None),
            ("f2", None, None, None, "suspended", "disabled true"),
        ],
    ),
    PresetFile(
        "cognito",
        "Cognito import",
        "cognito.csv",
        "name,email,address,cognito:mfa_enabled,custom:role,cognito:username\n"
        "Ada\\, L,ada@example.org,1 Road\\, Town,FALSE,student,ada\n",
        [(None, "ada", "ada@example.org", ("student",), "active", None)],
        incomplete=True,
    ),
    PresetFile(
        "cognito",
        "Cognito ListUsers",
        "users.json",
        _json(
            {
                "Users": [
                    {
                        "Username": "ada",
                        "Enabled": True,
                        "UserStatus": "FORCE_CHANGE_PASSWORD",
                        "Attributes": [{"Name": "sub", "Value": "s1"}, {"Name": "email", "Value": "ada@example.org"}],
                    },
                    {"Username": "bo", "Enabled": False, "UserStatus": "CONFIRMED", "Attributes": []},
                ]
            }
        ),
        [
            ("s1", "ada", "ada@example.org", None, "active", None),
            (None, "bo", None, None, "suspended", "Enabled false"),
        ],
        incomplete=True,
    ),
    PresetFile(
        "supabase",
        "Supabase users",
        "users.json",
        _json(
            {
                "aud": "authenticated",
                "users": [
                    {
                        "id": "1",
                        "aud": "authenticated",
                        "role": "authenticated",
                        "email": "ada@example.org",
                        "app_metadata": {"role": "student"},
                        "banned_until": "2020-01-01T00:00:00Z",
                    },
                    {
                        "id": "2",
                        "aud": "authenticated",
                        "email": "",
                        "phone": "15550100",
                        "app_metadata": {},
                        "banned_until": "2999-01-01T00:00:00Z",
                    },
                    {
                        "id": "3",
                        "aud": "authenticated",
                        "email": "cy@example.org",
                        "app_metadata": {},
                        "deleted_at": "2026-01-01",
                    },
                    {"id": "4", "aud": "authenticated", "app_metadata": {}, "is_anonymous": True},
                ],
            }
        ),
        [
            ("1", None, "ada@example.org", ("student",), "active", None),
            ("2", None, None, None, "suspended", "banned"),
            ("3", None, "cy@example.org", None, "gone", "deleted"),
        ],
        incomplete=True,
    ),
    PresetFile(
        "slack",
        "Slack members",
        "members.csv",
        "username,email,status,has-2fa,has-sso,userid,fullname,displayname\n"
        "ada,ada@example.org,Member,1,0,U1,Ada L,\nbo,bo@example.org,Deactivated,0,0,U2,Bo M,\n"
        "sync,,Bot,0,0,U3,Sync,\n",
        [
            ("U1", "ada", "ada@example.org", ("Member",), "active", None),
            ("U2", "bo", "bo@example.org", None, "gone", "Deactivated"),
        ],
    ),
    PresetFile(
        "github",
        "GitHub members",
        "members.csv",
        "login,id,name,tfa_enabled,is_public,role,last_active,saml_name_id\n"
        "ada,1,Ada L,true,true,owner,,ada@example.org\n"
        "bo,2,,false,false,member,,bo\n",
        [("1", "ada", "ada@example.org", ("owner",), "active", None), ("2", "bo", None, ("member",), "active", None)],
    ),
    PresetFile(
        "github",
        "GitHub Enterprise members",
        "enterprise.csv",
        "GitHub com login,GitHub com name,GitHub com member roles,GitHub com verified domain emails\n"
        'ada,Ada L,vale:Owner,ada@example.org\nbo,,,"b@example.org, o@example.org"\n',
        [
            (None, "ada", "ada@example.org", ("Owner",), "active", None),
            (None, "bo", None, (), "active", None),
        ],
    ),
)
