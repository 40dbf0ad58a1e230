"""The report of a scenario as one HTML file. Runs in a worker."""

from dashboard import own
from dashboard.asking import Request
from dashboard.steps import teller

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
            notes=own.provenance(lang),
        ),
    )
    return page.encode()
