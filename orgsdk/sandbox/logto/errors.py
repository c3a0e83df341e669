"""Errors of the Logto server: exceptions, error bodies, and messages by language (facts/logto.md section 3).

Codes are stable, messages are translated by Accept-Language. The sandbox has the translations that were recorded, and
otherwise uses English, like Logto.
"""

from collections.abc import Mapping

_ENGLISH: Mapping[str, str] = {
    "auth.authorization_header_missing": "Authorization header is missing.",
    "auth.authorization_token_type_not_supported": "Authorization type is not supported.",
    "auth.forbidden": "Forbidden. Please check your user roles and permissions.",
    "auth.unauthorized": "Unauthorized. Please check credentials and its scope.",
    "connector.general": "Error occurred in connector: {details}",
    "connector.not_found": "Cannot find any available connector for type: {type}.",
    "connector.template_not_found": "Unable to find correct template in connector config.",
    "entity.db_constraint_violated": "Database constraint violated.",
    "entity.invalid_input": "Invalid input. Value list must not be empty.",
    "entity.not_exists": "The {name} does not exist.",
    "entity.not_exists_with_id": "The {name} with ID `{id}` does not exist.",
    "entity.not_found": "The resource does not exist.",
    "entity.relation_foreign_key_not_found": (
        "Cannot find one or more foreign keys. Please check the input and ensure that all referenced entities exist."
    ),
    "entity.unique_integrity_violation": "The entity already exists. Please check the input and try again.",
    "entity.value_too_long": "The length of value is too long and exceeds the limit.",
    "guard.invalid_input": "The request {type} is invalid.",
    "guard.invalid_pagination": "The request pagination value is invalid.",
    "oidc.invalid_client": "An OIDC error occurred: oidc.invalid_client.",
    "oidc.invalid_request": "Request is invalid.",
    "oidc.invalid_target": "Invalid resource indicator.",
    "oidc.unsupported_grant_type": "Unsupported `grant_type` requested.",
    "organization.require_membership": "The user must be a member of the organization to proceed.",
    "organization.role_names_not_found": (
        "Invalid role names detected: {names}. Please create these roles first before proceeding."
    ),
    "request.invalid_input": "Input is invalid. {details}",
    "request.message_rate_limited": "Too many messages sent to this recipient. Please try again later.",
    "role.name_in_use": "This role name {name} is already in use",
    "scope.name_exists": "The scope name {name} is already in use",
    "session.invalid_credentials": "Incorrect account or password. Please check your input.",
    "user.email_already_in_use": "This email is associated with an existing account.",
    "user.invalid_role_type": "Invalid role type. Cannot assign machine-to-machine role to user.",
    "user.password_algorithm_required": "Password algorithm is required.",
    "user.password_and_digest": "You cannot set both plain text password and password digest.",
    "user.phone_already_in_use": "This phone number is associated with an existing account.",
    "user.username_already_in_use": "This username is already in use.",
}

_TRANSLATIONS: Mapping[str, Mapping[str, str]] = {
    "de": {"entity.not_exists_with_id": "{name} mit ID `{id}` existiert nicht."},
    "zh-cn": {"user.username_already_in_use": "该用户名已被使用。"},
}


def message_for(code: str, accept_language: str, values: Mapping[str, str]) -> str:
    """Return the message of an error code in the first accepted language that has it, or in English."""
    for entry in accept_language.split(","):
        tag = entry.split(";")[0].strip().lower()
        for language, texts in _TRANSLATIONS.items():
            if tag in (language, language.split("-")[0]) and code in texts:
                return texts[code].format_map(values)
    return _ENGLISH[code].format_map(values)


class RequestError(Exception):
    """A request ends with this error, in Logto's own form: `{code, data?, details?, message}`."""

    def __init__(
        self,
        status: int,
        code: str,
        *,
        data: Mapping[str, object] | None = None,
        details: str | None = None,
        values: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.data = data
        self.details = details
        self.values: Mapping[str, str] = values or {}

    def body(self, accept_language: str) -> dict[str, object]:
        """Return the body, in the language that the client prefers."""
        body: dict[str, object] = {"code": self.code}
        if self.data is not None:
            body["data"] = self.data
        if self.details is not None:
            body["details"] = self.details
        body["message"] = message_for(self.code, accept_language, self.values)
        return body


class InternalError(Exception):
    """A request ends with 500 and no code, as when Logto's database rejects a value (`proto.nul_in_id`)."""


class MalformedBodyError(Exception):
    """A request whose body is not JSON ends with 400, a message and no code (`proto.malformed_json`)."""


def not_found() -> RequestError:
    """Return the 404 for users, roles and every deletion."""
    return RequestError(404, "entity.not_found")


def not_exists_with_id(name: str, entity_id: str) -> RequestError:
    """Return the 404 for reading an organization or a scope."""
    return RequestError(404, "entity.not_exists_with_id", values={"name": name, "id": entity_id})


def not_exists(name: str) -> RequestError:
    """Return the 404 for updating an organization, an organization role or a scope."""
    return RequestError(404, "entity.not_exists", values={"name": name})


def invalid_search(reason: str) -> RequestError:
    """Return the 400 for an invalid user search; its `data` is an empty object."""
    return RequestError(400, "request.invalid_input", data={}, values={"details": reason})


def not_a_string(name: str) -> RequestError:
    """Return the 400 for a repeated query parameter, which Logto reads as an array."""
    issue: dict[str, object] = {
        "code": "invalid_type",
        "expected": "string",
        "received": "array",
        "path": [name],
        "message": "Expected string, received array",
    }
    return _invalid_query(issue, f'"{name}": (invalid_type) Expected string but received array.')


def empty_string(name: str) -> RequestError:
    """Return the 400 for an empty query parameter if the OpenAPI document requires at least one character."""
    message = "String must contain at least 1 character(s)"
    issue: dict[str, object] = {
        "code": "too_small",
        "minimum": 1,
        "type": "string",
        "inclusive": True,
        "exact": False,
        "message": message,
        "path": [name],
    }
    return _invalid_query(issue, f'"{name}": (too_small) {message}')


def _invalid_query(issue: Mapping[str, object], details: str) -> RequestError:
    """Return the 400 for an invalid query, in the form recorded for invalid bodies (`org.create.two_errors`)."""
    return RequestError(
        400,
        "guard.invalid_input",
        data={"issues": [issue], "name": "ZodError"},
        details=f"Error in key path {details}",
        values={"type": "query"},
    )


def refuse_nul(*texts: str | None) -> None:
    """Raise the 500 for a NUL that reaches PostgreSQL (`proto.nul_in_id`, `proto.nul_in_search`)."""
    if any(text is not None and "\0" in text for text in texts):
        raise InternalError
