"""Results as the components want them: small JSON, labels in the reader's language, numbers written out."""

import base64
import json
from collections.abc import Iterable, Sequence
from enum import IntEnum
from typing import Any

import numpy as np
import pandas as pd

from agents.categories import Reason, Stage
from dashboard import own
from dashboard.asking import Request, base_scenario, to_query
from dashboard.assumed import behind
from dashboard.ensembles import Ensemble, name_of
from dashboard.levers import Lever, levers, value_in
from dashboard.screening import Screening
from dashboard.trajectory import MIDDLE, Mark, Plane, Trajectory
from model.brought import brought
from model.instruments import Legality
from model.measures import Outcome
from model.specification import FOREVER, Use
from scenarios.analysis.intervals import share_interval
from scenarios.catalogue import called, missing, number, stage_short, text, unit_of_outcome
from scenarios.comparison import PairedDifference
from scenarios.figures.palette import STAGE_COLOURS, ink_on
from scenarios.quantiles import QUANTILES, quantiles_by_week
from scenarios.quantiles import quantiles as over_seeds
from scenarios.rested import amount

#: How many levers are shown at once: those that matter most, and what decides whether people pay afterwards.
N_FIRST = 7
ALWAYS_FIRST = {"fee", "trial", "remind", "books"}
#: Line colours, light and dark; told apart by readers who confuse red and green, and dashed besides.
COLOURS = {
    "consent": ("#1d6fa8", "#6db4e4"),
    "support": ("#12806a", "#6fd0b4"),
    "insincere": ("#cc5a14", "#f2995a"),
    "payment": ("#7048ac", "#b89be8"),
    "company": ("#80786a", "#b9b2a4"),
    "own": ("#8a4b08", "#e0a458"),
}
#: Colours of why a household has not signed, light and dark. Eight that readers with any kind of colour vision tell
#: apart; of two reasons with the same colour, one is striped.
REASON_COLOURS: dict[Reason, tuple[str, str]] = {
    Reason.SIGNED: ("#dfe6ea", "#39424a"),
    Reason.NOT_ASKED: ("#9aa0a3", "#9aa0a3"),
    Reason.WAITING: ("#56b4e9", "#56b4e9"),
    Reason.STRUCTURE: ("#a6761d", "#d55e00"),
    Reason.INTERIOR: ("#a6761d", "#d55e00"),
    Reason.COST: ("#f0e442", "#f0e442"),
    Reason.PLEDGE: ("#f0e442", "#f0e442"),
    Reason.NUISANCE: ("#000000", "#ddcc77"),
    Reason.DISTRUST: ("#6a3d9a", "#6a3d9a"),
    Reason.PLAN: ("#882255", "#7a0019"),
    Reason.ABSENCE: ("#9aa0a3", "#9aa0a3"),
    Reason.REACTANCE: ("#6a3d9a", "#6a3d9a"),
    Reason.RESENTMENT: ("#000000", "#ddcc77"),
    Reason.TASTE: ("#882255", "#7a0019"),
    Reason.LIFT: ("#56b4e9", "#56b4e9"),
}
STRIPED = frozenset(
    {
        Reason.INTERIOR,
        Reason.PLEDGE,
        Reason.ABSENCE,
        Reason.REACTANCE,
        Reason.RESENTMENT,
        Reason.TASTE,
        Reason.LIFT,
    }
)
#: What plans are called beside one another, and their colours.
LETTERS = "ABCD"
PLAN_COLOURS = (
    ("#1d6fa8", "#6db4e4"),
    ("#cc5a14", "#f2995a"),
    ("#12806a", "#6fd0b4"),
    ("#7048ac", "#b89be8"),
)


def say(key: str, lang: str, **words: Any) -> str:
    """A text of the dashboard."""
    return text(f"dash.{key}", lang).format(**words)


def words(lang: str, keys: Iterable[str]) -> dict[str, str]:
    """Texts of the dashboard by key."""
    return {key: text(f"dash.{key}", lang) for key in keys}


def lever_label(key: str, lang: str) -> str:
    """A lever's name: its own short one; of an own instrument, what its file calls it."""
    name = own.name_of(key)
    return text(f"instrument.{name}", lang) if name else say(f"lever_{key}", lang)


def lever_tip(key: str, lang: str) -> str:
    """What moving a lever does; of an own instrument, which file it is in, its weeks and what it costs."""
    name = own.name_of(key)
    return own_tip(name, lang) if name else say(f"tip_{key}", lang)


