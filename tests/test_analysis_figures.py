"""Figures of the analysis: both languages, no warning, what must be said is said."""

import pkgutil
import re
import warnings
from copy import deepcopy
from dataclasses import replace
from functools import cache
from importlib.util import find_spec
from types import CodeType

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from legible import WIDTHS, faults
from legible import words as said

import commands
import scenarios.analysis
from commands.cli_analysis import analyse
from scenarios.analysis import battery
from scenarios.analysis.battery import ANALYSES, Found, Skipped, Wish, analyse_all, usual_wish
from scenarios.analysis.designs import morris_design, sobol_design
from scenarios.analysis.drawing import parameter_name
from scenarios.analysis.figures_search import front_figure, instruments_figure
from scenarios.analysis.figures_sensitivity import MOST_ROWS, sensitivity_figure
from scenarios.analysis.problem import AnalysisError, Parameter, Problem, study
from scenarios.analysis.search import Front
from scenarios.analysis.sensitivity import Sensitivity
from scenarios.analysis.strategy_search import OBJECTIVES, StrategyFront
from scenarios.catalogue import catalogue
from scenarios.figures.paper import fit_to_paper
from scenarios.figures.style import Printed, pdf, png, svg

PARAMETERS = (
    Parameter("programme.consent_gate", 0.6, 0.9, "lever"),
    Parameter("parameters.visit_gain", 0.05, 0.3),
    Parameter("instruments.home_visits.intensity", 0, 1, "lever"),
)
OUTCOMES = ("final_valid_consent", "final_insincere_share", "weeks_to_80", "payment_18_months")
PROBLEM = Problem(PARAMETERS, OUTCOMES, 156)


def runs(points, strategies=("calm", "loud"), seeds=6):
    """Loud signs more and means it less; where the gate is high and visits are few, nobody pays."""
    generator = np.random.default_rng(0)
    tables = []
    for strategy in strategies:
        for seed in range(seeds):
            gate, gain, visits = (points[p.name] for p in PARAMETERS)
            loud = strategy == "loud"
            noise = generator.normal(0, 0.02, len(points))
            row = points.assign(case="x", strategy=strategy, seed=seed)
            row["final_valid_consent"] = 0.5 + 0.3 * visits + 0.1 * loud + noise
            row["final_insincere_share"] = 0.05 + 0.1 * loud + 0.2 * gain * loud + noise / 4
            row["weeks_to_80"] = np.where(visits < 0.1, np.nan, 30 - 10 * visits + 20 * gate - 5 * loud)
            row["payment_18_months"] = np.where((gate > 0.8) & (visits < 0.5), 0.3, 0.8) + noise
            tables.append(row)
    return pd.concat(tables, ignore_index=True)


def sample(n):
    generator = np.random.default_rng(1)
    return pd.DataFrame({p.name: generator.uniform(p.low, p.high, n) for p in PARAMETERS})


QUICK = ["paired", "replicates", "robustness"]


@cache
def found(lang, design=""):
    drawn = {"sobol": lambda: sobol_design(PROBLEM, 16), "morris": lambda: morris_design(PROBLEM, 10)}
    points = drawn[design]() if design else sample(40)
    strategies = ("calm",) if design else ("calm", "loud")
    data = study(runs(points.drop_duplicates(), strategies), PROBLEM, source="sweep")
    wish = usual_wish(data)
    wish = Wish(wish.outcomes, wish.goals, design=points if design else None)
    # The slow analyses draw through the same functions: once, in Chinese, is enough.
    only = ["sensitivity"] if design else [] if lang == "zh" else QUICK
    names = {"calm": "平静" if lang == "zh" else "Calm", "loud": "大声" if lang == "zh" else "Loud"}
    return list(analyse_all(data, wish, only=only, lang=lang, names=names))


def test_contours_stand_at_round_numbers_and_limits_have_their_values():
    parts = {p.name: p for p in found("zh") if isinstance(p, Found)}
    figures = {name: figure for part in parts.values() for name, figure in part.figures.items()}
    labels = [
        t.get_text() for name, f in figures.items() if "surface" in name for a in f.axes for t in a.texts
    ]
    numbers = [float(t.replace("−", "-").replace(",", "")) for t in labels if re.fullmatch(r"[−\d.,]+", t)]
    assert numbers
    for number in numbers:
        digits = f"{abs(number):.6e}".partition("e")[0].rstrip("0")
        assert len(digits.replace(".", "")) <= 3, number
    ends = {t.get_text() for name, f in figures.items() if "prim" in name for a in f.axes for t in a.texts}
    assert {"0.6", "0.9"} <= ends or {"0", "1"} <= ends, ends


