"""Write `docs/calibration.md` and `docs/ledger.md` from the shipped survivors: `make calibration-pages`.

`docs/calibration.md` says what the evidence left standing, from the provenance inside the survivors; `docs/ledger.md`
sets every number of the city documents beside what the survivors predict for that city.
"""

from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

import numpy as np
from page_tables import head, number, row
from scipy.stats import t as student_t

from model.parameters import declarations
from scenarios.calibration.agreement import OTHER_COMPOUNDS, Agreement, agreement
from scenarios.calibration.experiments import LAWFUL
from scenarios.calibration.targets import CUTOFF, Target, second_largest
from scenarios.calibration.waves import CAUTIOUS, LAST_LOOK, TOGETHER
from scenarios.catalogue import text
from scenarios.consequences import consent_of_strategies, passing_by_city, variance_shares
from scenarios.ledger import Entry, leave_one_out, ledger
from scenarios.plausible import Survivors, load_survivors

#: Sets and seeds of what follows from the survivors.
SETS, SEEDS = 50, 10
#: Sets under which cities are compared.
CITY_SETS = 200
DOCS = Path(__file__).parents[1] / "docs"

_CALIBRATION = """# Calibration

Written by `make calibration-pages` from `scenarios/calibration/survivors.parquet`, which `gongzhi calibrate -o DIR`
makes; do not edit by hand.

The targets stand in `scenarios/calibration/targets.toml`, each with source and grade: the laboratory (B), message
experiments (C), payment between compounds and over time (D, E), how long companies last (F), and bands of judgement on
consent (J), for which no data are public. The documents of the five cities are not among them. What is searched is
every coefficient with a plausible range ([parameters](parameters.md)), {n_coefficients} in all.

A set of coefficients is ruled out when a target finds it implausible: the distance of what is expected from the
target's range, in standard deviations of tolerance, chance and emulator, is above 3. Waves close in by emulators; in
the first {cautious} two targets must find a set implausible, since emulators of the whole space err, and afterwards
all targets together may (sum of squares above {together:g}). What agrees with **every** target as simulated may do so
by chance, so it is simulated again, with {times} times as many other compounds, and survives where it agrees there too.
Survivors stand for what is not known. None of them is the best.
"""

_LEDGER = """# Ledger: what the documents say and what the model predicts

Written by `make calibration-pages`; do not edit by hand.

Each number of the city documents that an outcome can be set beside, and the prediction for that city under its own
strategy: median and middle 90 % over {sets} sets of coefficients that the evidence leaves standing, chance included.
The documents were not used in the calibration. They are published successes, written by those who ran them: a hit is
no proof, and a miss may be theirs or ours. n: runs that have a value, of all.
"""


def calibration_page(survivors: Survivors) -> str:
    """The page of the calibration."""
    provenance = survivors.provenance
    targets = [Target(**t) for t in provenance["targets"]]
    sets = [survivors.parameters(row) for row in range(len(survivors))]
    found = agreement(sets, targets, OTHER_COMPOUNDS)
    parts = [
        _CALIBRATION.format(
            n_coefficients=len(survivors.names),
            cautious=CAUTIOUS,
            times=LAST_LOOK.times,
            together=TOGETHER,
        ),
        "## Waves\n",
        _waves(provenance["waves"], provenance["last_look"]),
    ]
    parts += [
        "## Targets\n",
        _targets(survivors, found),
        "### All at once\n",
        _joint_fit(targets, found.away),
        "## What emulators explain\n",
        _emulators(provenance["waves"]),
    ]
    parts += ["## Perfect-model test\n", _recovered(provenance["recovered"])]
    parts += ["## What the evidence says of the coefficients\n", _coefficients(survivors)]
    parts += ["## What follows for consent\n", _consequences(survivors)]
    return "\n".join(parts) + "\n"


def _waves(waves: list[dict], last_look: dict) -> str:
    lines = head("Wave", "Sets tried", "Space left", "Simulated", "Agree", "Ruled out by one target alone")
    for w in [*waves, last_look]:
        worst = sorted(w["ruled_out"].items(), key=lambda item: -item[1])[:6]
        lines.append(
            row(
                str(w.get("wave", "last look")),
                f"{w['tried']:,}" if "tried" in w else "",
                f"{w['left']:.2%}" if "left" in w else "",
                f"{w['simulated']:,}",
                f"{w['agree'] / w['simulated']:.1%}",
                ", ".join(f"{name} {share:.0%}" for name, share in worst),
            )
        )
    tried = sum(w["tried"] for w in waves)
    return "\n".join(lines) + f"\n\n{tried:,} sets were tried in all, by simulation or emulator.\n"