def own_tip(name: str, lang: str) -> str:
    """What is known of an own instrument: file, weeks, hours and money at full intensity."""
    weeks = weeks_of(brought().instruments[name], lang)
    return say("own_tip", lang, file=own.file_name(), weeks=weeks) + cost_tip(name, lang)


def cost_tip(name: str, lang: str) -> str:
    """What an own instrument takes of the office's hours and money."""
    made = own.instrument(name)
    return say("own_cost", lang, hours=number(made.hours, "hours", lang), yuan=f"{made.yuan:g}")


def weeks_of(use: Use, lang: str) -> str:
    """The weeks in which an instrument is in force, in words."""
    if use.end_week < FOREVER:
        return text("report.from_until", lang).format(start=use.start_week, end=use.end_week - 1)
    return text("report.from_week", lang).format(start=use.start_week)


def lever_groups(request: Request, lang: str, found: Screening | None = None) -> str:
    """Every lever with its place, as JSON: those that matter first, in their order, then the others.

    found : what matters in this compound under this strategy; without it, the order of `levers`
    Own instruments stand above all, in the order of their file.
    """
    known = levers()
    order = found.order if found is not None else tuple(known)
    listed = [known[key] for key in order if key in known and not own.name_of(key)]
    mine = [lever for key, lever in known.items() if own.name_of(key)]
    first = {lever.key for lever in (*mine, *listed[:N_FIRST])} | ALWAYS_FIRST
    shown = [
        _lever(lever, request, lang)
        | {"first": lever.key in first, "still": still(lever, request, found, lang)}
        for lever in (*mine, *listed)
    ]
    sorts = {
        "own": lambda lever: own.name_of(lever["key"]),
        "first": lambda lever: lever["first"] and not own.name_of(lever["key"]),
        "later": lambda lever: not lever["first"],
    }
    groups = [
        {
            "key": key,
            "label": say(f"levers_{key}", lang),
            "levers": [lever for lever in shown if belongs(lever)],
        }
        for key, belongs in sorts.items()
    ]
    return json.dumps([group for group in groups if group["levers"]], ensure_ascii=False)


def _lever(lever: Lever, request: Request, lang: str) -> dict[str, Any]:
    lawful = lever.legality is Legality.LAWFUL
    return {
        "key": lever.key,
        "label": lever_label(lever.key, lang),
        "tip": lever_tip(lever.key, lang),
        "behind": behind(request, f"lever.{lever.key}", lang),
        "value": request.lever(lever.key),
        "base": value_in(base_scenario(request.case, request.strategy), lever),
        "low": lever.low,
        "high": lever.high,
        "step": lever.step,
        "unit": lever.unit,
        "unit_label": "" if lever.unit == "share" else text(f"dash.unit_{lever.key}", lang),
        "legal": str(lever.legality),
        "legal_label": "" if lawful else text(f"legality_note.{lever.legality}", lang),
    }


def still(lever: Lever, request: Request, found: Screening | None, lang: str) -> str:
    """Why a lever does nothing where the others stand as the strategy puts them; "" where it does something."""
    name = own.name_of(lever.key)
    if name and (short := own.short_of_hours(name, request.scenario())) is not None:
        return say("own_short_of_hours", lang, needed=amount(short[0]), there=amount(short[1]))
    others = [key for key, _ in request.levers if key != lever.key]
    if found is None or lever.key not in found.still or others or request.parameters:
        return ""
    why = why_nothing(lever.key, found.still[lever.key], lang)
    return say("lever_still", lang, why=why) if why else say("lever_still_plain", lang)


#: Levers that act only once the works are handed over, and somebody manages.
AFTERWARDS = ("fee", "books", "trial", "remind")


def why_nothing(key: str, runs: pd.DataFrame, lang: str) -> str:
    """Why a lever changes nothing, read from summaries that are the same wherever it stands; "" where nothing says."""
    gate = runs["gate_week"].to_numpy(float)
    if key in AFTERWARDS:
        if not runs["handover_week"].notna().any():
            return say("why_no_handover", lang)
        if not runs["payment_18_months"].notna().any():
            return say("why_no_bills", lang)
        return say("why_books_open", lang) if key == "books" else ""
    if key not in ("gate", "deadline"):
        return "" if runs["office_hours_total"].to_numpy(float).any() else say("why_no_hours", lang)
    if not np.isfinite(gate).any():
        return say("why_no_gate", lang)
    if key == "gate":
        return say("why_vote", lang, when=number(float(np.nanmedian(gate)), "week", lang))
    if not np.isfinite(gate).all():
        return ""
    return say("why_in_time", lang, when=number(float(gate.max()), "week", lang))


