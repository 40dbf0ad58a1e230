"""The report of a scenario as one HTML file. Runs in a worker."""

from dashboard import choices, own
from dashboard.asking import Request, case_label, strategy_label
from dashboard.steps import teller
from scenarios.catalogue import text

#: Of the whole, about: what simulating takes, and what loading the drawing takes the first time.
SIMULATED, LOADED = 0.4, 0.6


def make(request: Request, seeds: list[int], lang: str, file: str) -> bytes:
    """Simulate and render; the same words, figures and caveats as `gongzhi run --out` writes.

    file : where to tell how far it is
    """
    tell, scenario = teller(file), request.scenario()
    results = own.full_runs_of(scenario, seeds, lambda done, of: tell(SIMULATED * done / max(of, 1)))
    from datetime import UTC, datetime

    from scenarios.report import Provenance, render_report
    from scenarios.version import package_versions

    tell(LOADED)
    now = datetime.now(UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z")
    page = render_report(
        results,
        [request.case_of()],
        lang=lang,
        scenarios=[scenario],
        provenance=Provenance(
            command="gongzhi dashboard",
            version=f"gongzhi {package_versions()['gongzhi']}",
            date=now,
            notes={**own.provenance(lang), **files_of(request, lang)},
        ),
    )
    return page.encode()


def files_of(request: Request, lang: str) -> dict[str, str]:
    """What a report says of the case and strategy of files that a request is about: names and whole digests."""
    digests = choices.files().digests
    named = {
        "file_case": (request.case.partition("/")[0], case_label(request.case, lang)),
        "file_strategy": (request.strategy, strategy_label(request.strategy, lang)),
    }
    return {
        text(f"dash.{key}", lang): f"{label} · BLAKE2b {digests[name]}"
        for key, (name, label) in named.items()
        if name in digests
    }