def _targets(survivors: Survivors, found: Agreement) -> str:
    lines = head(
        "Target", "What", "Range ± tolerance", "Model", "Grade", "Survivors within 1", "within 2", "Source"
    )
    for i, t in enumerate(survivors.provenance["targets"]):
        away = survivors.implausibility[:, i]
        wanted = number(t["low"]) if t["low"] == t["high"] else f"{number(t['low'])} to {number(t['high'])}"
        lines.append(
            row(
                t["id"],
                t["en"],
                f"{wanted} ± {number(t['sd'])}",
                _spread(found.means[t["statistic"]]),
                t["grade"],
                f"{(away <= 1.0).mean():.0%}",
                f"{(away <= 2.0).mean():.0%}",
                t["source"],
            )
        )
    note = "Model: median and middle 90 % over the survivors, on compounds that neither wave nor last look has seen."
    return "\n".join(lines) + f"\n\n{len(survivors)} sets survive. {note}\n"


def _spread(values: np.ndarray) -> str:
    low, middle, high = np.nanquantile(values, [0.05, 0.5, 0.95])
    return f"{middle:.3g} [{low:.3g}, {high:.3g}]"


def _joint_fit(targets: list[Target], away: np.ndarray) -> str:
    """Whether survivors agree with all targets at once, on compounds that nothing before has seen."""
    second = second_largest(away)
    lines = head("With compounds that neither wave nor last look has seen", "Share of the survivors")
    lines += [
        row(f"every target within {CUTOFF:g}", f"{(away.max(axis=0) <= CUTOFF).mean():.0%}"),
        row(f"all targets but one within {CUTOFF:g}", f"{(second <= CUTOFF).mean():.0%}"),
        row("every target within 2", f"{(away.max(axis=0) <= 2.0).mean():.0%}"),
        row("every target within 1", f"{(away.max(axis=0) <= 1.0).mean():.0%}"),
    ]
    within = (away <= 1.0).sum(axis=0)
    missed = sorted(((away[i] > 1.0).mean(), t.id) for i, t in enumerate(targets))[::-1][:5]
    note = (
        f"Of {len(targets)} targets a survivor is within one tolerance of {np.median(within):.0f} (median). Most often "
        f"missed by more than one: {', '.join(f'{name} {share:.0%}' for share, name in missed)}."
    )
    return "\n".join(lines) + f"\n\n{note}\n"


def _emulators(waves: list[dict]) -> str:
    lines = head("Statistic", *(f"Wave {w['wave']}" for w in waves))
    for name in waves[0]["explained"]:
        lines.append(row(f"`{name}`", *(f"{w['explained'].get(name, float('nan')):.2f}" for w in waves)))
    return "\n".join(lines) + "\n\nShare of the variance between sets, chance included, on sets held out.\n"


def _recovered(recovered: list[dict]) -> str:
    said = (
        "Were the model true, could these targets find the truth? 200 sets drawn from the whole space were taken for\n"
        "the truth, with the error of the targets; of the truths, 85 to 95 % should lie in the 90 % intervals.\n"
        "Relative width: of the interval, to that of the whole range. What is not named is not identified: its width\n"
        "is above .85.\n"
    )
    lines = head("Coefficient", "Truths within the interval", "Relative width", "")
    for r in sorted(recovered, key=lambda r: r["width"]):
        if r["word"] != "not":
            lines.append(row(f"`{r['name']}`", f"{r['coverage']:.0%}", f"{r['width']:.2f}", r["word"]))
    cover = [r["coverage"] for r in recovered]
    below, above = sum(c < 0.85 for c in cover), sum(c > 0.95 for c in cover)
    mean = f"Mean of all {len(cover)} coefficients: {np.mean(cover):.1%}; {below} are below 85 %, {above} above 95 %."
    return "\n".join([said, *lines, "", mean]) + "\n"


def _coefficients(survivors: Survivors) -> str:
    declared = declarations()
    lines = head("Coefficient", "Meaning", "Plausible", "Survivors: middle 90 %", "Median", "Default")
    for name in survivors.provenance["informed"]:
        d, values = declared[name], survivors.values[:, survivors.names.index(name)]
        low, middle, high = np.quantile(values, [0.05, 0.5, 0.95])
        lines.append(
            row(
                f"`{name}`",
                d.en,
                f"{number(d.plausible[0])} to {number(d.plausible[1])}",
                f"{low:.3g} to {high:.3g}",
                f"{middle:.3g}",
                number(d.default),
            )
        )
    rest = len(survivors.names) - len(survivors.provenance["informed"])
    return "\n".join(lines) + f"\n\nOf the other {rest} coefficients the evidence says nothing.\n"


