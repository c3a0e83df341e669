"""`HiddenSecret`: a secret in a response, which no repr and no JSON shows."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from pydantic import PlainSerializer, SecretStr


def _hide(_: SecretStr) -> None:
    return None


HiddenSecret: TypeAlias = Annotated[SecretStr, PlainSerializer(_hide, return_type=None, when_used="json")]
"""A `SecretStr` that is null in JSON. A model that is read back has None, and not asterisks that look like a secret.

``model_dump()`` has the `SecretStr`. Store ``get_secret_value()`` if you need the secret in another process.
"""
