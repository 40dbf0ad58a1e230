"""The example in the form of Mesa's gallery: it runs, its homes are the households, its page is built."""

import importlib
import sys
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parents[1] / "examples" / "neighbours_consent"


@pytest.fixture
def example(monkeypatch):
    """The example's own folder first, as `solara run app.py` has it; forgotten afterwards."""
    monkeypatch.syspath_prepend(str(EXAMPLE))
    yield importlib.import_module
    for name in [name for name in sys.modules if name == "app" or name.startswith("neighbours_consent")]:
        del sys.modules[name]


def test_homes_are_the_households_and_show_what_they_do(example):
    made = example("neighbours_consent.model").NeighboursConsent(rng=3, households=36, home_visits=1.0)
    home_type = example("neighbours_consent.agents").Home
    for _ in range(20):
        made.step()
    homes = list(made.agents_by_type[home_type])
    assert [home.row for home in homes] == list(range(36))
    assert [home.signed for home in homes] == made.column("signed").astype(bool).tolist()
    assert 0 < sum(home.signed for home in homes) < 36
    ties = {frozenset((a, b)) for a, b in made.network().edges}
    assert {frozenset((h.row, n.agents[0].row)) for h in homes for n in h.cell.connections.values()} == ties


def test_the_example_adds_no_rule(example):
    from model.community import CommunityModel

    given = {"rng": 5, "households": 36, "home_visits": 0.8, "pioneers": 0.3}
    made, plain = example("neighbours_consent.model").NeighboursConsent(**given), CommunityModel(**given)
    for _ in range(15):
        made.step(), plain.step()
    assert made.outcome("mean_support") == plain.outcome("mean_support")


def test_the_page_is_built_with_every_slider_the_model_takes(example):
    app = example("app")
    assert app.page is not None
    example("neighbours_consent.model").NeighboursConsent(
        **{name: slider.value for name, slider in app.model_params.items()}
    )


def test_the_readme_names_every_file():
    told = (EXAMPLE / "Readme.md").read_text(encoding="utf-8")
    files = [
        file.relative_to(EXAMPLE).as_posix() for file in EXAMPLE.rglob("*.py") if file.name != "__init__.py"
    ]
    assert len(files) == 3 and all(f"`{file}`" in told for file in files)
