"""Which settings of a provider are secrets, by the names of their environment variables. Private to orgsdk."""

from __future__ import annotations

import re

_SECRET = re.compile(r"TOKEN|SECRET|PASSWORD|KEY|CREDENTIAL")


def is_secret(variable: str) -> bool:
    """Return whether a variable holds a secret, by its name. The name of a file or an entry is not a secret.

    Args:
        variable: Name of an environment variable.

    Returns:
        True for the likes of ``LOGTO_APP_SECRET``, False for ``LOGTO_APP_ID`` and ``FLAT_ACCESS_TOKEN_FILE``.
    """
    return _SECRET.search(variable) is not None and not variable.endswith(("_FILE", "_KEYRING"))