def front(n=8, determined=True):
    generator = np.random.default_rng(0)
    x = generator.random((n, 2))
    table = pd.DataFrame(x, columns=["home_visits", "pioneers"])
    table.insert(0, "name", [f"s{i}" for i in range(n)])
    for outcome in OBJECTIVES:
        scale = 1e6 if "yuan" in outcome else 100 if "hours" in outcome else 1
        table[outcome] = scale * generator.random(n)
        table[f"{outcome}_low"], table[f"{outcome}_high"] = 0.9 * table[outcome], 1.1 * table[outcome]
    table["n_without_payment"], table["determined"] = 1, determined
    y = np.zeros((n, 5))
    kept = Front(x, y, y[:, :0], x, y, y[:, :0], 2)
    return StrategyFront(table, ("home_visits", "pioneers"), dict(OBJECTIVES), (), kept, 40, 2, 5, 10)


def words(figure):
    return "\n".join(artist.get_text() for artist in figure.findobj(mpl.text.Text))


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_figure_is_drawn_without_a_warning_and_says_how_many_points_and_seeds(lang):
    parts = [*found(lang), *found(lang, "sobol"), *found(lang, "morris")]
    skipped = {part.name for part in parts if isinstance(part, Skipped)}
    assert skipped <= {"levels"}  # a sample has no setting of few values; tests/test_levels.py draws them
    drawn = [part for part in parts if not isinstance(part, Skipped)]
    figures = {name: figure for part in drawn for name, figure in part.figures.items()}
    kinds = "paired replicates pawn robustness satisficing sobol morris"
    kinds += " prim cart surface surface_indices" if lang == "zh" else ""
    assert set(kinds.split()) <= {re.sub(r"_(calm|loud)$", "", name) for name in figures}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for name, figure in figures.items():
            assert svg(figure).startswith("<svg"), name
            said = words(figure)
            assert "6" in said and re.search(r"种子|seeds", said), name
            assert re.search(r"95\s?%|Q²", said), name


def test_a_pdf_carries_its_font_and_no_date():
    written = pdf(found("zh")[0].figures["paired"])
    assert written.startswith(b"%PDF") and b"CreationDate" not in written and b"FontFile2" in written


def test_the_insincere_share_stands_beside_consent_even_where_only_consent_was_asked_for():
    data = study(runs(sample(40)), PROBLEM)
    wish = usual_wish(data, ["final_valid_consent"])
    assert wish.outcomes == ("final_valid_consent", "final_insincere_share")
    figure = next(iter(analyse_all(data, wish, only=["paired"], lang="en"))).figures["paired"]
    assert "Final valid consent" in words(figure) and "Final insincere share" in words(figure)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_front_names_its_seeds_and_what_is_undetermined(lang):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for shown in (front(40), front(0)):
            for draw in (front_figure, instruments_figure):
                assert png(draw(shown, lang=lang), dpi=40).startswith(b"\x89PNG")
    assert "10" in words(front_figure(front(), lang=lang))
    said = words(front_figure(front(8, determined=False), lang=lang)).replace("\n", "")
    assert "尚不能判定（8 种）" in said or "undetermined (8)" in said


def test_the_front_names_restricted_means():
    shown = front()
    table = shown.table.rename(columns={"pioneers": "lawful_enforcement"})
    changed = replace(shown, table=table, instruments=("home_visits", "lawful_enforcement"))
    said = words(front_figure(changed, lang="en")).replace("\n", " ")
    assert "Restricted by law" in said and "Restricted by law" not in words(front_figure(shown, lang="en"))


def test_an_analysis_the_sweep_does_not_suit_is_left_out_with_its_reason_or_refused_by_name():
    data = study(runs(sample(12), strategies=("calm",), seeds=1), PROBLEM)
    parts = {part.name: part for part in analyse_all(data, usual_wish(data), lang="en")}
    assert isinstance(parts["paired"], Skipped) and "one strategy" in parts["paired"].reason
    assert isinstance(parts["replicates"], Skipped) and isinstance(parts["discovery"], Skipped)
    with pytest.raises(AnalysisError, match="one strategy"):
        list(analyse_all(data, usual_wish(data), only=["paired"], lang="en"))


