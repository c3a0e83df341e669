"""Read-only status page of a fleet, which a worker serves: HTML, `/status.json` and `/health` (extra `fleet`)."""

from __future__ import annotations

import html
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final

import anyio
import anyio.to_thread

from orgsdk._distribution import install_advice
from orgsdk._messages import count_noun
from orgsdk.arguments import check_integer
from orgsdk.errors import OrgError
from orgsdk.fleet.progress import (
    ATTENTION_STATES,
    COLUMNS,
    FleetProgress,
    KeyProgress,
    column_title,
    duration_text,
    read_progress,
)

try:
    from starlette.applications import Starlette
    from starlette.datastructures import MutableHeaders
    from starlette.middleware import Middleware
    from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
    from starlette.routing import Route
except ModuleNotFoundError as _missing:
    raise ImportError(f"orgsdk.fleet.status_page needs starlette. {install_advice('fleet')}") from _missing

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from datetime import datetime

    from starlette.requests import Request
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from orgsdk.fleet.progress import ProgressStore

DEFAULT_REFRESH: Final = 10
_MAX_KEYS: Final = 200
_FRESH_SECONDS: Final = 1.0
_ENGINE_DOCS: Final = "https://janbjorge.github.io/pgqueuer/"
# Nothing is loaded but the page's own style sheet, and `data:,` is the empty icon.
_HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
_STYLES: Final = {"guarded": "wait", "failed": "bad", "stopped": "bad", "done": "good"}


class _Status:
    """Reads the progress in a worker thread, at most once a second for any number of readers."""

    def __init__(self, store: ProgressStore) -> None:
        self._store = store
        self._lock = anyio.Lock()
        self._read_at = float("-inf")
        self._progress: FleetProgress | None = None

    async def get(self) -> FleetProgress | None:
        async with self._lock:
            if anyio.current_time() - self._read_at >= _FRESH_SECONDS:
                self._progress = await anyio.to_thread.run_sync(read_progress, self._store)
                self._read_at = anyio.current_time()
            return self._progress


def status_app(store: ProgressStore, *, refresh: int = DEFAULT_REFRESH) -> Starlette:
    """Return an ASGI app with the status page at ``/``, the same as JSON at ``/status.json``, and ``/health``.

    It changes nothing, shows no secret, and loads nothing from another server. ``/health`` returns 200, or 503 if the
    store cannot be read.

    Args:
        store: The fleet's store, open.
        refresh: Seconds after which the page loads again. A reader stops this with ``?refresh=0``.

    Returns:
        The app.

    Raises:
        ConfigurationError: `refresh` is not a whole number above 0.

    Example:
        ``app = status_app(store)``
    """
    check_integer("refresh", refresh, least=1)
    status = _Status(store)

    async def page(request: Request) -> Response:
        seconds = None if request.query_params.get("refresh") == "0" else refresh
        return HTMLResponse(render(await status.get(), refresh=seconds))

    async def as_json(_: Request) -> Response:
        progress = await status.get()
        return JSONResponse({"run": None} if progress is None else progress.as_json())

    async def health(_: Request) -> Response:
        await status.get()
        return JSONResponse({"status": "alive"})

    async def style(_: Request) -> Response:
        return Response(_style_sheet(), media_type="text/css")

    async def unavailable(_: Request, __: Exception) -> Response:
        # In general terms: the error may name the host of the store.
        return PlainTextResponse("The store of the fleet cannot be read. The log of the worker has the reason.\n", 503)

    return Starlette(
        routes=[
            Route("/", page),
            Route("/status.json", as_json),
            Route("/health", health),
            Route("/status.css", style),
        ],
        middleware=[Middleware(_SecurityHeaders)],
        exception_handlers={OrgError: unavailable},
    )


