"""片区 District: the street office's map of compounds by stage and payment, where hours went, bundling."""

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
import solara

from agents.categories import Allocation, Stage, names
from dashboard import own, state, tasks
from dashboard.asking import strategy_label, strategy_named
from dashboard.assumed import DISTRICT_RESTS_ON, told
from dashboard.choices import strategy_choices
from dashboard.district_runs import UNBILLED, OfficeRun
from dashboard.ensembles import Job, wait_for
from dashboard.hooks import use_result
from dashboard.parts import LEVER_WORDS, Foot, Heading, Waiting, answer, markup, plain, table
from dashboard.unknown import UnknownDistrict
from dashboard.views import COLOURS, curve, curve_name, fan, fan_labels, say, spread, stages_shown, words
from dashboard.widgets import Choice, Fan, Levers, Tiles
from dashboard.workers import workers
from model.brought import brought
from model.instruments import Legality
from model.settings import with_numbers
from model.specification import District, Scenario
from scenarios.catalogue import number, stage_short, text
from scenarios.loading import Case, load_case
from scenarios.rested import LEAST_SHARE_TOLD
from scenarios.totals import own_totals
from scenarios.totals import totals as totals_of_districts
from scenarios.writing import exactly

PLACE = "kaifeng_district"
#: Draws of each plan; a district is large, and its compounds already average over much chance.
DRAWS = 4
#: Compounds of the quarter that is shown first, and of the whole zone.
SIZES = ("48", "191")
ALLOCATIONS = names(Allocation)
#: Key, group, low, high, step, unit. A lever stands where it was put, on its grid or not.
OWN_LEVERS = (
    ("dhours", "outreach", 0.005, 0.1, 0.005, "hours"),
    ("batches", "process", 1.0, 6.0, 1.0, "number"),
    ("interval", "process", 4.0, 52.0, 2.0, "weeks"),
    ("bundle", "management", 1.0, 10.0, 1.0, "number"),
)
#: Levers that count something: between two whole numbers there is nothing.
WHOLE = ("batches", "interval", "bundle")
SHOWN_TOTALS = (
    "compounds_past_gate",
    "share_past_gate",
    "headline_consent",
    "insincere_share",
    "payment_rate",
    "compounds_with_company",
    "companies_left",
    "office_hours",
    "public_money",
    "bundle_moved",
)


@dataclass(frozen=True)
class Plan:
    """What the page asks for. Numbers lie between the ends of `OWN_LEVERS`."""

    strategy: str = "kaifeng"
    size: str = SIZES[0]
    allocation: str = ALLOCATIONS[0]
    dhours: float = 0.04
    batches: float = 3.0
    interval: float = 26.0
    bundle: float = 4.0

    def scenario(self) -> Scenario:
        """The usual compound."""
        return place().scenario(strategy=strategy_named(self.strategy))

    def district(self, bundle: float | None = None) -> District:
        """The district, `bundle` compounds to a company."""
        whole = place().district
        assert whole is not None
        share = int(self.size) / whole.compounds
        values = {
            "compounds": int(self.size),
            "buildings": round(whole.buildings * share),
            "households": round(whole.households * share),
            "allocation": self.allocation,
            "hours_per_household_week": self.dhours,
            "batches": int(self.batches),
            "batch_interval_weeks": int(self.interval),
            "bundle_compounds": int(self.bundle if bundle is None else bundle),
        }
        return with_numbers(whole, values, "district")

    @property
    def bundles(self) -> bool:
        """Whether the strategy has one company serve several compounds."""
        use = strategy_named(self.strategy).instruments.get("bundling")
        return use is not None and use.intensity > 0 and self.bundle > 1


def word_of(plan: Plan) -> str:
    """A plan as the address keeps it."""
    numbers = (exactly(getattr(plan, key)) for key, *_ in OWN_LEVERS)
    return ",".join((plan.strategy, plan.size, plan.allocation, *numbers))


def plan_of(word: str) -> Plan:
    """The plan an address keeps; the usual one where it makes no sense."""
    strategy, size, allocation, *numbers = [*word.split(","), "", ""]
    try:
        values = {key: float(number) for (key, *_), number in zip(OWN_LEVERS, numbers, strict=False)}
    except ValueError:
        return Plan()
    if strategy not in strategy_choices() or size not in SIZES or allocation not in ALLOCATIONS:
        return Plan()
    changes: dict[str, Any] = {**within(values)}
    return replace(Plan(strategy, size, allocation), **changes)


