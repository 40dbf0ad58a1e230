import io
import re
import warnings
from functools import cache
from types import SimpleNamespace

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from legible import WIDTHS, faults, words
from matplotlib import image
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from model.measures import SUMMARY
from scenarios.catalogue import text
from scenarios.comparison import compare
from scenarios.figures.compared import paired_differences, strategy_comparison
from scenarios.figures.fonts import FAMILY, use_chinese_font
from scenarios.figures.over_time import (
    cases_side_by_side,
    consent_over_time,
    payment_over_time,
    published_value,
)
from scenarios.figures.paper import fit_to_paper
from scenarios.figures.style import (
    Printed,
    finish,
    fit,
    leave_arranged,
    png,
    smallest_words,
    svg,
    words_of,
)
from scenarios.quantiles import quantiles

WEEKS = 61
SEEDS = 7
CITIES = ("jinshui", "hangzhou", "kaifeng", "jinjiang", "meizhou")
CLAIMS = {
    "jinshui": [SimpleNamespace(value=0.9, relation=">", outcome="payment_18_months")],
    "kaifeng": [SimpleNamespace(value=None, relation="rises", outcome="payment_18_months")],
    "hangzhou": [SimpleNamespace(value=149.0, relation="=", outcome="")],
}


def weekly(cases=("x",), strategies=("a", "b"), proxies=0.0) -> pd.DataFrame:
    """Tidy weekly data in which strategy b reaches its gate later; half its seeds lose the company."""
    tables = []
    for case in cases:
        for number, strategy in enumerate(strategies):
            for seed in range(SEEDS):
                week = np.arange(WEEKS)
                gate = 15 + 10 * number + seed
                consent = 0.9 / (1 + np.exp(-0.2 * (week - gate + 5)))
                stage = np.select([week < 8, week < gate, week < gate + 12], [0, 1, 3], 5)
                leaves = (week > gate + 20) & (number == 1) & (seed % 2 == 1)
                series = {
                    "stage": stage,
                    "headline_consent": consent,
                    "valid_consent": consent * (1 - proxies),
                    "support_share": 0.5 + 0.2 * consent,
                    "insincere_share": 0.1 * consent,
                    "payment_rate": np.where(leaves, 0.1, np.where(stage == 5, 0.8, np.nan)),
                    "company_present": np.where(leaves, 0.0, stage == 5),
                }
                for outcome, value in series.items():
                    row = {"run": 0, "case": case, "strategy": strategy, "seed": seed, "week": week}
                    tables.append(
                        pd.DataFrame({**row, "outcome": outcome, "value": np.asarray(value, float)})
                    )
    return pd.concat(tables, ignore_index=True)


def summaries(strategies=("a", "b")) -> pd.DataFrame:
    """A row per run; some runs of b do not reach their gate and have no payment."""
    generator = np.random.default_rng(1)
    rows = []
    for number, strategy in enumerate(strategies):
        for seed in range(SEEDS):
            row = {"run": len(rows), "case": "x", "strategy": strategy, "seed": seed}
            row |= {name: float(generator.uniform(0, 1)) for name in SUMMARY}
            missed = number == 1 and seed % 3 == 0
            row["weeks_to_80"] = np.nan if missed else 20.0 + 10 * number + seed
            row["payment_18_months"] = np.nan if missed else 0.7
            rows.append(row)
    return pd.DataFrame(rows)


def drawn(figure: Figure) -> list[str]:
    """Every text a figure shows."""
    return [artist.get_text() for artist in figure.findobj(mpl.text.Text) if artist.get_text()]


@cache
def all_figures(lang: str) -> dict[str, Figure]:
    tidy, summary = weekly(proxies=0.1), summaries()
    comparisons = [
        compare(summary, outcome, "a", "b") for outcome in ("weeks_to_80", "final_insincere_share")
    ]
    return {
        "consent": consent_over_time(tidy, lang=lang),
        "consent of one": consent_over_time(weekly(strategies=("a",)), gate=None, lang=lang),
        "payment": payment_over_time(tidy, published=CLAIMS["jinshui"], lang=lang),
        "comparison": strategy_comparison(summary, lang=lang),
        "cities": cases_side_by_side(
            weekly(CITIES, ("a",)), gates={"jinshui": 0.8}, published=CLAIMS, lang=lang
        ),
        "paired": paired_differences(summary, comparisons, lang=lang),
    }


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_figure_is_written_as_svg_and_png_without_a_warning(lang):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for figure in all_figures(lang).values():
            written = svg(figure)
            assert written.startswith("<svg") and "<text" not in written, (
                "words are outlines: no font is needed"
            )
            assert png(figure, dpi=40).startswith(b"\x89PNG")


