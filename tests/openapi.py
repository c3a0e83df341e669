"""Validate requests against the providers' official OpenAPI documents, which are in `../shared/specs`."""

from __future__ import annotations

import json
import os
import re
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

if TYPE_CHECKING:
    from orgsdk.transport.backends.base import OutgoingRequest

FLAT, LOGTO = "flat-organization.openapi.yaml", "logto-management.openapi.json"
WORKOS = "workos.openapi.json"
# Not Flat's paths without its base path, which WorkOS's document would take for an organization's.
_WORKOS_PATHS = re.compile(
    r"/(?:user_management|organizations(?!/(?:count|invitations|lti|users))|organization_domains|authorization|events"
    r"|webhook_endpoints)(?:/|$)"
)
_TOKEN_FORM = {"grant_type": "client_credentials", "scope": "all"}


class OpenAPIDocuments:
    """The official documents of the providers."""

    def __init__(self, specs: Path) -> None:
        import yaml

        # The C loader is ten times as fast, and part of every wheel of PyYAML.
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        self.flat = _Document(yaml.load((specs / FLAT).read_bytes(), loader), "/v2")
        self.logto = _Document(json.loads((specs / LOGTO).read_bytes()), "")
        self.workos = _Document(_with_merged_bodies(json.loads((specs / WORKOS).read_bytes())), "")
        self._known: dict[tuple[object, ...], str | None] = {}

    def problem(self, outgoing: OutgoingRequest, hosts: set[str]) -> str | None:
        """Return what is wrong with a request; None if nothing is, or if it is not for a provider."""
        url = urlsplit(outgoing.url)
        headers = {name.lower(): value for name, value in outgoing.headers}
        if outgoing.authorization is not None:
            headers["authorization"] = outgoing.authorization.get_secret_value()
        # Many tests send the same requests, and validating one takes milliseconds.
        key: tuple[object, ...] = (outgoing.method, url.path, url.query, outgoing.body, url.netloc in hosts)
        key += tuple(headers.get(name, "").partition(" ")[0] for name in ("authorization", "content-type"))
        if key not in self._known:
            is_known = url.netloc in hosts
            found = self._problem(outgoing, url.path, url.query, headers, known_host=is_known)
            self._known[key] = f"{outgoing.method} {url.path}?{url.query}: {found}" if found else None
        return self._known[key]

    def _problem(
        self,
        outgoing: OutgoingRequest,
        path: str,
        query: str,
        headers: dict[str, str],
        *,
        known_host: bool,
    ) -> str | None:
        if path == "/oidc/token":
            return _token_problem(outgoing, query, headers)
        document = self.logto if path.startswith("/api/") else self.flat if path.startswith("/v2/") else None
        if _WORKOS_PATHS.match(path):
            document = self.workos
        if document is None:
            return "no document has this path" if known_host else None
        if not headers.get("authorization", "").startswith("Bearer "):
            return "no bearer token"
        return document.problem(outgoing.method, path, query, headers.get("content-type", ""), outgoing.body)


class _Document:
    def __init__(self, document: dict[str, Any], base_path: str) -> None:
        _hurry()
        from openapi_core import OpenAPI
        from openapi_core.configurations import Config

        self._document = _usable(document)
        self._server = self._document["servers"][0]["url"].removesuffix(base_path)
        # Undocumented fields of a body are errors. `None` skips the validation of the document itself.
        config = Config(spec_validator_cls=None, additional_properties_default_policy="forbid")
        self._openapi = OpenAPI.from_dict(self._document, config=config)
        self._templates = [
            (_as_regex(base_path + template), item) for template, item in self._document["paths"].items()
        ]

    def problem(self, method: str, path: str, query: str, content_type: str, body: bytes | None) -> str | None:
        from openapi_core.exceptions import OpenAPIError

        pairs = parse_qsl(query, keep_blank_values=True)
        undocumented = self._undocumented(method.lower(), path, pairs)
        if undocumented is not None:
            return undocumented
        request = _request(method.lower(), self._server, path, pairs, content_type, body)
        try:
            self._openapi.validate_request(request)
        except OpenAPIError as error:
            return f"{error} {error.__cause__ or ''}".strip()
        return None

    def _undocumented(self, method: str, path: str, pairs: list[tuple[str, str]]) -> str | None:
        """Return what openapi-core ignores: an unknown query parameter, or one that is repeated."""
        none: dict[str, Any] = {}
        item = next((item for regex, item in self._templates if regex.fullmatch(path) and method in item), none)
        parameters = [*item.get("parameters", ()), *item.get(method, {}).get("parameters", ())]
        schemas = {p["name"]: p.get("schema", {}) for p in map(self._resolve, parameters) if p["in"] == "query"}
        names = [name for name, _ in pairs]
        # The members of an exploded object are separate parameters (style `form`): Logto's `search_params`.
        free = any(schema.get("type") == "object" for schema in schemas.values())
        if item and not free:
            for name in names:
                if name not in schemas:
                    return f"query parameter {name} is not documented"
                if names.count(name) > 1 and schemas[name].get("type") != "array":
                    return f"query parameter {name} is repeated, but is not an array"
        return None

    def _resolve(self, found: dict[str, Any]) -> dict[str, Any]:
        while "$ref" in found:
            target: Any = self._document
            for part in found["$ref"].removeprefix("#/").split("/"):
                target = target[part]
            found = target
        return found


