"""Validation of request bodies, with the same issues and messages as zod, which Logto uses.

Recorded are the issues of `org.create.*`, `user.create.*`, `orguser.add.*`, `orgrole.create.*`,
`invitation.create.*` and `invitation.status.*`. Like zod, a check lists every issue; a value of the wrong type is not
checked further.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, cast

from orgsdk.sandbox.logto.errors import RequestError

Issue = Mapping[str, object]
Path = tuple[str | int, ...]


class _Absent(Enum):
    ABSENT = "undefined"


ABSENT: Final = _Absent.ABSENT
"""The value of a missing member: JavaScript's `undefined`."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A checked value and its issues; `has_wrong_type` is zod's "aborted"."""

    value: Any
    issues: tuple[Issue, ...] = ()
    has_wrong_type: bool = False


Schema = Callable[[Any, Path], Checked]


@dataclass(frozen=True, slots=True)
class Format:
    """A text format: zod's name for it, the message of its issue, and the test."""

    name: str
    message: str
    accepts: Callable[[str], bool]


def check(schema: Schema, value: object) -> Any:
    """Check a value.

    Args:
        schema: The schema.
        value: The decoded body.

    Returns:
        The value, without members that the schema does not have.

    Raises:
        RequestError: 400 with every issue, in `data` and, line by line, in `details`.
    """
    checked = schema(value, ())
    if checked.issues:
        raise RequestError(
            400,
            "guard.invalid_input",
            data=_error(checked.issues),
            details="\n".join(_line(issue) for issue in checked.issues),
            values={"type": "body"},
        )
    return checked.value


def _error(issues: Iterable[Issue]) -> dict[str, object]:
    return {"issues": list(issues), "name": "ZodError"}


def _line(issue: Issue) -> str:
    path = ".".join(str(part) for part in cast("list[object]", issue["path"]))
    message = issue["message"]
    if issue["code"] == "invalid_type":
        message = f"Expected {issue['expected']} but received {issue['received']}."
    return f'Error in key path "{path}": ({issue["code"]}) {message}'


def type_of(value: object) -> str:
    """Return zod's name for the type of a value."""
    if value is ABSENT:
        return "undefined"
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, str):
        return "string"
    return "array" if isinstance(value, list) else "object"


def _wrong_type(expected: str, value: object, path: Path) -> Checked:
    received = type_of(value)
    message = "Required" if value is ABSENT else f"Expected {expected}, received {received}"
    issue = {"code": "invalid_type", "expected": expected, "received": received, "path": list(path), "message": message}
    return Checked(value, (issue,), has_wrong_type=True)


def _of_type(expected: str) -> Schema:
    def checked(value: Any, path: Path) -> Checked:
        return Checked(value) if type_of(value) == expected else _wrong_type(expected, value, path)

    return checked


boolean: Final = _of_type("boolean")
number: Final = _of_type("number")
json_object: Final = _of_type("object")


def string(*, least: int | None = None, most: int | None = None, form: Format | None = None) -> Schema:
    """Accept a text. Its length is counted in UTF-16, as in JavaScript."""

    def checked(value: Any, path: Path) -> Checked:
        if not isinstance(value, str):
            return _wrong_type("string", value, path)
        issues: list[Issue] = []
        length = len(value.encode("utf-16-le", "surrogatepass")) // 2
        if least is not None and length < least:
            issues.append(_too_small("string", least, f"String must contain at least {least} character(s)", path))
        if most is not None and length > most:
            message = f"String must contain at most {most} character(s)"
            issues.append({**_size_issue("string", message, path), "code": "too_big", "maximum": most})
        if form is not None and not form.accepts(value):
            issues.append(
                {"validation": form.name, "code": "invalid_string", "message": form.message, "path": list(path)}
            )
        return Checked(value, tuple(issues))

    return checked


def _too_small(kind: str, least: int, message: str, path: Path) -> Issue:
    return {**_size_issue(kind, message, path), "code": "too_small", "minimum": least}


def _size_issue(kind: str, message: str, path: Path) -> dict[str, object]:
    return {"type": kind, "inclusive": True, "exact": False, "message": message, "path": list(path)}


def enumeration(*options: str) -> Schema:
    """Accept one of the texts."""
    expected = " | ".join(f"'{option}'" for option in options)

    def checked(value: Any, path: Path) -> Checked:
        if not isinstance(value, str):
            return _wrong_type(expected, value, path)
        if value in options:
            return Checked(value)
        issue = {
            "received": value,
            "code": "invalid_enum_value",
            "options": list(options),
            "path": list(path),
            "message": f"Invalid enum value. Expected {expected}, received '{value}'",
        }
        return Checked(value, (issue,))

    return checked


def literal(expected: object) -> Schema:
    """Accept this one value."""
    message = "false" if expected is False else f'"{expected}"'

    def checked(value: Any, path: Path) -> Checked:
        if value == expected and type_of(value) == type_of(expected):
            return Checked(value)
        issue = {
            "received": value,
            "code": "invalid_literal",
            "expected": expected,
            "path": list(path),
            "message": f"Invalid literal value, expected {message}",
        }
        return Checked(value, (issue,), has_wrong_type=True)

    return checked


def array(item: Schema, *, nonempty: bool = False) -> Schema:
    """Accept a list."""

    def checked(value: Any, path: Path) -> Checked:
        if not isinstance(value, list):
            return _wrong_type("array", value, path)
        items = [item(one, (*path, index)) for index, one in enumerate(cast("list[object]", value))]
        issues = [issue for one in items for issue in one.issues]
        if nonempty and not items:
            issues.append(_too_small("array", 1, "Array must contain at least 1 element(s)", path))
        return Checked([one.value for one in items], tuple(issues), any(one.has_wrong_type for one in items))

    return checked


def shape(**fields: Schema) -> Schema:
    """Accept an object with these members; the result has them in this order."""

    def checked(value: Any, path: Path) -> Checked:
        if not isinstance(value, dict):
            return _wrong_type("object", value, path)
        members = cast("dict[str, object]", value)
        found = {name: schema(members.get(name, ABSENT), (*path, name)) for name, schema in fields.items()}
        return Checked(
            {name: one.value for name, one in found.items() if one.value is not ABSENT},
            tuple(issue for one in found.values() for issue in one.issues),
            any(one.has_wrong_type for one in found.values()),
        )

    return checked


def optional(schema: Schema, *, default: Any = ABSENT) -> Schema:
    """Accept a missing value, too."""
    return lambda value, path: Checked(default) if value is ABSENT else schema(value, path)


def nullable(schema: Schema) -> Schema:
    """Accept null, too."""
    return lambda value, path: Checked(None) if value is None else schema(value, path)


def either(*schemas: Schema) -> Schema:
    """Accept what one of the schemas accepts; otherwise return the issues of the first one that accepts the type."""

    def checked(value: Any, path: Path) -> Checked:
        tried = [schema(value, path) for schema in schemas]
        for one in tried:
            if not one.issues:
                return one
        for one in tried:
            if not one.has_wrong_type:
                return one
        issue = {
            "code": "invalid_union",
            "unionErrors": [_error(one.issues) for one in tried],
            "path": list(path),
            "message": "Invalid input",
        }
        return Checked(value, (issue,), has_wrong_type=True)

    return checked
