"""What mkdocstrings is told of the code beside what griffe reads in it.

A model's fields and an enumeration's names stand below its docstring, where a class without `__init__` would show
nothing of them. A verb of the blocking client has the signature and the docstring of the async one that it is made of.
A default that has a name shows its value, and an error that a docstring names leads to its place in the reference.
"""

from __future__ import annotations

import ast
import re
from importlib import import_module
from typing import TYPE_CHECKING, Any

import griffe

import orgsdk
from orgsdk import bulk
from orgsdk.blocking.resources import without_await

if TYPE_CHECKING:
    from collections.abc import Iterator

_ANCHORS = {name: f"orgsdk.{name}" for name in vars(orgsdk)["__all__"]} | {
    name: f"orgsdk.bulk.{name}" for name in vars(bulk)["__all__"] if name.endswith("Error")
}
_MADE = re.compile(r"(?:verb|listing|staticmethod\(_maker)\((?:asynchronous|resources)\.(\w+)\.(\w+)\)")
_ASYNC = {"OrgClient": "orgsdk.client.OrgClient"}
# What a client makes, and nobody else: how is of no use to a reader.
_MADE_BY_US = (
    "orgsdk.resources.",
    "orgsdk.blocking.pagination.",
    "orgsdk.blocking.resources.",
    "orgsdk.blocking.resources.",
    "orgsdk.pagination.prefetch.",
)


class Reference(griffe.Extension):
    """Complete the package when all of it is read."""

    def on_package(self, *, pkg: griffe.Module, **_: Any) -> None:
        """Complete each class and each docstring."""
        for item in list(_walk(pkg)):
            if isinstance(item, griffe.Class):
                if item.path.startswith("orgsdk.blocking."):
                    _spell_out(item)
                if item.path.startswith(_MADE_BY_US):
                    item.members.pop("__init__", None)
                _list_fields(item)
        for item in _walk(pkg):
            if isinstance(item, griffe.Function):
                _tell_defaults(item)
            if item.docstring is not None:
                item.docstring.value = re.sub(r"(?<!`)`(\w+)`(?!`)", _linked, item.docstring.value)


def _walk(item: griffe.Object) -> Iterator[griffe.Object]:
    yield item
    for member in item.members.values():
        if isinstance(member, griffe.Object):
            yield from _walk(member)


def _tell_defaults(function: griffe.Function) -> None:
    for parameter in function.parameters:
        if re.fullmatch(r"[A-Z][A-Z_]+", str(parameter.default)):
            value = getattr(import_module(function.module.path), str(parameter.default), None)
            if isinstance(value, int | float | str):
                parameter.default = repr(value)


def _linked(found: re.Match[str]) -> str:
    anchor = _ANCHORS.get(found[1])
    return f"[{found[0]}][{anchor}]" if anchor else found[0]


def _spell_out(kind: griffe.Class) -> None:
    for name, member in list(kind.members.items()):
        made = isinstance(member, griffe.Attribute) and _MADE.match(str(member.value))
        if made:
            of = kind.modules_collection[_ASYNC.get(made[1], f"orgsdk.resources.{made[1]}")]
            method = of.all_members[made[2]]
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
        default, meaning = _said(member.value)
        if not annotated:
            yield name, name + default
        elif member.annotation is not None and name != "model_config":
            yield name, f"{name}: {member.annotation}{default}{meaning}"


def _said(value: object) -> tuple[str, str]:
    """Give a field's default and its description, as code and as a comment."""
    if isinstance(value, griffe.ExprCall) and str(value.function) == "Field":
        given = {said.name: str(said.value) for said in value.arguments if isinstance(said, griffe.ExprKeyword)}
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
        found: object = base.final_target if isinstance(base, griffe.Alias) else base  # type: ignore[redundant-expr]  # griffe says less of its bases than they are
        if isinstance(found, griffe.Class):
            yield found