@cache
def _hurry() -> None:
    """Make openapi-core faster: the tests send thousands of different requests."""
    # jsonschema compiles the grammar of IRIs when it is imported, for a format that no document has.
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]  # None: it cannot be imported
    from openapi_core.validation.schemas.factories import SchemaValidatorsFactory

    create, known = SchemaValidatorsFactory.create, dict[tuple[object, ...], tuple[Any, Any]]()

    def remembered(factory: SchemaValidatorsFactory, spec: Any, schema: Any, **options: Any) -> Any:
        """Create the validator of a schema once, not for each value."""
        is_strict = options.get("forbid_unspecified_additional_properties", False)
        key = (factory, id(spec.accessor), schema.parts, is_strict)
        if key not in known:
            # With the document, so that no other one gets its id.
            known[key] = (spec, create(factory, spec, schema, **options))
        return known[key][1]

    SchemaValidatorsFactory.create = remembered  # type: ignore[method-assign,assignment]  # no setting replaces it


def _usable(node: Any) -> Any:
    """Return the document without what openapi-core cannot validate: OAuth 2, Logto's patterns and its empty strings.

    The patterns are JavaScript literals such as `/^#.../i` (facts/logto.md, section 8). The format `empty` is unknown,
    and overlaps with the other alternative of its `oneOf`, which would then accept no text: `anyOf` replaces it.
    """
    if isinstance(node, dict):
        alternatives = node.get("oneOf", ())
        if any(isinstance(alternative, dict) and alternative.get("format") == "empty" for alternative in alternatives):
            rest = {key: value for key, value in node.items() if key not in {"oneOf", "type"}}
            nullable = {"nullable": node.get("nullable", False)}
            node = {**rest, "anyOf": [{**alternative, **nullable} for alternative in alternatives]}
        return {
            key: _usable(value)
            for key, value in node.items()
            if key != "security" and not (key == "pattern" and isinstance(value, str) and value.startswith("/"))
        }
    return [_usable(item) for item in node] if isinstance(node, list) else node


def _with_merged_bodies(document: dict[str, Any]) -> dict[str, Any]:
    """Return the document with each `allOf` and `oneOf` of objects in a body as one object.

    openapi-core applies "no other fields" to each part alone, and would then accept none.
    """
    schemas = document["components"]["schemas"]
    for name, schema in schemas.items():
        if name.endswith("Dto") and {"allOf", "oneOf"} & schema.keys():
            schemas[name] = {"type": "object", **_merged(schema)}
    return document


def _merged(schema: dict[str, Any]) -> dict[str, Any]:
    properties: dict[str, Any] = dict(schema.get("properties", {}))
    required: list[str] = list(schema.get("required", ()))
    for part in schema.get("allOf", ()):
        merged = _merged(part)
        properties |= merged["properties"]
        required += merged["required"]
    for part in schema.get("oneOf", ()):  # what one alternative requires, another lacks
        properties |= _merged(part)["properties"]
    return {"properties": properties, "required": required}


def _as_regex(template: str) -> re.Pattern[str]:
    return re.compile("[^/]+".join(re.escape(part) for part in re.split(r"\{[^}]+\}", template)))


def _request(
    method: str, server: str, path: str, pairs: list[tuple[str, str]], content_type: str, body: bytes | None
) -> Any:
    from openapi_core.testing import MockRequest
    from werkzeug.datastructures import ImmutableMultiDict

    request = MockRequest(server, method, path, data=body, content_type=content_type)
    request.parameters.query = ImmutableMultiDict(pairs)
    return request


def _token_problem(outgoing: OutgoingRequest, query: str, headers: dict[str, str]) -> str | None:
    """Return what is wrong with a token request, by facts/logto.md, section 1. No document describes it."""
    if outgoing.method != "POST" or query:
        return "not a POST without a query"
    if headers.get("content-type") != "application/x-www-form-urlencoded":
        return "not a form"
    if not headers.get("authorization", "").startswith("Basic "):
        return "no basic credentials"
    pairs = parse_qsl((outgoing.body or b"").decode(), keep_blank_values=True, strict_parsing=True)
    form = dict(pairs)
    resource = form.pop("resource", "")
    if form != _TOKEN_FORM or len(pairs) != 3 or not re.fullmatch(r"https://[^/]+/api", resource):
        return "not grant_type, resource and scope"
    return None


def specs_folder(root: Path) -> Path:
    return Path(os.environ.get("ORGSDK_SHARED") or root.parent / "shared") / "specs"
