"""The stock page of Mesa, for users of Mesa: `solara run dashboard/mesa_app.py`, set up as docs/dashboard.md says.

One compound week by week, two curves, a slider that takes effect on reset. Bands, comparison and Chinese are on the
pages of `gongzhi dashboard`.
"""

from typing import Any

from mesa.visualization import SolaraViz, make_plot_component

from model.community import CommunityModel

#: Small enough that a week takes no time; what `CommunityModel` takes by name, sliders in Mesa's own way.
SETTINGS: dict[str, Any] = {
    "rng": 1,
    "households": 96,
    "buildings": 4,
    "stairwells_per_building": 2,
}
SLIDERS: dict[str, Any] = {
    "consent_gate": {
        "type": "SliderFloat",
        "value": 0.8,
        "label": "Consent gate (share of households)",
        "min": 0.5,
        "max": 1.0,
        "step": 0.05,
    }
}
CURVES = {"valid_consent": "tab:blue", "insincere_share": "tab:red"}

page = SolaraViz(
    CommunityModel(**SETTINGS),
    components=[make_plot_component(CURVES)],
    model_params={**SETTINGS, **SLIDERS},
    name="Gongzhi",
)