def spread(
    values: np.ndarray, unit: str, lang: str, *, censored: bool = False, outcome: str = ""
) -> tuple[str, str]:
    """The median written out, and the range of 5 to 95 % of runs; why there is none where no run has a value.

    censored : of weeks until something happens: a run that has not reached it counts as later than any
    outcome : of a summary, or a total: what a reader is told where it has no value
    """
    known = values[np.isfinite(values)]
    if not known.size:
        return missing(outcome, lang), say("in_no_run", lang, total=values.size)
    low, middle, high = over_seeds(np.where(np.isfinite(values), values, np.nan), censored=censored)
    both = f"{number(low, unit, lang)} – {number(high, unit, lang)}"
    if known.size < values.size:
        both += " · " + say("of_runs", lang, n=known.size, total=values.size)
    return number(middle, unit, lang), both


def of_runs(n: int, total: int, lang: str) -> str:
    """How many of the runs, and what share of many more that may be."""
    low, high = (f"{100 * end:.0f}" for end in share_interval(n, total))
    return say("share_of_runs", lang, n=n, total=total, low=low, high=high)


def difference(pair: PairedDifference, unit: str, lang: str) -> str:
    """One minus another on the same draws with its 95 % interval; in words where all are equal or chance may be all."""
    if pair.n_pairs == 0:
        return missing(pair.outcome, lang)
    if pair.ties == pair.n_pairs:
        return say("same_in_all", lang, n=pair.n_pairs)
    if not pair.determined:
        return say("undetermined", lang)
    low, middle, high = (
        text("verdict.beyond_later" if v > 0 else "verdict.beyond_earlier", lang)
        if np.isinf(v)
        else number(v, unit, lang, difference=True)
        for v in (pair.low, pair.difference, pair.high)
    )
    return f"{middle} [{low}, {high}]"


def bands(values: np.ndarray, digits: int = 4) -> list[list[float | None]]:
    """Quantiles by week, rounded; None where no run has a value."""
    rows = quantiles_by_week(np.where(np.isfinite(values), values, np.nan))
    rounded = np.round(rows, digits).astype(object)
    rounded[np.isnan(rows)] = None
    found: list[list[float | None]] = rounded.tolist()
    return found


def curve_name(name: str, lang: str) -> str:
    """An outcome in a legend: what a share is of stands in the heading, not in every legend."""
    return say(f"curve_{name}", lang)


def curve(
    name: str,
    values: np.ndarray,
    colours: tuple[str, str],
    *,
    band: bool,
    dash: str = "solid",
    ghost: bool = False,
) -> dict[str, Any]:
    """One line of a chart, with or without its band."""
    return {
        "name": name,
        "q": bands(values),
        "color": colours[0],
        "dark": colours[1],
        "band": band,
        "dash": dash,
        "ghost": ghost,
    }


def fan(
    series: Sequence[dict[str, Any]],
    weeks: int,
    *,
    place: str,
    key: str,
    gate: float | None = None,
    axis: dict[str, str] | None = None,
) -> str:
    """A chart as JSON. `place` : charts of another place leave no ghost; `key` : of the scenario.

    axis : of what is no share: `pattern`, how a value is written, and `lang`
    """
    data = {"weeks": list(range(weeks)), "series": series, "gate": gate, "place": place, "key": key}
    return json.dumps({**data, "axis": axis}, ensure_ascii=False, allow_nan=False)


def consent_fan(found: Ensemble, lang: str) -> str:
    """Consent, private support, insincere share."""
    series = [
        curve(
            curve_name("headline_consent", lang),
            found.of(Outcome.HEADLINE_CONSENT),
            COLOURS["consent"],
            band=True,
            ghost=True,
        ),
        curve(
            curve_name("support_share", lang),
            found.of(Outcome.SUPPORT_SHARE),
            COLOURS["support"],
            band=False,
            dash="dashed",
        ),
        curve(
            curve_name("insincere_share", lang),
            found.of(Outcome.INSINCERE_SHARE),
            COLOURS["insincere"],
            band=True,
        ),
    ]
    gate = found.request.scenario().effective_programme().consent_gate
    key = to_query(found.request, lang)
    return fan(series, found.series.shape[1], place=found.request.case, key=key, gate=gate)


