"""Write `docs/validation.md` from the shipped survivors, in the order of a TRACE document: `make validation`.

What is told in words stands in `tools/validation/`; every number is computed here (about two minutes).
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from doubled import in_double_precision
from matplotlib.figure import Figure
from page_tables import head, number, row

from model.engine import simulate_runs
from model.measures import Outcome
from model.parameters import declarations
from model.specification import Management, Strategy
from model.summary import mean_known
from scenarios.calibration.experiments import LAWFUL, managed
from scenarios.calibration.waves import LAST_LOOK
from scenarios.catalogue import text
from scenarios.consequences import outcomes_of_strategies, variance_shares
from scenarios.figures.style import png
from scenarios.ignorance import plausible_runs
from scenarios.patterns import PLACE, STRATEGIES, Pattern, Seen, patterns, scenarios_of_patterns, see, spread
from scenarios.plausible import Survivors, load_survivors
from scenarios.probing import PROBED, precision, rankings, screen, share_out, structures

DOCS = Path(__file__).parents[1] / "docs"
#: What is told in words.
TEXTS = Path(__file__).with_name("validation")
PHASES = DOCS / "images" / "payment-phases.png"


class Effort(NamedTuple):
    """How much is computed: sets and seeds, trajectories of Morris' design, base sample of Sobol's."""

    sets: int = 50
    seeds: int = 10
    trajectories: int = 10
    base: int = 128


QUICK = Effort(5, 2, 2, 8)
#: Coefficients named of a screening, and those whose shares are computed.
NAMED, SHARED = 8, 12


def page(survivors: Survivors, effort: Effort) -> tuple[str, bytes]:
    """The whole page, and its picture."""
    rows, seeds = survivors.rows(effort.sets), range(1, effort.seeds + 1)
    seen = see(scenarios_of_patterns(), survivors, rows, seeds)
    phases, picture = _payment_phases(survivors)
    parts = [
        _told("top"),
        _told("data"),
        "## 4 Assumptions\n",
        _assumptions(),
        "## 5 The code does what the pages say\n",
        _told("tested"),
        "## 6 Calibration\n",
        _calibration(survivors),
        "## 7 What the results hang on\n",
        _variance(survivors, rows, seeds),
        _screening(effort),
        _structures(survivors),
        _rankings(survivors, rows),
        _precision(survivors),
        "## 8 Patterns and predictions\n",
        _patterns(patterns(seen)),
        _strategies(seen),
        _pressure(seen),
        phases,
        "The numbers of the five city documents, beside what the model predicts for that city: [ledger](ledger.md).\n",
        _told("missing"),
    ]
    return "\n".join(parts), picture


def _told(name: str) -> str:
    return (TEXTS / f"{name}.md").read_text("utf-8")


def _assumptions() -> str:
    grades = pd.Series([d.grade for d in declarations().values()]).value_counts()
    counted = ", ".join(f"{grades.get(grade, 0)} of grade {grade}" for grade in "ABC")
    return (
        f"Of {len(declarations())} coefficients {counted} (A measured here, B elsewhere, C judgement). Where the "
        "design was silent: [odd.md](odd.md#choices-where-the-design-was-silent).\n"
    )


def _calibration(survivors: Survivors) -> str:
    p = survivors.provenance
    tried, left = sum(w["tried"] for w in p["waves"]), p["waves"][-1]["left"]
    simulated = sum(w["simulated"] for w in p["waves"])
    recovered = p["recovered"]
    cover = [r["coverage"] for r in recovered]
    below = sum(c < 0.85 for c in cover)
    words = [sum(r["word"] == word for r in recovered) for word in ("identified", "weakly")]
    return (
        f"History matching: {len(p['waves'])} waves, {simulated:,} sets of {len(survivors.names)} coefficients "
        f"simulated, {tried:,} tried, {left:.1%} of the space left, {len(survivors)} sets that agree with every target "
        f"within three standard deviations, in a wave's compounds and in {LAST_LOOK.times} times as many others. "
        f"Perfect-model test: on average {np.mean(cover):.1%} of the truths lie within their 90 % intervals, "
        f"{below} of {len(cover)} coefficients are recovered in fewer than 85 %; {words[0]} are identified, "
        f"{words[1]} weakly. Waves, targets beside the fit, and every coefficient the evidence speaks of: "
        "[calibration](calibration.md).\n"
    )


def _variance(survivors: Survivors, rows: Sequence[int], seeds: Sequence[int]) -> str:
    lines = head("Share of the variance of", "Parameters", "Compound and chance", "Strategy", "Only together")
    for name, values in outcomes_of_strategies(survivors, rows, seeds).items():
        s = variance_shares(values)
        lines.append(row(name, *(f"{v:.2f}" for v in (s.parameters, s.compound, s.strategy, s.together))))
    note = (
        f"Ordinary compounds, {len(rows)} sets, {len(seeds)} compounds, strategies of equal staff hours: "
        f"{', '.join(LAWFUL)}."
    )
    return "### Strategy, compound, parameters\n\n" + "\n".join(lines) + f"\n\n{note}\n"


def _screening(effort: Effort) -> str:
    effects = screen(effort.trajectories, range(1, 4))
    lines = head("Outcome", "Elementary effects (μ*), the largest first")
    for name, table in effects.items():
        worst = table.head(NAMED)
        listed = ", ".join(
            f"`{p}` {m:.2f}" for p, m in zip(worst["parameter"], worst["mu_star"], strict=True)
        )
        lines.append(row(PROBED[name], listed))
    standing = pd.concat(
        [t.assign(scaled=t["mu_star"] / max(t["mu_star"].max(), 1e-12)) for t in effects.values()]
    )
    names = standing.groupby("parameter")["scaled"].max().nlargest(SHARED).index.tolist()
    shares = share_out(names, effort.base, range(1, 4))
    lines += [
        "",
        *head("Outcome", "Sobol' total share (first-order share) of those that matter most for any"),
    ]
    for name, table in shares.items():
        listed = ", ".join(
            f"`{r.parameter}` {r.total:.2f} ({r.first:.2f})" for r in table.head(NAMED).itertuples()
        )
        lines.append(row(PROBED[name], listed))
    note = (
        f"Morris: {effort.trajectories} trajectories through all {len(next(iter(effects.values())))} coefficients with "
        f"a plausible range, effects over the whole range; Sobol': {SHARED} coefficients, base sample {effort.base}, "
        "the others at their defaults."
    )
    return "### Coefficients\n\n" + "\n".join(lines) + f"\n\n{note}\n"


def _structures(survivors: Survivors) -> str:
    lines = head(
        "An ordinary compound",
        "Consent after a year, visits alone",
        "Insincere share",
        "What everything at once adds",
    )
    rows, seeds = survivors.rows(20), range(1, 9)
    for v in [*structures(survivors, rows, seeds), in_double_precision(rows, seeds)]:
        lines.append(row(v.name, f"{v.consent:.3f}", f"{v.insincere:.3f}", spread(v.difference)))
    note = (
        "Steps of two weeks: every number by its unit, what happens once a month or a quarter excepted "
        "(`scenarios/coarser.py`). State is kept in single precision, probabilities and sums are computed in double; "
        "the last row keeps both in double."
    )
    return "### Structure\n\n" + "\n".join(lines) + f"\n\n{note}\n"


def _rankings(survivors: Survivors, rows: Sequence[int]) -> str:
    lines = head("Case", "Outcome", *(f"{name}: best in (mean regret)" for name in LAWFUL))
    for r in rankings(survivors, rows, range(1, 4)):
        cells = (f"{r.best[name]:.0%} ({r.regret[name]:.3f})" for name in LAWFUL)
        lines.append(row(r.case, text(f"summary.{r.outcome}", "en"), *cells))
    return "### Which strategy is best, set by set\n\n" + "\n".join(lines) + "\n"


def _precision(survivors: Survivors) -> str:
    numbers = (5, 10, 20, 50, 100)
    lines = head(
        "Full bundle less information alone",
        "sd of a pair",
        "sd on separate draws",
        *(f"± at {n} seeds" for n in numbers),
    )
    for p in precision(survivors, range(1, 201), numbers):
        widths = (f"{p.half_widths[n]:.3f}" for n in numbers)
        lines.append(row(text(f"summary.{p.outcome}", "en"), f"{p.paired:.3f}", f"{p.unpaired:.3f}", *widths))
    return (
        "### How many seeds\n\n"
        + "\n".join(lines)
        + "\n\nHalf-widths of the 95 % interval of the mean difference.\n"
    )


def _patterns(found: Sequence[Pattern]) -> str:
    lines = head("", "Expected", "Found", "Sets that show it", "Verdict")
    lines += [
        row(p.id, p.expected, p.found, "–" if np.isnan(p.share) else f"{p.share:.0%}", f"**{p.verdict}**")
        for p in found
    ]
    note = "The numbers are those of the design, which states no P3, P4, P9, P10 or P15."
    return "\n".join(lines) + f"\n\n{note}\n"


def _strategies(seen: dict[str, Seen]) -> str:
    outcomes = (
        "final_headline_consent", "final_valid_consent", "final_insincere_share", "final_support_share",
        "risers_completed", "payment_18_months", "company_present_end", "trust_office_change",
    )  # fmt: skip
    lines = head("Median over sets [middle 90 %]", *(f"`{name}`" for name in STRATEGIES))
    for outcome in outcomes:
        cells = (spread(seen[name].of(outcome)).replace("-", "−") for name in STRATEGIES)
        lines.append(row(text(f"summary.{outcome}", "en"), *cells))
    return f"### Strategies on the compound of `{PLACE}`\n\n" + "\n".join(lines) + "\n"


def _pressure(seen: dict[str, Seen]) -> str:
    pressed, calm = seen["pressure"], seen["information_only"]
    ranges = {
        name: declarations()[name].plausible
        for name in ("pressure_trust_loss", "resentment_trust", "pay_resentment")
    }
    lines = head("What pressure costs", "Against information alone, median [middle 90 %] over sets")
    for name, values in {
        "trust in the office, week 155": pressed.of("trust_office_change") - calm.of("trust_office_change"),
        "payment of the last year": pressed.at(Outcome.PAYMENT_TRAILING_YEAR, -1)
        - calm.at(Outcome.PAYMENT_TRAILING_YEAR, -1),
        "withdrawals, households": pressed.of("withdrawals") - calm.of("withdrawals"),
    }.items():
        lines.append(row(name, spread(values, 3).replace("-", "−")))
    listed = ", ".join(f"`{name}` {number(low)} to {number(high)}" for name, (low, high) in ranges.items())
    return "### Pressure\n\n" + "\n".join(lines) + f"\n\nThis rests on judgement: {listed}.\n"


def _payment_phases(survivors: Survivors) -> tuple[str, bytes]:
    starts, trusts = np.linspace(0.1, 0.9, 9), np.linspace(0.1, 0.9, 5)
    rows, seeds = survivors.rows(20), range(1, 6)
    level, there = np.zeros((len(trusts), len(starts))), np.zeros((len(trusts), len(starts)))
    for i, trust in enumerate(trusts):
        for j, start in enumerate(starts):
            management = Management(payment_before=float(start), trust_company=float(trust))
            of = managed(management, Strategy(), 260)
            series = simulate_runs(plausible_runs([of], survivors, rows, seeds)).series
            paid = mean_known(series[:, -52:, Outcome.PAYMENT_RATE].astype(np.float64))
            level[i, j], there[i, j] = np.nanmean(paid), series[:, -1, Outcome.COMPANY_PRESENT].mean()
    picture = png(_phases(starts, trusts, level, there))
    between = float(((level > 0.4) & (level < 0.8)).mean())
    said = (
        "### Payment: where compounds settle\n\n"
        "![Payment in the fifth year by payment and trust at the start](images/payment-phases.png)\n\n"
        "Ordinary compounds with a company and nobody's programme, five years. Left: payment in the fifth year of "
        f"those that still have a company; right: the share that has one. Of the {level.size} places {between:.0%} "
        "settle between .4 and .8: two levels of payment (P11) are a hypothesis and no finding.\n"
    )
    return said, picture


def _phases(starts: np.ndarray, trusts: np.ndarray, level: np.ndarray, there: np.ndarray) -> Figure:
    figure = Figure(figsize=(9.0, 3.6), layout="constrained")
    for axes, values, title in zip(
        figure.subplots(1, 2),
        (level, there),
        ("Payment in the fifth year", "Company still there"),
        strict=True,
    ):
        mesh = axes.pcolormesh(starts, trusts, values, vmin=0.0, vmax=1.0, cmap="cividis", shading="nearest")
        drawn = axes.contour(starts, trusts, values, levels=[0.4, 0.6, 0.8], colors="white", linewidths=1.0)
        axes.clabel(drawn, fmt="%.1f", fontsize=8)
        axes.set_title(title, fontsize=10)
        axes.set_xlabel("payment at the start")
        axes.set_ylabel("trust in the company")
        figure.colorbar(mesh, ax=axes)
    return figure


def main() -> None:
    """Write the page; `--quick` computes little, to see it whole."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--quick", action="store_true", help="few sets and seeds; prints and writes nothing")
    if asked.parse_args().quick:
        print(page(load_survivors(), QUICK)[0])
        return
    text_of_page, picture = page(load_survivors(), Effort())
    (DOCS / "validation.md").write_text(text_of_page, "utf-8")
    PHASES.write_bytes(picture)


if __name__ == "__main__":
    main()
