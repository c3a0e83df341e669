"""LTI 1.x credentials, deprecated in favour of configurations (official document, LtiCredentials)."""

from datetime import datetime
from typing import Annotated

from pydantic import Field, SecretStr

from orgsdk.providers.flat.models.base import Answer, Body
from orgsdk.providers.flat.models.words import LmsName


class LtiCredentials(Answer):
    """A couple of OAuth 1 credentials. `organization` and `creator` are ids; times are in UTC."""

    id: str
    name: str | None = None
    lms: LmsName | str | None = None
    organization: str | None = None
    creator: str | None = None
    creation_date: datetime | None = None
    last_usage: datetime | None = None
    consumer_key: str | None = None
    consumer_secret: SecretStr | None = None
    enable_email_matching: bool | None = None


class LtiCredentialsCreation(Body):
    """A couple of credentials to be made."""

    name: Annotated[str, Field(max_length=300)]
    lms: LmsName