def payment_fan(found: Ensemble, lang: str) -> str:
    """Payment in the weeks in which somebody bills, a gap in the others; and the share of runs with a company."""
    present = found.of(Outcome.COMPANY_PRESENT).mean(axis=0, keepdims=True)
    series = [
        curve(
            curve_name("payment_rate", lang),
            found.of(Outcome.PAYMENT_RATE),
            COLOURS["payment"],
            band=True,
            ghost=True,
        ),
        curve(say("company_runs", lang), present, COLOURS["company"], band=False, dash="dotted"),
    ]
    return fan(series, found.series.shape[1], place=found.request.case, key=to_query(found.request, lang))


def fan_words(found: Ensemble, outcome: Outcome | str, lang: str) -> str:
    """What a chart shows, for those who cannot see it. outcome : one of the server's own file by its name"""
    values = found.of(outcome)
    n_weeks = values.shape[1]
    weeks = sorted({0, 26, 52, 104, n_weeks - 1} & set(range(n_weeks)))
    middle = bands(values[:, weeks])[len(QUANTILES) // 2]
    told = zip(weeks, middle, strict=True)
    name = name_of(outcome)
    unit = unit_of_outcome(name)
    steps = ", ".join(
        f"{number(float(w), 'week', lang)}: {missing(name, lang) if v is None else number(v, unit, lang)}"
        for w, v in told
    )
    return f"{text(f'outcome.{name}', lang)}: {steps}"


def stage(shown: Trajectory, request: Request, lang: str) -> str:
    """One run for the component Stage."""
    scenario = request.scenario()
    begun = np.flatnonzero((shown.stage >= Stage.REMOVAL) & (shown.stage <= Stage.MANAGEMENT))
    data = {
        "n": shown.households,
        "weeks": shown.weeks,
        "building": shown.building.tolist(),
        "stairwell": shown.stairwell.tolist(),
        "floor": shown.traits["floor"].tolist(),
        "place": shown.place.tolist(),
        "per_building": scenario.compound.stairwells_per_building,
        "ties": shown.ties.ravel().tolist(),
        "stage": shown.stage.tolist(),
        "planes": base64.b64encode(shown.planes).decode(),
        "plane": numbers_of(Plane),
        "mark": numbers_of(Mark),
        "middle": MIDDLE,
        "place_key": request.case,
        "key": to_query(request, lang),
        "open_at": int(begun[0]) if begun.size else shown.weeks - 1,
    }
    return json.dumps(data)


def numbers_of(enumeration: type[IntEnum]) -> dict[str, int]:
    """The numbers a component finds in its data, by name."""
    return {member.name.lower(): member.value for member in enumeration}


def stages_shown(lang: str) -> list[dict[str, str]]:
    """Every stage in its order as a component shows it: label, colour and the ink on it, on light and dark pages."""
    return [
        {
            "label": stage_short(one, lang),
            "light": colour.light,
            "dark": colour.dark,
            "ink": ink_on(colour.light),
            "ink_dark": ink_on(colour.dark),
        }
        for one, colour in STAGE_COLOURS.items()
    ]


def stage_labels(lang: str) -> dict[str, Any]:
    """Every label of the component Stage."""
    keys = (
        "view building network colour_by layer_support layer_payment layer_trust layer_reasons houses net_aria signed "
        "story close play pause scrub week_n building_n flat for undecided against paid unpaid unbilled low middle high"
    ).split()
    labels: dict[str, Any] = words(lang, keys)
    labels["title"] = say("stage_title", lang)
    labels["stages"] = stages_shown(lang)
    labels["reasons"] = [
        {"label": called(reason, lang), "light": light, "dark": dark, "striped": reason in STRIPED}
        for reason, (light, dark) in REASON_COLOURS.items()
    ]
    return labels


def fan_labels(lang: str) -> dict[str, str]:
    """Every label of the component Fan."""
    return {
        "ghost": say("ghost", lang),
        "gate": say("gate_line", lang),
        "png": say("png", lang),
        "week": say("week_n", lang, n="{n}"),
        "weeks": say("weeks_axis", lang),
    }