def test_undetermined_is_written_where_it_is():
    table = runs(sample(30), seeds=5)  # five seeds settle nothing
    data = study(table, PROBLEM)
    part = next(iter(analyse_all(data, usual_wish(data), only=["paired"], lang="en")))
    assert isinstance(part, Found) and all("undetermined" in line for line in part.lines)
    assert "undetermined (4 of 4)" in words(part.figures["paired"])


def test_parameters_have_the_labels_of_the_model():
    assert parameter_name("programme.consent_gate", "zh") == "启动同意率"
    assert parameter_name("instruments.home_visits.intensity", "en") == "Home visits"
    assert parameter_name("instruments.home_visits.start_week", "en") == "Home visits (start_week)"
    assert parameter_name("parameters.visit_gain", "zh") == catalogue("zh")["parameter.visit_gain"]
    assert parameter_name("something.else", "en") == "something.else"


def words_in(package):
    """Every string that the modules of a package hold."""
    for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        yield from strings_of(find_spec(module.name).loader.get_code(module.name))


def strings_of(constant):
    """The strings of a compiled piece of Python, and of those inside it."""
    if isinstance(constant, str):
        yield constant
    parts = constant.co_consts if isinstance(constant, CodeType) else constant
    for part in parts if isinstance(parts, tuple | frozenset) else ():
        yield from strings_of(part)


def test_every_text_of_the_analysis_is_used():
    words = {word for package in (scenarios.analysis, commands) for word in words_in(package)}
    made = {f"heading_{name}" for name in ANALYSES}
    made |= {f"{m}_{end}" for m in ("sobol", "surface", "morris", "pawn") for end in ("title", "caption")}
    made |= {f"method_{m}" for m in ("sobol", "surface", "morris", "pawn")}
    made |= {
        "first_order",
        "total_order",
        *(f"grade_{g}" for g in ("good", "fair", "poor", "noisy", "survivors")),
    }
    made |= {
        "kind_quadratic",
        "kind_gaussian_process",
        *(f"note_{n}" for n in ("none_fail", "all_fail", "too_few")),
    }
    keys = {key.removeprefix("analysis.") for key in catalogue("en") if key.startswith("analysis.")}
    unused = {key for key in keys - made if not words & {key, f"analysis.{key}"}}
    assert unused == set() and made <= keys


def test_the_analyses_of_the_command_line_are_those_of_the_battery():
    (only,) = (option for option in analyse.params if option.name == "only")
    assert list(only.type.choices) == list(battery.ANALYSES)


@pytest.mark.parametrize(
    ("more", "lang", "said"), [(0, "en", ""), (2, "en", "2 more parameters"), (3, "zh", "其余3个")]
)
def test_a_ranking_with_more_factors_than_rows_says_how_many(more, lang, said):
    index = np.linspace(1.0, 0.1, MOST_ROWS + more)
    names = [f"parameters.p{i}" for i in range(len(index))]
    table = pd.DataFrame(
        {"parameter": names, "role": "uncertainty", "index": index, "index_low": index, "index_high": index}
    )
    figure = sensitivity_figure(
        [Sensitivity("pawn", "final_valid_consent", "calm", table, 50, 2, 100, 0, 0.1)], lang=lang
    )
    drawn = " ".join(t.get_text() for t in figure.findobj(mpl.text.Text)).replace("\n", " ")
    assert (said in drawn) if said else "more parameters" not in drawn


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize(("lang", "design"), [("zh", ""), ("en", ""), ("zh", "sobol"), ("en", "morris")])
def test_figures_of_sweeps_can_be_read_at_the_width_of_a_paper(lang, design, width):
    parts = [part for part in deepcopy(found(lang, design)) if isinstance(part, Found)]
    figures = {name: figure for part in parts for name, figure in part.figures.items()}
    if not design:
        figures |= {
            "front": front_figure(front(), lang=lang),
            "made of": instruments_figure(front(), lang=lang),
        }
    for name, figure in figures.items():
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            fit_to_paper(figure, Printed(width=width))
            assert faults(figure) == [], name
        assert min(text.get_fontsize() for text in said(figure)) > 5.4, name