@cache
def place() -> Case:
    """The district that ships."""
    return load_case(PLACE)


@solara.component
def Page() -> None:  # noqa: N802
    """The page."""
    lang = state.lang.value
    plan = plan_of(state.kept.value.get("district", ""))

    def set_plan(wanted: Plan) -> None:
        state.keep(district="" if wanted == Plan() else word_of(wanted))

    def work(
        wanted: Callable[[], bool], progress: Callable[[float], None]
    ) -> tuple[Plan, list[OfficeRun], list[OfficeRun]] | None:
        """The draws as planned, and on the same draws with a company for every compound."""

        def begin() -> Job:
            scenario = plan.scenario()
            plans = [plan.district(), *([plan.district(1.0)] if plan.bundles else [])]
            parts = workers().submit_all(
                (tasks.call, "dashboard.district_runs:run_office", scenario, one, seed)
                for one in plans
                for seed in range(1, DRAWS + 1)
            )
            return Job(parts, lambda found: (found[:DRAWS], found[DRAWS:]))

        found = wait_for(("district", plan), begin, wanted=wanted, progress=progress)
        return found if found is None else (plan, found[0], found[1])

    awaited = use_result(plan, work, lang)
    with solara.Column(classes=["gz-page"], gap="0px"):
        Heading(say("district", lang), say("district_lead", lang))
        with solara.Div(classes=["gz-two"]):
            with solara.Div(classes=["gz-card", "gz-side"]):
                Choose(plan, set_plan, lang)
                for line in own_lines(plan.scenario(), lang):
                    markup(f'<p class="gz-note">{plain(line)}</p>')
            with solara.Div():
                Waiting(awaited, lang, DRAWS * (2 if plan.bundles else 1))
                with answer(awaited):
                    of = plan if awaited.value is None else awaited.value[0]
                    markup(f"<h2>{plain(called(of, lang))}</h2>")
                    if awaited.value is not None:
                        Results(*awaited.value[1:], lang)
                        UnknownDistrict(of, of.scenario(), of.district(), shown_totals(), lang)
        markup(
            f'<details class="gz-card"><summary>{plain(say("caveats_here", lang))}</summary><ul>'
            + "".join(f"<li>{plain(caveat[lang])}</li>" for caveat in place().caveats)
            + "</ul></details>"
        )
        Foot(lang)


def called(plan: Plan, lang: str) -> str:
    """A plan in a few words: how large a district, its strategy, and that it was changed."""
    strategy = strategy_label(plan.strategy, lang)
    if plan != Plan(plan.strategy, plan.size):
        strategy = say("changed_strategy", lang, strategy=strategy)
    return f"{say('size_n', lang, n=plan.size)} · {strategy}"


@solara.component
def Choose(plan: Plan, choose: Callable[[Plan], None], lang: str) -> None:  # noqa: N802
    """How large a district, which strategy, how the office works through it."""

    def move(values: Any) -> None:
        changes: dict[str, Any] = {**within(values if isinstance(values, dict) else {})}
        choose(replace(plan, **changes))

    Levers(
        groups=groups(plan, lang),
        labels={**words(lang, LEVER_WORDS), "case": say("size", lang)},
        cases=[{"value": size, "label": say("size_n", lang, n=size)} for size in SIZES],
        strategies=[{"value": name, "label": strategy_label(name, lang)} for name in strategy_choices()],
        chosen_case=plan.size,
        strategy=plan.strategy,
        note=say("bundles_yes" if plan.bundles else "bundles_no", lang),
        changed=plan != Plan(plan.strategy, plan.size),
        event_move=move,
        event_choose_case=lambda size: choose(replace(plan, size=size)) if size in SIZES else None,
        event_choose_strategy=lambda s: (
            choose(replace(plan, strategy=s)) if s in strategy_choices() else None
        ),
        event_reset=lambda *_: choose(Plan(plan.strategy, plan.size)),
    )
    Choice(
        name="allocation",
        label=text("district.allocation", lang),
        value=plan.allocation,
        options=[{"value": name, "label": text(f"allocation.{name}", lang)} for name in ALLOCATIONS],
        event_pick=lambda name: choose(replace(plan, allocation=name)) if name in ALLOCATIONS else None,
    )


