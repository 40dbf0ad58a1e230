"""Mesa's own page: the model stepped week by week, as Mesa's users know it.

    solara run dashboard/mesa_app.py

What Mesa itself writes on its page is English. No bands, no comparison: for those there is `gongzhi dashboard`.
"""

import textwrap
from pathlib import Path
from typing import Any

import mesa
import solara
from mesa.space import NetworkGrid
from mesa.visualization import Slider, SolaraViz, make_plot_component, make_space_component
from mesa.visualization.components import AgentPortrayalStyle
from solara.server import settings

from agents.resident import Resident
from dashboard.launcher import no_network
from model.community import CommunityModel
from scenarios.catalogue import text
from scenarios.files.library import list_strategies, load_strategy

# `solara run` begins without the launcher: here, too, everything comes from this machine and nothing is sent.
settings.main.mode = "production"
settings.assets.proxy_cache_dir = Path(__file__).parent / "vendor"
settings.assets.fontawesome_enabled = False
settings.telemetry.mixpanel_enable = False
settings.theme.show_banner = False
no_network()

#: Consent never without the share that signed against its own mind.
MEASURES = {"valid_consent": "#1d6fa8", "support_share": "#12806a", "insincere_share": "#cc5a14"}


class Compound(mesa.Model):
    """A `CommunityModel` as Mesa's page wants it: acquaintances as grid, and a `scenario` of Mesa's own.

    rng : the seed; strategy : name of one that comes along. Anything more would have Mesa hand over a `scenario`.
    """

    def __init__(self, *, rng: int = 1, households: int = 96, strategy: str = "visible_example") -> None:
        super().__init__(rng=rng)
        self.community = CommunityModel(rng=rng, strategy=load_strategy(strategy), households=households)
        self.datacollector = self.community.datacollector
        self.grid = NetworkGrid(self.community.network())
        for row, resident in enumerate(self.community.residents):
            self.grid.place_agent(resident, row)

    def step(self) -> None:
        """One week."""
        self.community.step()
        self.running = self.community.running


def portrayal(resident: Resident) -> AgentPortrayalStyle:
    """Blue supports, orange opposes, in its own mind; a square has signed."""
    return AgentPortrayalStyle(
        color="#1d6fa8" if resident.support > 0.0 else "#cc5a14",
        marker="s" if resident.signed else "o",
        size=55 if resident.signed else 25,
    )


def title(axes: Any) -> None:
    """Say what colour and shape mean."""
    axes.set_title(textwrap.fill(text("dash.mesa_legend", "en"), 48), fontsize=10)


@solara.component
def Page() -> None:  # noqa: N802
    """The page; every tab has a model of its own."""
    model = solara.use_memo(Compound, [])
    SolaraViz(
        model,
        components=[
            make_plot_component(MEASURES),
            make_space_component(portrayal, post_process=title),
        ],
        model_params={
            "rng": Slider(text("dash.draw", "en"), 1, 1, 50, 1),
            "households": Slider(text("compound.households", "en"), 96, 24, 240, 24),
            "strategy": {
                "type": "Select",
                "label": text("dash.strategy", "en"),
                "value": "visible_example",
                "values": list_strategies(),
            },
        },
        name=text("project.name", "en"),
    )
