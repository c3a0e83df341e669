"""Which operation a request is for, as Logto's router decides it (facts/logto.md section 3)."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from orgsdk.sandbox.logto.answer import Answer, text_answer
from orgsdk.sandbox.logto.call import Call

Handler = Callable[[Call], Answer]

# The order in which the recorded `Allow` headers name them.
_METHODS = ("POST", "HEAD", "GET", "PUT", "PATCH", "DELETE")
_KNOWN = frozenset({*_METHODS, "OPTIONS"})


@dataclass(frozen=True, slots=True)
class Route:
    """Hold one operation: `template` as the OpenAPI document writes it, without the mount."""

    method: str
    template: str
    handler: Handler
    is_protected: bool = True


@dataclass(frozen=True, slots=True)
class Match:
    """Hold the operation found and what its template's variables are."""

    route: Route
    params: Mapping[str, str]


class Router:
    """Find the operation for a method and a path."""

    __slots__ = ("_routes",)

    def __init__(self, routes: Iterable[Route]) -> None:
        self._routes = [(route, _segments(route.template)) for route in routes]

    def find(self, method: str, path: str) -> Match | Answer:
        """Return the operation, or what is answered, even without a token, when there is none.

        HEAD is what GET is. A known path answers OPTIONS with its methods, a method it has not with 405, a verb
        the router does not know with 501; an unknown path is a 404.
        """
        segments = _segments(path)
        found = [
            Match(route, params)
            for route, template in self._routes
            if (params := _params(template, segments)) is not None
        ]
        wanted = "GET" if method == "HEAD" else method
        for match in found:
            if match.route.method == wanted:
                return match
        return _no_such_method(method, {match.route.method for match in found})


def _segments(path: str) -> list[str]:
    """Return the segments of a path; one slash at its end makes no difference (`proto.trailing_slash`)."""
    return path.removeprefix("/").removesuffix("/").split("/")


def _params(template: list[str], segments: list[str]) -> dict[str, str] | None:
    if len(template) != len(segments):
        return None
    params: dict[str, str] = {}
    for expected, actual in zip(template, segments, strict=True):
        if expected.startswith("{"):
            if not actual:
                return None
            params[expected[1:-1]] = unquote(actual)
        elif expected != actual:
            return None
    return params


def _no_such_method(method: str, offered: set[str]) -> Answer:
    if not offered:
        return text_answer(404, "Not Found")
    if "GET" in offered:
        offered.add("HEAD")
    allow = (("allow", ", ".join(name for name in _METHODS if name in offered)),)
    if method == "OPTIONS":
        return text_answer(200, "", headers=allow)
    if method in _KNOWN:
        return text_answer(405, "Method Not Allowed", headers=allow)
    return text_answer(501, "Not Implemented", headers=allow)
