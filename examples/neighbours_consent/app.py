"""The page: `solara run app.py` in this folder."""

from mesa.visualization import Slider, SolaraViz, make_plot_component, make_space_component
from mesa.visualization.components import AgentPortrayalStyle
from neighbours_consent.model import NeighboursConsent

SUPPORTS, OPPOSES = "#1d6fa8", "#cc5a14"


def portrayal(home):
    """Blue supports, orange opposes, in its own mind; a square has signed."""
    return AgentPortrayalStyle(
        color=SUPPORTS if home.support > 0 else OPPOSES,
        marker="s" if home.signed else "o",
        size=60 if home.signed else 30,
    )


model_params = {
    "rng": Slider("Seed", 1, 1, 50, 1),
    "households": Slider("Households", 48, 24, 120, 12),
    "home_visits": Slider("Home visits", 0.8, 0.0, 1.0, 0.1),
    "pioneers": Slider("Pioneers", 0.3, 0.0, 1.0, 0.1),
}

page = SolaraViz(
    NeighboursConsent(),
    components=[
        make_space_component(portrayal),
        # Consent never without the share that signed against its own mind.
        make_plot_component({"valid_consent": SUPPORTS, "insincere_share": OPPOSES}),
    ],
    model_params=model_params,
    name="Neighbours' consent",
)
page  # noqa: B018  Solara shows the last expression
