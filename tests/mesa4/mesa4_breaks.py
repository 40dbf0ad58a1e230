"""What of Mesa 3.5 is another in Mesa 4, as docs/mesa4.md has it: code that both are given, and what each makes of it.

`ROWS` has the first cell of every row of that table. A snippet leaves what it came to in `found`; an error counts too.
"""

import json
import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "mesa4.md"
LAYOUT = "import networkx; from mesa.discrete_space import Network; graph = networkx.path_graph(3); "
COLLECTED = "import mesa; found = len(mesa.DataCollector().get_model_vars_dataframe())"
PORTRAYED = (
    "import inspect; from mesa.visualization import make_space_component as of; "
    "found = [n for n in inspect.signature(of).parameters if n.endswith('layer_portrayal')][0]"
)
TWO = "import mesa; from mesa.experimental.scenarios import Scenario; "
OF_MESA = "from importlib.metadata import metadata, requires; "
#: First cell of a row → (snippet, what Mesa 3.5 makes of it, what Mesa 4 does), both as they begin.
ROWS = {
    "`mesa.batch_run`": [
        ("import mesa; found = callable(mesa.batch_run)", "True", "AttributeError: "),
        ("import mesa.batchrunner; found = 'there'", "there", "ModuleNotFoundError: "),
    ],
    "`Model(seed=…)`": [("import mesa; mesa.Model(seed=3); found = 'taken'", "taken", "TypeError: ")],
    "`model.steps`, `model.reset_randomizer()`, `model.reset_rng()`": [
        ("import mesa; found = mesa.Model(rng=3).steps", "0", "AttributeError: "),
        ("import mesa; found = mesa.Model(rng=3).reset_randomizer()", "None", "AttributeError: "),
        ("import mesa; found = mesa.Model(rng=3).reset_rng()", "None", "AttributeError: "),
    ],
    "a scenario's fields could be changed": [
        (TWO + "s = Scenario(rng=3, a=1); s.a = 2; found = s.a", "2", "TypeError: Scenario is frozen"),
    ],
    "`Model(rng=3, scenario=…)` with the same `rng` in both": [
        (TWO + "mesa.Model(rng=3, scenario=Scenario(rng=3)); found = 'taken'", "taken", "ValueError: Pass either"),
    ],
    "`model.random` of a seed": [
        ("import mesa; found = round(mesa.Model(rng=3).random.random(), 6)", "0.237965", "0.297375"),
    ],
    "`mesa.space`, `agent.pos`": [
        ("import mesa.space; found = 'there'", "there", "ModuleNotFoundError: "),
        ("import mesa; found = mesa.Agent(mesa.Model(rng=3)).pos", "None", "AttributeError: "),
        ("import dashboard.mesa_app; found = 'there'", "there", "ModuleNotFoundError: No module named 'mesa.space'"),
    ],
    "`PropertyLayer`, `mesa.experimental.devs`": [
        ("from mesa.discrete_space import PropertyLayer; found = 'there'", "there", "ImportError: "),
        ("import mesa.experimental.devs; found = 'there'", "there", "ModuleNotFoundError: "),
    ],
    "`Network(graph)` placed nodes by springs, `layout=None` nowhere": [
        (LAYOUT + "import inspect; found = inspect.signature(Network).parameters['layout'].default.__name__",
         "spring_layout", "circular_layout"),
        (LAYOUT + "import random; Network(graph, layout=None, random=random.Random(1)); found = 'made'",
         "made", "TypeError: "),
    ],
    "a data collector without reporters raised `UserWarning` when asked for its table": [
        (COLLECTED, "UserWarning: ", "0"),
    ],
    "`propertylayer_portrayal=` of `make_space_component`": [
        (PORTRAYED, "propertylayer_portrayal", "property_layer_portrayal"),
    ],
}  # fmt: skip
#: What does not break, though it may be looked for: alike under both.
STAYS = [
    ("import mesa; found = mesa.Model(rng=3).rng.random(3).tolist()", "["),
    (OF_MESA + "found = 'network' in metadata('mesa').get_all('Provides-Extra')", "True"),
    (OF_MESA + "found = [needed for needed in requires('mesa') if 'starlette' in needed][-1]", "starlette<1.0"),
    ("from mesa.visualization import Slider, SolaraViz, make_plot_component, make_space_component; found = 1", "1"),
    ("from mesa.visualization.components import AgentPortrayalStyle; found = 1", "1"),
]  # fmt: skip
SNIPPETS = [snippet for row in ROWS.values() for snippet, *_ in row] + [snippet for snippet, _ in STAYS]
_RUN = """
import json, sys, warnings
warnings.simplefilter("ignore")
found = {}
for snippet in json.load(sys.stdin):
    scope = {}
    try:
        exec(snippet, scope)
        found[snippet] = str(scope["found"])
    except Exception as error:
        found[snippet] = f"{type(error).__name__}: {error}"
print(json.dumps(found))
"""


def made_of(python) -> dict[str, str]:
    """What the Mesa of a Python makes of every snippet."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [python, "-P", "-c", _RUN], input=json.dumps(SNIPPETS), env=environment, capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    return json.loads(done.stdout.splitlines()[-1])


def rows_of_the_page() -> list[str]:
    """First cells of the table under "What breaks"."""
    lines = PAGE.read_text(encoding="utf-8").partition("## What breaks")[2].splitlines()
    cells = [line.strip("| ").split(" | ")[0] for line in lines if line.startswith("|")]
    return cells[2:]
