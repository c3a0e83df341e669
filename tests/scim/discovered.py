"""An OpenAPI document of a gateway, made from what it announces in /Schemas and /ResourceTypes."""

from __future__ import annotations

from typing import Any

_TYPES = {"string": "string", "boolean": "boolean", "reference": "string", "dateTime": "string", "integer": "integer"}
_ERROR = {
    "type": "object",
    "required": ["schemas", "status"],
    "properties": {
        "schemas": {"const": ["urn:ietf:params:scim:api:messages:2.0:Error"]},
        "status": {"type": "string", "pattern": "^[45][0-9]{2}$"},
        "detail": {"type": "string"},
        "scimType": {"type": "string"},
    },
    "additionalProperties": False,
}


def build_document(schemas: list[dict[str, Any]], resource_types: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the document of all operations on the announced resource types."""
    by_id = {schema["id"]: schema for schema in schemas}
    paths: dict[str, Any] = {}
    for kind in resource_types:
        attributes, endpoint = by_id[kind["schema"]]["attributes"], kind["endpoint"]
        sent, answered = _resource(kind, attributes, is_sent=True), _resource(kind, attributes, is_sent=False)
        listed = {
            "type": "object",
            "required": ["schemas", "totalResults"],
            "properties": {
                "schemas": {"const": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"]},
                "totalResults": {"type": "integer", "minimum": 0},
                "startIndex": {"type": "integer", "minimum": 1},
                "itemsPerPage": {"type": "integer", "minimum": 0},
                "Resources": {"type": "array", "items": answered},
            },
            "additionalProperties": False,
        }
        one = [{"name": "id", "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}]
        paths[endpoint] = {
            "get": {
                "parameters": [_query("startIndex", "integer"), _query("count", "integer"), _query("filter", "string")],
                "responses": _responses({"200": listed}),
            },
            "post": {"requestBody": _body(sent), "responses": _responses({"201": answered})},
        }
        paths[f"{endpoint}/{{id}}"] = {
            "parameters": one,
            "get": {"responses": _responses({"200": answered})},
            "put": {"requestBody": _body(sent), "responses": _responses({"200": answered})},
            "patch": {
                "requestBody": _body(_patch(attributes)),
                "responses": _responses({"200": answered, "204": None}),
            },
            "delete": {"responses": _responses({"204": None})},
        }
    return {"openapi": "3.1.0", "info": {"title": "SCIM", "version": "2"}, "paths": paths}


def _resource(kind: dict[str, Any], attributes: list[dict[str, Any]], *, is_sent: bool) -> dict[str, Any]:
    own = {"schemas": {"const": [kind["schema"]]}, "externalId": {"type": "string"}}
    if not is_sent:
        own |= {"id": {"type": "string"}, "meta": {"type": "object", "required": ["resourceType", "location"]}}
    chosen = [one for one in attributes if _has(one, is_sent=is_sent)]
    required = [one["name"] for one in chosen if one["required"]] + ["schemas"] + ([] if is_sent else ["id", "meta"])
    properties = own | {one["name"]: _schema(one, is_sent=is_sent) for one in chosen}
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def _has(attribute: dict[str, Any], *, is_sent: bool) -> bool:
    return bool(attribute["mutability"] != "readOnly" if is_sent else attribute["returned"] != "never")


def _schema(attribute: dict[str, Any], *, is_sent: bool) -> dict[str, Any]:
    if attribute["type"] == "complex":
        parts = [one for one in attribute["subAttributes"] if _has(one, is_sent=is_sent)]
        schema: dict[str, Any] = {
            "type": "object",
            "properties": {one["name"]: _schema(one, is_sent=is_sent) for one in parts},
            "additionalProperties": False,
        }
    else:
        schema = {"type": _TYPES[attribute["type"]]}
    return {"type": "array", "items": schema} if attribute["multiValued"] else schema


def _patch(attributes: list[dict[str, Any]]) -> dict[str, Any]:
    names = [one["name"] for one in attributes]
    operation = {
        "type": "object",
        "properties": {
            "op": {"enum": ["add", "Add", "replace", "Replace", "remove", "Remove"]},
            "path": {"anyOf": [{"enum": names}, {"type": "string"}]},
            "value": {},
        },
        "required": ["op", "value"],
    }
    return {
        "type": "object",
        "properties": {
            "schemas": {"const": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"]},
            "Operations": {"type": "array", "items": operation, "minItems": 1},
        },
        "required": ["schemas", "Operations"],
    }


def _query(name: str, kind: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "schema": {"type": kind}}


def _body(schema: dict[str, Any]) -> dict[str, Any]:
    return {"required": True, "content": {"application/scim+json": {"schema": schema}}}


def _responses(good: dict[str, dict[str, Any] | None]) -> dict[str, Any]:
    statuses = ("400", "404", "405", "409", "412", "413", "415", "501")
    documented: dict[str, dict[str, Any] | None] = {**dict.fromkeys(statuses, _ERROR), **good}
    return {
        status: {"description": status}
        if schema is None
        else {"description": status, "content": {"application/scim+json": {"schema": schema}}}
        for status, schema in documented.items()
    }
