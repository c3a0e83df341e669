"""The variable ``ORGSDK_LOG``: show what the logger ``orgsdk`` logs, without any code. Private to orgsdk.

At ``debug``, each request is a line with its operation, status, duration and request id. No line has a token, a URL, a
header, a body or an e-mail address. The loggers are ``orgsdk``, and ``orgsdk.fastapi.*`` below it.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from orgsdk.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping

LOGGER = logging.getLogger("orgsdk")
VARIABLE = "ORGSDK_LOG"
LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}


def set_up_log(environ: Mapping[str, str]) -> None:
    """Set the level that ``ORGSDK_LOG`` names, and write to stderr unless the program has set up logging itself.

    Without the variable, and if the program has set the logger's level, nothing is changed.

    Args:
        environ: The variables.

    Raises:
        ConfigurationError: The variable has another value.
    """
    value = environ.get(VARIABLE, "").strip()
    if not value:
        return
    level = LEVELS.get(value.lower())
    if level is None:
        # Do not echo the value: it may be anything.
        raise ConfigurationError(f"{VARIABLE} is not a level: set it to one of {', '.join(LEVELS)}, or unset it.")
    if LOGGER.level != logging.NOTSET:
        return
    LOGGER.setLevel(level)
    if not LOGGER.hasHandlers():
        handler = logging.StreamHandler()
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
        LOGGER.addHandler(handler)