class _SecurityHeaders:
    """Add the headers of security to every response."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_HEADERS)
            await send(message)

        await self._app(scope, receive, send_with_headers)


@cache
def _style_sheet() -> str:
    return files("orgsdk.fleet").joinpath("status.css").read_text("utf-8")


def render(progress: FleetProgress | None, *, refresh: int | None = DEFAULT_REFRESH) -> str:
    """Return the page as HTML.

    Args:
        progress: The progress; None if no run was started yet.
        refresh: Seconds after which it loads again; None for never.

    Returns:
        The HTML document.
    """
    title = "Fleet" if progress is None else f"Fleet: {progress.total.ended:,} of {progress.total.units:,}"
    body = ["<p>No run was started yet.</p>"] if progress is None else [*_body(progress)]
    reload = "" if refresh is None else f'<meta http-equiv="refresh" content="{refresh}">'
    lines = [
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{title}</title>{reload}",
        '<link rel="icon" href="data:,"><link rel="stylesheet" href="status.css"></head>',
        "<body>",
        *body,
        *_footer(refresh),
        "</body></html>",
        "",
    ]
    return "\n".join(lines)


def _body(progress: FleetProgress) -> Iterator[str]:
    run, total = progress.run, progress.total
    yield f"<header><h1>Fleet, night of {run.night:%d %B %Y}</h1>"
    ended = "" if run.ended_at is None else f", ended {_time(run.ended_at)}"
    yield f"<p>Run {run.epoch} ({run.mode}): <strong>{run.state}</strong>, started {_time(run.started_at)}{ended}</p>"
    if run.detail is not None:
        yield f'<p class="bad">{html.escape(run.detail)}</p>'
    yield "</header><main>"
    left = _duration(total)
    yield f"<h2>{total.ended:,} of {count_noun(total.units, 'organization')}{left and f', {left} left'}</h2>"
    yield f'<progress aria-label="Finished organizations" max="{max(total.units, 1)}" value="{total.ended}"></progress>'
    yield '<dl class="numbers">'
    for column in COLUMNS:
        number = total.counts[column]
        yield f"<div><dt>{column_title(column, run)}</dt><dd{_style(column, number)}>{number:,}</dd></div>"
    yield f"<div><dt>requests</dt><dd>{total.requests:,}</dd></div></dl>"
    yield from _attention(progress)
    yield from _keys(progress)
    yield f"</main><footer><p>As of {_time(progress.at)}.</p>"


def _attention(progress: FleetProgress) -> Iterator[str]:
    if not progress.attention:
        return
    yield "<h2>Organizations that need attention</h2>"
    number = sum(progress.total.counts[state] for state in ATTENTION_STATES)
    shown = len(progress.attention)
    caption = count_noun(number, "organization") if number <= shown else f"The first {shown:,} of {number:,}"
    yield from _table_start(caption, ("organization", "state", "reason", "key"), numeric=())
    for unit in progress.attention:
        yield _row(
            unit.name,
            _cell("state", unit.state, f"text {_STYLES[unit.state]}"),
            _cell("reason", unit.reason or "", "text"),
            _cell("key", unit.key, "text"),
        )
    yield "</tbody></table>"


def _keys(progress: FleetProgress) -> Iterator[str]:
    yield "<h2>By limit key</h2>"
    keys = progress.keys
    caption = count_noun(len(keys), "key") + (f"; the first {_MAX_KEYS:,} are shown" if len(keys) > _MAX_KEYS else "")
    titles = [column_title(column, progress.run) for column in COLUMNS]
    yield from _table_start(caption, ("key", *titles, "requests", "next"), numeric=(*titles, "requests"))
    for key in keys[:_MAX_KEYS]:
        state, style = _next(key, progress.at)
        yield _row(
            key.key,
            *(_number(column, title, key.counts[column]) for column, title in zip(COLUMNS, titles, strict=True)),
            _number("requests", "requests", key.requests),
            _cell("next", state, f"text {style}"),
        )
    yield "</tbody></table>"


# The roles are those that the elements have anyway, except on a phone: as blocks, they would be no table any more.
def _table_start(caption: str, columns: Sequence[str], numeric: Collection[str]) -> Iterator[str]:
    yield f'<table role="table"><caption>{caption}</caption><thead role="rowgroup"><tr role="row">'
    for column in columns:
        style = "" if column in numeric else ' class="text"'
        yield f'<th role="columnheader" scope="col"{style}>{column}</th>'
    yield '</tr></thead><tbody role="rowgroup">'


def _row(header: str, *cells: str) -> str:
    first = f'<th role="rowheader" scope="row" class="text">{html.escape(header)}</th>'
    return f'<tr role="row">{first}{"".join(cells)}</tr>'


def _number(column: str, label: str, number: int) -> str:
    return _cell(label, f"{number:,}" if number else "", _STYLES.get(column, ""))


def _cell(label: str, text: str, style: str = "") -> str:
    classes = f"{style} none".strip() if not text else style.strip()
    named = f' class="{classes}"' if classes else ""
    return f'<td role="cell" data-label="{label}"{named}>{html.escape(text)}</td>'


def _next(key: KeyProgress, now: datetime) -> tuple[str, str]:
    """Return what a key does next, and the style of this text."""
    if key.refused is not None:
        return key.refused, "bad"
    left = _duration(key)
    if key.until is not None:
        day = "" if key.until.date() == now.date() else f"{key.until:%d %B} "
        return f"waits until {day}{key.until:%H:%M} UTC{left and f', {left} left'}", "wait"
    return (f"{left} left" if left else "" if key.open else "finished"), ""


def _style(column: str, number: int) -> str:
    return f' class="{_STYLES[column]}"' if number and column in _STYLES else ""


def _duration(key: KeyProgress) -> str:
    return "" if not key.open or key.seconds_left is None else duration_text(key.seconds_left)


def _time(moment: datetime) -> str:
    return f'<time datetime="{moment.isoformat(timespec="seconds")}">{moment:%H:%M:%S} UTC</time>'


def _footer(refresh: int | None) -> Iterator[str]:
    change = (
        '<a href="./">Refresh by itself</a>'
        if refresh is None
        else f'Refreshes every {count_noun(refresh, "second")}: <a href="?refresh=0">stop</a>'
    )
    yield f'<p>{change}. <a href="status.json">The same as JSON</a>.</p>'
    yield f'<p>The queue of several machines has its own dashboard: <a href="{_ENGINE_DOCS}">PgQueuer</a>.</p></footer>'
