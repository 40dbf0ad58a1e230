"""Gongzhi and its peers side by side, in one command: `make benchmarks`, or `python benchmarks/peers.py`.

    python benchmarks/peers.py                     measure everything, about 20 minutes; results to benchmarks/results/
    python benchmarks/peers.py --write             … and write the tables of docs/performance.md and its figure
    python benchmarks/peers.py --quick             a short look, two to three minutes, nothing kept
    python benchmarks/peers.py --render            write the page again from the results there are
    python benchmarks/peers.py --agents-100k       the agent engine at 100,000 residents, whole, once: about 40 minutes
    python benchmarks/peers.py --add-run national FILE.json     enter a long run measured elsewhere into the page

Every peer is measured in a process of its own, peers take turns, and rounds are repeated; medians are kept. The
environments of peers that are no dependency of the project are made in `.venv-peers/` on first use.
"""

import argparse
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "tools"))

from sidebyside import long_runs, page
from sidebyside.campaign import FULL, QUICK, Campaign, FailedError, measure_agents_whole
from sidebyside.kept import AGENTS_WHOLE, RESULTS, save


def main() -> None:
    """Read the arguments and do what they ask."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="small sizes, one round, nothing is kept")
    parser.add_argument(
        "--only", choices=["stand-in", "full"], help="one half of the measurements, nothing is kept"
    )
    parser.add_argument(
        "--write", action="store_true", help="write docs/performance.md and its figure afterwards"
    )
    parser.add_argument(
        "--render", action="store_true", help="measure nothing, write the page and its figure"
    )
    parser.add_argument(
        "--agents-100k", action="store_true", help="measure the agent engine at 100,000 residents"
    )
    parser.add_argument("--add-run", nargs=2, metavar=("NAME", "FILE"), help=" or ".join(long_runs.NAMES))
    options = parser.parse_args()
    if options.write and (options.quick or options.only):
        parser.error("--quick and --only measure less than the page shows; leave out --write")
    try:
        _do(options)
    except (FailedError, OSError, ValueError) as problem:
        sys.exit(f"error: {problem}")
    except KeyboardInterrupt:
        sys.exit("interrupted: nothing was written")


def _do(options: argparse.Namespace) -> None:
    if options.add_run:
        name, file = options.add_run
        long_runs.add(name, json.loads(Path(file).read_text("utf-8")))
    elif options.agents_100k:
        save(AGENTS_WHOLE, measure_agents_whole())
    elif not options.render:
        _measure(options)
    if options.write or options.render or options.add_run or options.agents_100k:
        page.write()


def _measure(options: argparse.Namespace) -> None:
    result = Campaign(QUICK if options.quick else FULL, options.only).run()
    print(page.terminal(result))
    if not (options.quick or options.only):
        save(RESULTS, result)


if __name__ == "__main__":
    main()