def within(values: Mapping[Any, Any]) -> dict[str, float]:
    """What a browser or a link says of the levers, within their ends; what makes no sense is left out.

    Not put on their grids: a lever that nobody touches would move when its neighbour does.
    """
    found = {}
    for key, _, low, high, _, _ in OWN_LEVERS:
        value = values.get(key)
        if isinstance(value, int | float) and value == value:
            held = round(min(max(float(value), low), high), 6)
            found[key] = float(round(held)) if key in WHOLE else held
    return found


def groups(plan: Plan, lang: str) -> str:
    """The levers for the component Levers, as JSON."""
    usual = Plan()
    found = []
    for group in ("outreach", "process", "management"):
        levers = [
            {
                "key": key,
                "label": say(f"lever_{key}", lang),
                "tip": say(f"tip_{key}", lang),
                "behind": told(DISTRICT_RESTS_ON[key], lang),
                "value": getattr(plan, key),
                "base": getattr(usual, key),
                "low": low,
                "high": high,
                "step": step,
                "unit": "hours" if unit == "hours" else "n",
                "unit_label": {"hours": say("unit_hours", lang), "weeks": say("unit_deadline", lang)}.get(
                    unit, ""
                ),
                "first": True,
                "legal": "lawful",
                "legal_label": "",
            }
            for key, where, low, high, step, unit in OWN_LEVERS
            if where == group
        ]
        found.append({"key": group, "label": say(f"group_{group}", lang), "levers": levers})
    return json.dumps(found, ensure_ascii=False)


@solara.component
def Results(found: list[OfficeRun], alone: list[OfficeRun], lang: str) -> None:  # noqa: N802
    """Map, hours, bundling, totals."""
    with solara.Div(classes=["gz-card"]):
        Tiles(payload=solara.use_memo(lambda: tiles(found[0]), [found]), labels=tile_labels(lang))
    with solara.Div(classes=["gz-half"]):
        with solara.Div(classes=["gz-card"]):
            markup(hours_table(found, lang))
        with solara.Div(classes=["gz-card"]):
            Shares(found, lang)
    with solara.Div(classes=["gz-card"]):
        markup(f'<h2 style="margin-top:0">{plain(say("bundling", lang))}</h2>')
        markup(bundling(found, alone, lang), attributes={"role": "status"})
    with solara.Div(classes=["gz-card"]):
        markup(totals(found, lang))


def tiles(run: OfficeRun) -> str:
    """One draw for the component Tiles, as JSON."""
    planes = {
        name: base64.b64encode(getattr(run, name).tobytes()).decode()
        for name in ("stage", "payment", "consent", "insincere")
    }
    return json.dumps(
        {
            "n": len(run.households),
            "weeks": len(run.stage),
            "households": run.households.tolist(),
            "start": run.start_week.tolist(),
            "bundle": run.bundle.tolist(),
            "bundles": int(run.bundle.max()) + 1,
            "hours": np.rint(run.hours).astype(int).tolist(),
            "unbilled": UNBILLED,
            **planes,
        }
    )


def tile_labels(lang: str) -> dict[str, Any]:
    """Every label of the component Tiles."""
    keys = (
        "map colour_by tiles_stage tiles_payment tiles_hours tiles_bundle pause play scrub week_n compound_n batch_n "
        "unbilled hours_each hours_word bundle_note signed insincere"
    ).split()
    return {**words(lang, keys), "stages": stages_shown(lang)}


def hours_table(found: Sequence[OfficeRun], lang: str) -> str:
    """Where the hours went: by stage of the compound they were worked in, means over draws, as HTML."""
    by_stage = np.mean([run.hours_by_stage for run in found], axis=0)
    total = by_stage.sum() or 1.0
    rows = "".join(
        f'<tr><th scope="row">{plain(stage_short(stage, lang))}</th>'
        f'<td class="n">{plain(number(float(hours), "hours", lang))}</td>'
        f'<td class="bar"><i class="gz-bar" style="width:{100 * hours / by_stage.max():.1f}%"></i></td>'
        f'<td class="n">{plain(number(float(hours / total), "share", lang))}</td></tr>'
        for stage, hours in zip(Stage, by_stage, strict=True)
        if hours > 0
    )
    return (
        f'<h2 style="margin-top:0">{plain(say("hours_went", lang))}</h2>'
        f'<p class="gz-note">{plain(say("hours_went_note", lang, n=len(found)))}</p>'
        f'<table class="gz-table"><tbody>{rows}</tbody></table>'
    )


