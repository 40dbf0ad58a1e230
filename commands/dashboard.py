"""`gongzhi dashboard`: start the pages and say where they are."""

import ipaddress
from collections.abc import Sequence

from commands.console import notes, say
from commands.group import WrongInput
from commands.knowing import brought_along
from dashboard import launcher
from dashboard.choices import read_files


def start(
    *,
    host: str,
    port: int,
    allowed_hosts: Sequence[str],
    proxies: Sequence[str],
    people: int,
    workers: int,
    results: str,
    classes: str,
    own: str | None,
    strategies: Sequence[str],
    cases: Sequence[str],
    no_browser: bool,
    lang: str,
) -> None:
    """Serve until interrupted; raises WrongInput where the address cannot be taken."""
    for proxy in proxies:
        try:
            ipaddress.ip_network(proxy)
        except ValueError:
            raise WrongInput(
                f"--behind-proxy: {proxy}; expected an address or a network, as 127.0.0.1 or 10.1.0.0/16"
            ) from None
    things = brought_along(own)
    files = read_files(strategies, cases)
    try:
        launcher.serve(
            host,
            port,
            workers=workers,
            allowed_hosts=allowed_hosts,
            proxies=proxies,
            people=people,
            results=results,
            classes=classes,
            code=None if things is None else things.code,
            files=files,
            open_browser=not no_browser,
            ready=lambda address: notes().print(say("dashboard_at", lang, address=address)),
            warn=lambda problem: notes().print(say("class_unusable", lang, problem=problem), markup=False),
        )
    except launcher.ClassFolderError as error:
        raise WrongInput(f"--classes: {error}") from None
    except OSError as error:
        raise WrongInput(f"cannot listen on {host}:{port}: {error.strerror or error}") from None
