"""griffe extension that completes what mkdocstrings shows.

The fields of a model and the members of an enumeration are listed below its docstring. A method of the blocking client
has the signature and the docstring of its async method. Named defaults show their values. Names of errors in docstrings
are links to the reference.
"""

from __future__ import annotations

import ast
import re
from importlib import import_module
from typing import TYPE_CHECKING, Any

import griffe

import orgsdk
from orgsdk import bulk, providers
from orgsdk.blocking.resources import without_await

if TYPE_CHECKING:
    from collections.abc import Iterator

_ANCHORS = {name: f"orgsdk.{name}" for name in vars(orgsdk)["__all__"]} | {
    name: f"orgsdk.bulk.{name}" for name in vars(bulk)["__all__"] if name.endswith("Error")
}
_ANCHORS |= {name: f"orgsdk.providers.{name}" for name in vars(providers)["__all__"]}
_WRAPPED = re.compile(
    r"(?:verb|listing|staticmethod\(_blocking_constructor)\((?:asynchronous|resources)\.(\w+)\.(\w+)\)"
)
_ASYNC = {"OrgClient": "orgsdk.client.OrgClient"}
# Only the client calls these constructors, so the reference omits them.
_INTERNAL_CONSTRUCTORS = (
    "orgsdk.resources.",
    "orgsdk.blocking.pagination.",
    "orgsdk.blocking.resources.",
    "orgsdk.blocking.resources.",
    "orgsdk.pagination.prefetch.",
)


class Reference(griffe.Extension):
    """Complete the package after griffe has read it."""

    def on_package(self, *, pkg: griffe.Module, **_: Any) -> None:
        """Complete each class and each docstring."""
        for item in list(_walk(pkg)):
            if isinstance(item, griffe.Class):
                if item.path.startswith("orgsdk.blocking."):
                    _complete_blocking(item)
                if item.path.startswith(_INTERNAL_CONSTRUCTORS):
                    item.members.pop("__init__", None)
                    _remove_arguments(item)
                _list_fields(item)
        for item in _walk(pkg):
            if isinstance(item, griffe.Function):
                _show_defaults(item)
            if item.docstring is not None:
                item.docstring.value = re.sub(r"(?<!`)`(\w+)`(?!`)", _linked, item.docstring.value)


def _walk(item: griffe.Object) -> Iterator[griffe.Object]:
    yield item
    for member in item.members.values():
        if isinstance(member, griffe.Object):
            yield from _walk(member)


def _remove_arguments(kind: griffe.Class) -> None:
    if kind.docstring is not None:
        kind.docstring.value = re.sub(r"^Args:\n(?:[ \t]+.*\n?|\n)*", "", kind.docstring.value, flags=re.MULTILINE)


def _show_defaults(function: griffe.Function) -> None:
    for parameter in function.parameters:
        if re.fullmatch(r"[A-Z][A-Z_]+", str(parameter.default)):
            value = getattr(import_module(function.module.path), str(parameter.default), None)
            if isinstance(value, int | float | str):
                parameter.default = repr(value)


def _linked(found: re.Match[str]) -> str:
    anchor = _ANCHORS.get(found[1])
    return f"[{found[0]}][{anchor}]" if anchor else found[0]


def _complete_blocking(kind: griffe.Class) -> None:
    for name, member in list(kind.members.items()):
        wrapped = isinstance(member, griffe.Attribute) and _WRAPPED.match(str(member.value))
        if wrapped:
            of = kind.modules_collection[_ASYNC.get(wrapped[1], f"orgsdk.resources.{wrapped[1]}")]
            method = of.all_members[wrapped[2]]
            target = method.final_target if isinstance(method, griffe.Alias) else method
            if isinstance(target, griffe.Function):
                kind.set_member(name, _blocking(target, kind))


def _blocking(method: griffe.Function, kind: griffe.Class) -> griffe.Function:
    function = griffe.Function(
        method.name,
        parameters=griffe.Parameters(*method.parameters),
        returns=str(method.returns),
        parent=kind,
        lineno=method.lineno,
        endlineno=method.endlineno,
    )
    assert method.docstring is not None
    function.docstring = griffe.Docstring(without_await(method.docstring.value), parent=function)
    return function


def _list_fields(kind: griffe.Class) -> None:
    ancestors = {str(base) for base in _bases(kind)}
    is_model = "BaseModel" in ancestors
    if not is_model and not ancestors & {"Enum", "StrEnum"}:
        return
    fields = dict(_fields(kind, annotated=is_model))
    if fields:
        text = kind.docstring.value if kind.docstring else ""
        listed = "\n".join(fields.values())
        kind.docstring = griffe.Docstring(f"{text}\n\n```python\n{listed}\n```", parent=kind)


def _fields(kind: griffe.Class, *, annotated: bool) -> Iterator[tuple[str, str]]:
    for parent in _parents(kind):
        yield from _fields(parent, annotated=annotated)
    for name, member in kind.members.items():
        if not isinstance(member, griffe.Attribute) or "property" in member.labels or name.startswith("_"):
            continue
        default, meaning = _default_and_description(member.value)
        if not annotated:
            yield name, name + default
        elif member.annotation is not None and name != "model_config":
            yield name, f"{name}: {member.annotation}{default}{meaning}"


def _default_and_description(value: object) -> tuple[str, str]:
    """Return a field's default as code, and its description as a comment."""
    if isinstance(value, griffe.ExprCall) and str(value.function) == "Field":
        keywords = (each for each in value.arguments if isinstance(each, griffe.ExprKeyword))
        given = {keyword.name: str(keyword.value) for keyword in keywords}
        meaning = f"  # {ast.literal_eval(given['description'])}" if "description" in given else ""
        return (f" = {given['default']}" if "default" in given else ""), meaning
    return ("" if value is None else f" = {value}"), ""


def _bases(kind: griffe.Class) -> Iterator[str]:
    for base in kind.bases:
        yield str(base).partition("[")[0].rpartition(".")[2]
    for parent in _parents(kind):
        yield from _bases(parent)


def _parents(kind: griffe.Class) -> Iterator[griffe.Class]:
    for base in kind.resolved_bases:
        found: object = base.final_target if isinstance(base, griffe.Alias) else base  # type: ignore[redundant-expr]  # griffe's type of the bases is too narrow
        if isinstance(found, griffe.Class):
            yield found