def _consequences(survivors: Survivors) -> str:
    rows, seeds = survivors.rows(SETS), range(SEEDS)
    consent = consent_of_strategies(survivors, rows, seeds)
    shares = variance_shares(consent)
    of_one_set = [variance_shares(of_set[None]) for of_set in consent if of_set.var() > 0.0]
    within = float(np.median([s.strategy for s in of_one_set]))
    lines = [*_cities(survivors), "", *head("Of the variance of consent after a year", "Share")]
    for name, share in asdict(shares).items():
        lines.append(row(name, f"{share:.2f}"))
    lines.append(row("strategy, under one set of parameters (median)", f"{within:.2f}"))
    inside = float(np.median([s.strategy / (1.0 - s.compound) for s in of_one_set]))
    lines.append(row("the same, of the variance within compounds alone", f"{inside:.2f}"))
    means = ", ".join(f"{n} {m:.0%}" for n, m in zip(LAWFUL, consent.mean(axis=(0, 1)), strict=True))
    note = f"Over {len(rows)} sets, {SEEDS} compounds each. Mean consent after a year: {means}."
    return "\n".join(lines) + f"\n\n{note}\n"


def _cities(survivors: Survivors) -> list[str]:
    """Where information alone passes, and whether cities differ in it."""
    by_city = passing_by_city(survivors, survivors.rows(CITY_SETS), SEEDS)
    lines = head("City", "Passes 80 % within two years by information alone")
    lines += [row(name, f"{shares.mean():.1%}") for name, shares in by_city.items()]
    most, least = (choose(by_city, key=lambda name: by_city[name].mean()) for choose in (max, min))
    gap = by_city[most] - by_city[least]
    pairs = len(by_city) * (len(by_city) - 1) / 2
    width = student_t.ppf(1.0 - 0.025 / pairs, len(gap) - 1) * gap.std(ddof=1) / len(gap) ** 0.5
    verdict = "they differ" if abs(gap.mean()) > width else "they cannot be told apart"
    note = (
        f"{most} less {least}, set by set: {gap.mean():.1%} ± {width:.1%} over {len(gap)} sets of {SEEDS} compounds "
        f"(95 % for all {pairs:.0f} pairs of cities together), so {verdict}."
    )
    return [*lines, "", note]


def ledger_page(survivors: Survivors, sets: int) -> str:
    """The page of the ledger."""
    entries = ledger(survivors, sets)
    lines = head(
        "City",
        "Number",
        "What the document says",
        "Published",
        "Predicted",
        "Middle 90 %",
        "n",
        "",
        "Missing",
    )
    lines += [_entry(entry) for entry in entries]
    compared = [e for e in entries if e.hit is not None]
    hits = sum(bool(e.hit) for e in compared)
    parts = [
        _LEDGER.format(sets=len(survivors.rows(sets))),
        "\n".join(lines),
        f"\n{hits} of {len(compared)} numbers lie in the middle 90 %.\n",
        "## Leaving a city out\n",
        "Error of the prediction beside that of two guesses that need no model: that nothing changes, and the mean of\n"
        "the other cities' numbers.\n",
        _errors(entries),
    ]
    return "\n".join(parts) + "\n"


def _entry(entry: Entry) -> str:
    claim = entry.claim
    published = (
        "rises" if claim.value is None else f"{claim.relation.replace('=', '')} {number(claim.value)}".strip()
    )
    verdict = {True: "hit", False: "**miss**", None: "no number"}[entry.hit]
    known = np.isfinite(entry.median)
    return row(
        entry.case.names.en,
        claim.id,
        claim.en,
        published,
        number(entry.median, 3) if known else "no value",
        f"{number(entry.low, 3)} to {number(entry.high, 3)}" if known else "",
        f"{entry.n} of {entry.runs}",
        verdict,
        claim.missing.en,
    )


def _errors(entries: Iterable[Entry]) -> str:
    lines = head("City", "Outcome", "Published", "Model", "No change", "Mean of the others")
    for e in leave_one_out(list(entries)):
        label = text(f"summary.{e.entry.measure}", "en")
        errors = (number(value, 3) for value in (e.model, e.no_change, e.mean_of_others))
        lines.append(row(e.entry.case.names.en, label, number(e.entry.claim.value), *errors))
    return "\n".join(lines)


def main() -> None:
    """Write both pages."""
    survivors = load_survivors()
    (DOCS / "calibration.md").write_text(calibration_page(survivors), "utf-8")
    (DOCS / "ledger.md").write_text(ledger_page(survivors, SETS), "utf-8")


if __name__ == "__main__":
    main()
