"""Wire models of users, and of the codes that they confirm an e-mail address with."""

from __future__ import annotations

from typing import ClassVar, Literal, TypeAlias

from orgsdk.providers.workos.models.base import UNSENT, Metadata, Secret, Time, WorkOSBody, WorkOSResponseModel

PasswordHashType: TypeAlias = Literal["bcrypt", "firebase-scrypt", "ssha", "ssha256", "scrypt", "pbkdf2", "argon2"]
"""The kinds of password hash that can be imported."""
PasswordSaltPosition: TypeAlias = Literal["prefix", "suffix"]
"""Whether a salt is before or after the password."""


class WorkOSUser(WorkOSResponseModel):
    """A user of the environment.

    Attributes:
        id: Id.
        email: The e-mail address.
        email_verified: Whether the address is confirmed.
        first_name: Given name.
        last_name: Family name.
        name: Display name.
        profile_picture_url: Address of a picture. It cannot be set.
        external_id: The user's id in another system.
        metadata: Texts of the application.
        last_sign_in_at: When the user last signed in.
        locale: The language.
        created_at: When the user was created.
        updated_at: When the user was last changed.
        radar_auth_attempt_id: Id of a check against fraud, in the response to a create.
    """

    id: str
    email: str | None = None
    email_verified: bool | None = None
    first_name: str | None = None
    last_name: str | None = None
    name: str | None = None
    profile_picture_url: str | None = None
    external_id: str | None = None
    metadata: Metadata | None = None
    last_sign_in_at: Time = None
    locale: str | None = None
    created_at: Time = None
    updated_at: Time = None
    radar_auth_attempt_id: str | None = None


class EmailChange(WorkOSResponseModel):
    """A change of an address that waits for its code.

    Attributes:
        user: The user.
        new_email: The new address.
        expires_at: Until when the code is valid.
        created_at: When the code was sent.
    """

    user: WorkOSUser | None = None
    new_email: str | None = None
    expires_at: Time = None
    created_at: Time = None


class UserEnvelope(WorkOSResponseModel):
    """A response whose only content is a user.

    Attributes:
        user: The user.
    """

    user: WorkOSUser


class CreateUser(WorkOSBody):
    """Request body that creates a user.

    Attributes:
        email: The e-mail address, unique in the environment.
        first_name: Given name.
        last_name: Family name.
        name: Display name.
        email_verified: Whether the address counts as confirmed.
        external_id: The user's id in another system: ASCII, at most 128 characters.
        metadata: Texts of the application.
        password: The password in plain text.
        password_hash: A hash to import, instead of `password`.
        password_hash_type: Kind of the hash.
        password_salt_position: Where the salt is.
        ip_address: Address of the user's device, for checks against fraud.
        user_agent: The user's browser, for checks against fraud.
        signals_id: Id of the checks' signals.
    """

    alternatives: ClassVar[tuple[tuple[str, str], ...]] = (("password", "password_hash"),)

    email: str
    first_name: str | None = None
    last_name: str | None = None
    name: str | None = None
    email_verified: bool | None = None
    external_id: str | None = None
    metadata: Metadata | None = None
    password: Secret | None = None
    password_hash: Secret = UNSENT
    password_hash_type: PasswordHashType = UNSENT
    password_salt_position: PasswordSaltPosition = UNSENT
    ip_address: str | None = None
    user_agent: str | None = None
    signals_id: str = UNSENT


class UpdateUser(WorkOSBody):
    """Request body that updates a user. A field that is not set stays as it is.

    Attributes:
        email: The e-mail address.
        first_name: Given name.
        last_name: Family name.
        name: Display name.
        email_verified: Whether the address counts as confirmed.
        external_id: The user's id in another system. None clears it.
        metadata: Texts of the application. Read them first: they may be replaced as a whole.
        locale: The language. None clears it.
        password: The new password in plain text.
        password_hash: A hash to import, instead of `password`.
        password_hash_type: Kind of the hash.
        password_salt_position: Where the salt is.
    """

    alternatives: ClassVar[tuple[tuple[str, str], ...]] = (("password", "password_hash"),)

    email: str = UNSENT
    first_name: str = UNSENT
    last_name: str = UNSENT
    name: str = UNSENT
    email_verified: bool = UNSENT
    external_id: str | None = None
    metadata: Metadata | None = None
    locale: str | None = None
    password: Secret = UNSENT
    password_hash: Secret = UNSENT
    password_hash_type: PasswordHashType = UNSENT
    password_salt_position: PasswordSaltPosition = UNSENT


class SendEmailChange(WorkOSBody):
    """Request body that sends a code to a new address.

    Attributes:
        new_email: The new address.
    """

    new_email: str


class ConfirmCode(WorkOSBody):
    """Request body with the code that a user received.

    Attributes:
        code: The code.
    """

    code: Secret
