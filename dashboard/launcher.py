"""Start the dashboard: one server process, a pool of workers for the engine, everything from this machine.

    python -m dashboard.launcher        (what `gongzhi dashboard` does)

Solara reads its settings from the environment when it is first imported, so they are set before that, here.
"""

import contextlib
import hashlib
import importlib
import logging
import os
import socket
import sys
import threading
import traceback
import webbrowser
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dashboard import entrance
from dashboard.entrance import LOCAL
from dashboard.guard import LONGEST_ADDRESS, Dress, Guard
from dashboard.memory import forget_ended_threads, give_memory_back
from dashboard.quotas import PEOPLE
from dashboard.sending import send_in_turn
from scenarios.catalogue import languages, text
from scenarios.figures.fonts import FONT_FILE

if TYPE_CHECKING:
    from dashboard.choices import Files
    from scenarios.own import OwnCode

logger = logging.getLogger(__name__)

HERE = Path(__file__).parent
EVERYWHERE = ("0.0.0.0", "::")
#: Bytes that the headers of a request may take beside its address.
HEADERS_ROOM = 16_384

#: What the framework is told: production, nothing from elsewhere, nothing sent anywhere, lost tabs forgotten soon.
SETTINGS = {
    "SOLARA_APP": "dashboard.app",
    "SOLARA_MODE": "production",
    "SOLARA_TELEMETRY_MIXPANEL_ENABLE": "false",
    "SOLARA_ASSETS_FONTAWESOME_ENABLED": "false",
    "SOLARA_ASSETS_PROXY_CACHE_DIR": str(HERE / "vendor"),
    "SOLARA_THEME_SHOW_BANNER": "false",
    # "auto" leaves the page without its root element; `guard.Dress` has the browser choose.
    "SOLARA_THEME_VARIANT": "light",
    "SOLARA_THEME_LOADER": "plain",
    "SOLARA_KERNEL_CULL_TIMEOUT": "10m",
    "SOLARA_SESSION_HTTP_ONLY": "true",
    # Else the first request after a start says where pages lie, and every later page has its word in it.
    "SOLARA_ROOT_PATH": "",
}


def _address(name: str) -> str:
    """Of a file in `static`, another one whenever the file is: no browser shows new pages with old styles."""
    return f"/gongzhi/{name}?{hashlib.sha256((HERE / 'static' / name).read_bytes()).hexdigest()[:12]}"


#: What the head of every page gets: components count on `gongzhi`, which shared.js defines.
HEAD = (
    '<link rel="icon" type="image/svg+xml" href="/gongzhi/icon.svg">'
    f'<link rel="stylesheet" href="{_address("style.css")}">'
    f'<script src="{_address("shared.js")}"></script>'
)


def make_app(allowed_hosts: Sequence[str] = LOCAL, people: int = PEOPLE) -> Any:
    """The ASGI application.

    allowed_hosts : names a browser may use for this server, `*` for any; people : how many may share one address

    Raises RuntimeError where Solara was imported before its settings could be made.
    """
    if "solara.server.settings" in sys.modules and os.environ.get("SOLARA_APP") != SETTINGS["SOLARA_APP"]:
        raise RuntimeError("solara is imported already; start the dashboard in a process of its own")
    os.environ.update(SETTINGS)
    no_network()
    keep_errors()
    send_in_turn()
    from starlette.applications import Starlette
    from starlette.middleware import Middleware
    from starlette.responses import FileResponse
    from starlette.routing import Mount, Route

    solara = importlib.import_module("solara.server.starlette")
    packing = importlib.import_module("solara.server.compress")
    pages = importlib.import_module("solara.server.server")
    tabs = importlib.import_module("solara.server.kernel_context").contexts
    for_a_day = {"cache-control": "max-age=86400"}

    async def font(request: Any) -> Any:
        """The font, packed once rather than for everybody who asks."""
        file = FileResponse(FONT_FILE, stat_result=FONT_FILE.stat(), media_type="font/ttf", headers=for_a_day)
        return await packing.compress_file_response(file, request.scope)

    titles = {lang: text("project.name", lang) + " · " + text("project.subtitle", lang) for lang in languages}
    return Starlette(
        routes=[
            Route("/gongzhi/font.ttf", font),
            Mount("/gongzhi", solara.StaticFilesOptionalAuth(directory=HERE / "static")),
            Mount("/", routes=solara.routes),
        ],
        lifespan=solara.lifespan,
        middleware=[
            Middleware(Guard, hosts=allowed_hosts, people=people, tabs=tabs),
            *solara.middleware,
            Middleware(Dress, titles=titles, style=HEAD, page=lambda: pages.read_root("/")),
        ],
    )


def no_network() -> None:
    """A file that is not in `vendor` does not exist: the framework would fetch it, and wait."""
    helper: Any = importlib.import_module("solara.server.cdn_helper")

    def refuse(url: str) -> bytes:
        raise FileNotFoundError(f"not in dashboard/vendor: {url}")

    helper.fetch_from_cdn = refuse


