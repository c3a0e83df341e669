"""What the gateway logs of a request: no id, name or value of it."""

from __future__ import annotations

from pathlib import Path

from scim2_server.routing import ROUTES, match_pattern


def path_template(method: str, path: str) -> str:
    """Return the path of a request without ids.

    Args:
        method: The HTTP method.
        path: The path below the base address.

    Returns:
        A path such as ``/Users/{id}``; ``-`` for one that does not exist.
    """
    segments = path.strip("/").split("/") if path.strip("/") else []
    for route in ROUTES:
        values = match_pattern(route.pattern, segments)
        if values is not None and values.get("endpoint", "Users") in {"Users", "Groups"}:
            return route.pattern.replace("{endpoint}", values.get("endpoint", "")).replace("{resource_id}", "{id}")
    return "-"


def traceback_lines(exception: Exception) -> str:
    """Return where an exception was raised, without its message, which may have a value of the request."""
    traceback, lines = exception.__traceback__, list[str]()
    while traceback is not None:
        code = traceback.tb_frame.f_code
        lines.append(f"{Path(code.co_filename).name}:{traceback.tb_lineno}")
        traceback = traceback.tb_next
    return " ".join(lines[-5:])
