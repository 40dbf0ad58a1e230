"""Our scenarios and our store for Mesa 4's `run_scenarios`; see docs/mesa4.md.

    from mesa.experimental.scenarios import run_scenarios
    from scenarios.mesa4 import CommunityRuns, MesaStore, community_scenarios

    scenarios = community_scenarios("jinshui", ["none", "jinshui"], seeds=range(1, 21))
    store = MesaStore("results/mesa")
    run_scenarios(store.missing(scenarios), CommunityRuns(), store=store)

Mesa 3.5, which the project runs on, has neither `run_scenarios` nor a store: importing this says so.
"""

from scenarios.mesa4.runs import CommunityRuns, community_scenarios
from scenarios.mesa4.store import MesaStore, MesaWriter

__all__ = ["CommunityRuns", "MesaStore", "MesaWriter", "community_scenarios"]