class ErrorsKept:
    """The module `traceback` for the framework, which would write into the page what went wrong, with our folders."""

    def __getattr__(self, name: str) -> Any:
        return getattr(traceback, name)

    def format_exception(self, _: Any, error: BaseException, *more: Any) -> list[str]:
        """A sentence for the page. What went wrong goes where the messages of the server go."""
        logger.error("a page could not be shown", exc_info=error)
        return ["\n".join(text("dash.broken", lang) for lang in languages)]


def keep_errors() -> None:
    """What nobody foresaw is for who runs the server, not for whoever has the page open."""
    for name in ("reacton.core", "solara.server.app"):
        framework: Any = importlib.import_module(name)
        framework.traceback = ErrorsKept()


def serve(
    host: str = "127.0.0.1",
    port: int = 8765,
    *,
    workers: int = 2,
    allowed_hosts: Sequence[str] = (),
    proxies: Sequence[str] = (),
    people: int = PEOPLE,
    results: str = "results",
    classes: str = "",
    code: "OwnCode | None" = None,
    files: "Files | None" = None,
    open_browser: bool = False,
    ready: Callable[[str], None] | None = None,
    warn: Callable[[str], None] = lambda _: None,
) -> None:
    """Serve until interrupted.

    port : 0 for any free one; workers : processes for the engine; allowed_hosts : names besides this machine's own
    proxies : addresses or networks of proxies; what these say of whom they speak for is believed, nobody else's word
    people : how many may share one address
    code : instruments and outcomes of who runs the server; files : their cases and strategies
    results : folder that holds folders of sweeps; classes : folder that keeps classes, "" for the usual one
    ready : called with the address once the port is open; warn : called with each file of a class that cannot be used
    Raises OSError where the port is taken, ClassFolderError where classes cannot be kept in the folder that was named,
    OwnError for code that the pages do not run.
    """
    import uvicorn

    from dashboard import choices, own
    from dashboard.connections import MOST_CONNECTIONS, Doorman, allow_files, protocols

    own.bring(code)
    choices.bring(files or choices.NOTHING)
    os.environ["GONGZHI_RESULTS"] = results  # for the page Sweep, and nothing else reads it
    os.environ.pop("HOST", None)  # Solara would take it for the address to listen on
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
    keep_classes(classes, warn)
    listener = _listen(host, port)
    port = listener.getsockname()[1]
    named = (*(() if host in EVERYWHERE else (host,)), *allowed_hosts)
    entrance.NAMES[:] = [] if host in LOCAL else named
    app = make_app((*LOCAL, *named), people)
    shown = f"http://{shown_host(host)}:{port}/"
    from dashboard.classes import CLASSES
    from dashboard.ensembles import EXPLORE_RUNS, SHELF
    from dashboard.workers import start_workers
    from scenarios.comparison import left_out

    CLASSES.share_addresses(people)
    pool = start_workers(workers)
    # Loads what every comparison needs, before the first lever asks for one.
    threading.Thread(target=left_out, args=(EXPLORE_RUNS,), daemon=True).start()
    give_memory_back(SHELF.forget_unused, forget_ended_threads, CLASSES.forget_old)
    allow_files()
    config = uvicorn.Config(
        app,
        **protocols(Doorman(people, proxies)),
        proxy_headers=bool(proxies),
        forwarded_allow_ips=list(proxies),
        log_level="warning",
        access_log=False,
        server_header=False,
        ws_max_size=1 << 20,
        h11_max_incomplete_event_size=LONGEST_ADDRESS + HEADERS_ROOM,
        # What is large has been packed already, and packing costs each user memory and every change time.
        ws_per_message_deflate=False,
        timeout_graceful_shutdown=3,
        limit_concurrency=MOST_CONNECTIONS,
    )
    if ready is not None:
        ready(shown)
    if open_browser:
        with contextlib.suppress(webbrowser.Error):
            webbrowser.open(shown)
    try:
        uvicorn.Server(config).run(sockets=[listener])
    finally:
        pool.stop()
        listener.close()


def shown_host(host: str) -> str:
    """How a browser on this machine calls the server."""
    if host in ("127.0.0.1", *EVERYWHERE):
        return "localhost"
    return f"[{host}]" if ":" in host else host


class ClassFolderError(RuntimeError):
    """A folder in which classes cannot be kept; the message names it and says why."""


def keep_classes(named: str, warn: Callable[[str], None]) -> None:
    """Take up the classes of an earlier server, and keep those to come.

    Where the usual folder cannot be used the server starts all the same, and classes last as long as it does.
    """
    from dashboard.class_files import ClassFolder, usual_folder
    from dashboard.classes import CLASSES

    place = Path(named).expanduser() if named else usual_folder()
    try:
        problems = CLASSES.keep_in(ClassFolder(place))
    except OSError as error:
        said = f"{place}: {error.strerror or error}"
        if named:
            raise ClassFolderError(said) from None
        CLASSES.nowhere = error.strerror or str(error)
        problems = [said]
    for problem in problems:
        warn(problem)


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError:
        listener.close()
        raise
    listener.listen(128)
    return listener


if __name__ == "__main__":
    serve(port=int(sys.argv[1]) if len(sys.argv) > 1 else 8765)