@solara.component
def Shares(found: Sequence[OfficeRun], lang: str) -> None:  # noqa: N802
    """Consent, insincere share and payment of the district over the weeks, every draw."""
    series = [
        curve(
            curve_name(name, lang),
            np.array([run.weekly[name].to_numpy(float) for run in found]),
            colours,
            band=True,
        )
        for name, colours in (
            ("headline_consent", COLOURS["consent"]),
            ("insincere_share", COLOURS["insincere"]),
            ("payment_rate", COLOURS["payment"]),
        )
    ]
    Fan(
        payload=fan(series, len(found[0].weekly), place="district", key=""),
        caption=say("district_weeks", lang, n=len(found)),
        aria=say("district_weeks", lang, n=len(found)),
        labels=fan_labels(lang),
        file="district",
        group="district",
    )


def bundling(found: Sequence[OfficeRun], alone: Sequence[OfficeRun], lang: str) -> str:
    """What bundling changes, pair by pair on the same draws, as HTML."""
    if not alone:
        return f"<p>{plain(say('bundles_no', lang))}</p>"
    with_, without = (
        np.array([run.totals["compounds_with_company"] for run in runs], float) for runs in (found, alone)
    )
    change = with_ - without
    one_way = bool((change > 0).all() or (change < 0).all())
    verdict = say("bundling_says", lang, a=f"{with_.mean():.1f}", b=f"{without.mean():.1f}", n=len(found))
    each = (", " if lang == "en" else "、").join(f"{v:+.0f}".replace("-", "−") if v else "0" for v in change)
    tail = say("bundling_each", lang, each=each) + (
        "" if one_way else " " + say("bundling_undetermined", lang)
    )
    return f'<p class="gz-verdict">{plain(verdict)}</p><p>{plain(tail)}</p>'


def shown_totals() -> tuple[str, ...]:
    """The totals of the page, and those of own outcomes."""
    return (*SHOWN_TOTALS, *own_totals(brought()))


def own_lines(scenario: Scenario, lang: str) -> list[str]:
    """What the server's own file does here: the instruments that it uses under every strategy; levers are elsewhere."""
    lines = []
    for name, use in scenario.strategy.own.items():
        label = text(f"instrument.{name}", lang)
        if use.legality is not Legality.LAWFUL:
            legality = text(f"legality.{use.legality}", lang)
            label = text("report.with_legality", lang).format(name=label, legality=legality)
        words_of = {"label": label, "intensity": f"{use.intensity:g}", "file": own.file_name()}
        lines.append(text("cli.own_instrument", lang).format(**words_of))
    return [*lines, *([say("own_here", lang, file=own.file_name())] if own.code() is not None else [])]


def rested(found: Sequence[OfficeRun], lang: str) -> str:
    """Own instruments that rested in enough of their weeks, over all draws, as HTML."""
    lines = []
    for name in found[0].rests:
        weeks, weeks_rested = (sum(run.rests[name][i] for run in found) for i in (0, 1))
        if weeks_rested and weeks_rested / weeks >= LEAST_SHARE_TOLD:
            compounds = sum(len(run.households) for run in found)
            told = {"n": f"{weeks_rested:,}", "weeks": f"{weeks:,}", "compounds": f"{compounds:,}"}
            label = text(f"instrument.{name}", lang)
            lines.append(text("collections.rested", lang).format(label=label, **told))
    return "".join(f'<p class="gz-note">{plain(line)}</p>' for line in lines)


def totals(found: Sequence[OfficeRun], lang: str) -> str:
    """What the district comes to at the end, as HTML."""
    rows, known = [], totals_of_districts()
    for name in shown_totals():
        values = np.array([run.totals[name] for run in found], float)
        middle, both = spread(values, known[name].unit, lang, outcome=name)
        rows.append([text(f"total.{name}", lang), middle, both])
    head = [say("column_outcome", lang), say("median", lang), say("range_5_95", lang)]
    end = table(head, rows, numeric=(1, 2), caption=say("district_end", lang, n=len(found)))
    return rested(found, lang) + end
