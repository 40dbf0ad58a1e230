"""The report of a scenario as one HTML file. Runs in a worker: it brings matplotlib along."""

from dashboard.asking import Request
from model.engine import simulate
from scenarios.report import Provenance, render_report


def make(request: Request, seeds: list[int], lang: str) -> bytes:
    """Simulate and render; the same words, figures and caveats as `gongzhi run --out` writes."""
    from datetime import UTC, datetime

    from scenarios.commands.version import package_versions

    scenario = request.scenario()
    now = datetime.now(UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z")
    page = render_report(
        simulate([scenario], seeds, threads=1),
        [request.case_of()],
        lang=lang,
        scenarios=[scenario],
        provenance=Provenance(
            command="gongzhi dashboard", version=f"gongzhi {package_versions()['gongzhi']}", date=now
        ),
    )
    return page.encode()