def test_an_svg_refers_to_nothing_outside_and_has_no_date():
    written = svg(consent_over_time(weekly()))
    without_namespaces = re.sub(r'xmlns(:\w+)?="[^"]*"', "", written)
    assert "http" not in without_namespaces
    assert "<metadata" not in written and "<!DOCTYPE" not in written


def test_the_same_data_give_the_same_bytes():
    assert svg(consent_over_time(weekly())) == svg(consent_over_time(weekly()))


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_wherever_consent_is_drawn_the_insincere_share_is_named(lang):
    figures = all_figures(lang)
    for name in ("consent", "consent of one", "cities"):
        assert text("figure.insincere", lang) in drawn(figures[name])
    per_panel = [t for t in drawn(figures["consent"]) if t == text("figure.insincere", lang)]
    assert len(per_panel) == 2


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_captions_state_the_number_of_seeds(lang):
    for name, figure in all_figures(lang).items():
        if name != "paired":
            assert text("figure.seeds", lang).format(n=SEEDS) in figure.get_supxlabel().replace("\n", "")


def test_a_caption_says_where_the_numbers_of_seeds_differ():
    tidy = weekly()
    fewer = tidy[(tidy["strategy"] == "a") | (tidy["seed"] < 3)]
    assert text("figure.seeds_range").format(low=3, high=SEEDS) in consent_over_time(fewer).get_supxlabel()


def test_axes_of_shares_run_from_zero_to_one():
    for name in ("consent", "payment", "cities"):
        assert {axes.get_ylim() for axes in all_figures("zh")[name].axes} == {(0.0, 1.0)}


def test_valid_consent_has_its_own_line_only_where_proxies_make_a_difference():
    assert "有效同意" in drawn(consent_over_time(weekly(proxies=0.1)))
    assert "名义＝有效同意" in drawn(consent_over_time(weekly(proxies=0.0)))


def test_published_claims_are_drawn_as_benchmarks_and_their_absence_is_said():
    shown = drawn(cases_side_by_side(weekly(CITIES, ("a",)), published=CLAIMS))
    assert "公布 >90%，存疑见表" in shown
    assert text("figure.published_rises") in shown
    assert shown.count(text("figure.published_none")) == 3


@pytest.mark.parametrize(
    ("value", "relation", "zh", "en"),
    [
        (0.9, ">", ">90%", ">90 %"),
        (0.892, "=", "89.2%", "89.2 %"),
        (None, "rises", "上升，无数字", "rises, no number"),
    ],
)
def test_a_published_value_keeps_its_relation(value, relation, zh, en):
    claim = SimpleNamespace(value=value, relation=relation, outcome="payment_18_months")
    assert (published_value(claim, "zh"), published_value(claim, "en")) == (zh, en)


def test_a_gate_not_reached_in_all_seeds_is_marked_with_the_count():
    shown = drawn(strategy_comparison(summaries()))
    assert "4/7 达到" in shown and "4/7 有数值" in shown


def test_a_strategy_that_never_reaches_is_said_to_and_not_drawn_as_zero():
    table = summaries()
    table.loc[table["strategy"] == "b", "weeks_to_80"] = np.nan
    assert "均未达到" in drawn(strategy_comparison(table))


def test_infinite_differences_are_counted_at_the_edge():
    table = summaries()
    shown = drawn(paired_differences(table, [compare(table, "weeks_to_80", "a", "b")]))
    assert text("figure.edge_b").format(n=3) in shown


def test_quantiles_take_not_reached_as_later_than_any_week():
    sample = np.array([10, 20, 30, np.nan, np.nan])
    assert quantiles(sample, censored=True) == (10.0, 30.0, np.inf)
    assert quantiles(sample, censored=False)[1] == 20.0
    assert np.isnan(quantiles(np.array([np.nan]), censored=False)).all()


def test_the_smallest_words_are_told_as_a_share_of_the_width():
    figure = consent_over_time(weekly())
    share = smallest_words(figure)
    narrow = fit(figure, Printed(width=2.54 * figure.get_figwidth() / 2))
    assert smallest_words(narrow) == pytest.approx(2 * share, rel=1e-6)
    assert share == pytest.approx(8.5 / 72 / (2 * narrow.get_figwidth()), rel=0.2)


def test_names_replace_identifiers():
    shown = drawn(consent_over_time(weekly(), names={"a": "综合方案", "b": "只改硬件"}))
    assert {"综合方案", "只改硬件"} <= set(shown)


def test_an_outcome_the_data_lack_is_named():
    tidy = weekly()
    with pytest.raises(ValueError, match="insincere_share"):
        consent_over_time(tidy[tidy["outcome"] != "insincere_share"])


def test_settings_of_the_caller_are_left_as_they_were():
    before = dict(mpl.rcParams)
    with use_chinese_font():
        assert mpl.rcParams["font.family"][0] == FAMILY
    svg(consent_over_time(weekly()))
    assert dict(mpl.rcParams) == before


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_nothing_is_cut_off_by_the_edge_of_the_figure(lang):
    for name, figure in all_figures(lang).items():
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
        width, height = figure.get_size_inches()
        box = figure.get_tightbbox(canvas.get_renderer())
        assert box.x0 > -0.02 and box.y0 > -0.02 and box.x1 < width + 0.02 and box.y1 < height + 0.02, (
            name,
            box,
        )


# -- for papers -----------------------------------------------------------------------------------------------


def plain_figure(
    caption="One caption of several words that is long enough to be broken where a figure is narrow. " * 2,
):
    figure = Figure(figsize=(9.0, 5.0), layout="constrained")
    figure.subplots().plot([1, 2], [1, 2])
    finish(figure, "A title that says what is seen", caption)
    return figure


def test_a_figure_has_the_width_and_resolution_asked_for_and_its_words_broken_anew():
    usual = plain_figure().get_supxlabel().count("\n")
    figure = fit(plain_figure(), Printed(width=8.3, dpi=300))
    pixels = image.imread(io.BytesIO(png(figure, 300)))
    assert pixels.shape[1] == pytest.approx(8.3 / 2.54 * 300, abs=2)
    assert pixels.shape[0] >= 8.3 / 2.54 * 300 * 5 / 9 - 2
    assert figure.get_supxlabel().count("\n") > usual and re.search(r'width="235', svg(figure))


def test_a_caption_left_out_of_a_figure_is_kept_for_the_text_around_it():
    figure = fit(plain_figure("Thirty seeds."), Printed(captioned=False))
    assert (figure.get_suptitle(), figure.get_supxlabel()) == ("", "")
    assert words_of(figure) == "A title that says what is seen\n\nThirty seeds."
    assert fit(figure, Printed()).get_supxlabel() == "Thirty seeds."


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_figures_of_runs_can_be_read_at_the_width_of_a_paper(lang, width):
    for name, figure in all_figures.__wrapped__(lang).items():  # figures of its own: printing changes them
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            fit_to_paper(figure, Printed(width=width))
            assert faults(figure) == [], name
        assert figure.get_figwidth() == pytest.approx(width / 2.54)
        assert min(text.get_fontsize() for text in words(figure)) > 5.4, name


@pytest.mark.parametrize(
    "place",
    [
        {"loc": "center left", "bbox_to_anchor": (1.01, 0.5)},
        {"loc": "lower center", "bbox_to_anchor": (0.5, 1), "ncols": 3},
    ],
)
def test_a_key_beside_a_panel_stands_above_it_on_narrow_paper(place):
    figure = Figure(figsize=(9.0, 5.2), layout="constrained")
    axes = figure.subplots()
    for label in ("Long-term management", "Removal of structures", "Soliciting willingness"):
        axes.plot([1, 2], [1, 2], label=label)
    handles, labels = axes.get_legend_handles_labels()
    axes.legend(handles[::-1], [label.lower() for label in labels[::-1]], **place)
    finish(figure, "Compounds by stage", "")
    fit_to_paper(figure, Printed(width=8.0))
    assert faults(figure) == []
    assert axes.get_position().width > 0.7 and axes.get_legend() is None
    assert [text.get_text() for text in words(figure)].count("removal of structures") == 1


def test_once_arranged_a_figure_is_drawn_once_for_each_further_file(monkeypatch):
    figure, drawn = consent_over_time(weekly()), []
    svg(figure)
    placed = [axes.get_position().bounds for axes in figure.axes]
    leave_arranged(figure)
    draw = figure.draw
    monkeypatch.setattr(figure, "draw", lambda renderer: (drawn.append(renderer), draw(renderer)))
    assert png(figure).startswith(b"\x89PNG") and len(drawn) == 1
    assert [axes.get_position().bounds for axes in figure.axes] == placed


def test_a_printed_figure_has_the_resolution_asked_for_and_its_caption_where_one_is_wanted():
    figure = fit_to_paper(plain_figure(), Printed(width=8.3, dpi=300, captioned=False))
    assert image.imread(io.BytesIO(png(figure, 300))).shape[1] == pytest.approx(8.3 / 2.54 * 300, abs=2)
    assert (figure.get_suptitle(), figure.get_supxlabel()) == ("", "")
    as_drawn = plain_figure()
    size = as_drawn.get_size_inches().tolist()
    assert fit_to_paper(as_drawn, Printed()).get_size_inches().tolist() == size
    assert as_drawn.get_suptitle() == "A title that says what is seen"
