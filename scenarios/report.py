"""The report of a set of runs: one HTML file that needs nothing beside itself.

    write_report("report.html", results, [load_case("jinshui")], scenarios=[...], comparisons=[...])

It answers first and explains afterwards. The insincere share stands beside every consent figure; a number that is
not reached in all seeds says in how many it is; failed runs are counted; published numbers come with what they lack.
No scripts, no addresses, light and dark, readable on a phone and on paper.
"""

import base64
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined
from matplotlib.figure import Figure

from model.instruments import INSTRUMENTS, Instrument, Legality
from model.measures import SUMMARY
from model.specification import FOREVER, Scenario, Strategy
from scenarios.catalogue import STAGES, catalogue, number, text
from scenarios.comparison import CENSORED, PairedDifference
from scenarios.figures import (
    consent_over_time,
    five_cities,
    paired_differences,
    payment_over_time,
    published_value,
    quantiles,
    strategy_comparison,
    svg,
)
from scenarios.loading import Case, Claim, ScenarioError, load_strategy

#: The weekly outcomes the figures need.
DRAWN = (
    "stage",
    "headline_consent",
    "valid_consent",
    "insincere_share",
    "support_share",
    "payment_rate",
    "company_present",
)

#: The rows of the table of main results. Consent is never listed without the insincere share.
GROUPS: dict[str, tuple[str, ...]] = {
    "consent": (
        "final_headline_consent",
        "final_valid_consent",
        "final_insincere_share",
        "final_support_share",
        "headline_consent_at_gate",
        "valid_consent_at_gate",
        "insincere_share_at_gate",
        "risers_completed",
    ),
    "time": ("weeks_to_50", "weeks_to_80", "weeks_to_95", "gate_week", "handover_week"),
    "payment": (
        "payment_before",
        "payment_18_months",
        "company_present_end",
        "company_left",
        "arrears_yuan_end",
    ),
    "trust": ("trust_office_change", "satisfaction_end"),
    "effort": ("office_hours_total", "hours_per_valid_signature", "office_yuan_total"),
    "voice": ("suggestions_per_household", "suggestions_adopted", "withdrawals"),
}
HTML_LANGUAGE = {"zh": "zh-CN", "en": "en"}


class Results(Protocol):
    """What the report reads of the results; `model.engine.Results` is one."""

    def summary(self) -> pd.DataFrame:
        """A row per run: `run, case, strategy, seed` and the summary outcomes."""

    def tidy(self, outcomes: Sequence[str] | None = None) -> pd.DataFrame:
        """A row per run, week and outcome."""


@dataclass(frozen=True)
class Provenance:
    """How the results came about, given by whoever ran them.

    date : as it is to be printed; the report never reads the clock, so that the same input gives the same file
    failures : one line for each run that gave no result
    """

    command: str = ""
    version: str = ""
    date: str = ""
    failures: tuple[str, ...] = ()
    notes: Mapping[str, str] = field(default_factory=dict)


def write_report(
    path: str | Path,
    results: Results,
    cases: Sequence[Case],
    *,
    lang: str = "zh",
    comparisons: Sequence[PairedDifference] = (),
    scenarios: Sequence[Scenario] = (),
    provenance: Provenance | None = None,
) -> Path:
    """Write the report to `path` (folders are made) and return the path; see `render_report`."""
    page = render_report(
        results, cases, lang=lang, comparisons=comparisons, scenarios=scenarios, provenance=provenance
    )
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    # Beside the target and then renamed: a reader never meets half a report.
    partial = target.with_name(f".{target.name}.{os.getpid()}.partial")
    partial.write_text(page, encoding="utf-8")
    partial.replace(target)
    return target


def render_report(
    results: Results,
    cases: Sequence[Case],
    *,
    lang: str = "zh",
    comparisons: Sequence[PairedDifference] = (),
    scenarios: Sequence[Scenario] = (),
    provenance: Provenance | None = None,
) -> str:
    """The report as the text of one HTML page.

    cases : case files behind the runs (names, claims, caveats); a run belongs to the case its `case` begins with
    comparisons : paired differences to show
    scenarios : what was simulated, for gates, instruments and hashes; without it the gates and instruments
        are those of the case and strategy files and no hashes are printed
    provenance : command, version, date and failures; what is missing is said to be missing
    """
    report = _Report(results, cases, lang, comparisons, scenarios, provenance or Provenance())
    environment = Environment(
        loader=PackageLoader("scenarios"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html.j2").render(report.context())


@dataclass(frozen=True)
class _Runs:
    """The runs of one case: where they come from and what they gave."""

    id: str
    name: str
    case: Case | None
    summary: pd.DataFrame
    tidy: pd.DataFrame
    strategies: dict[str, Strategy | None]
    gates: dict[str, float]

    def of(self, strategy: str) -> pd.DataFrame:
        return self.summary[self.summary["strategy"] == strategy]


class _Report:
    """Collects what the template prints; every text and number is ready to print."""

    def __init__(
        self,
        results: Results,
        cases: Sequence[Case],
        lang: str,
        comparisons: Sequence[PairedDifference],
        scenarios: Sequence[Scenario],
        provenance: Provenance,
    ):
        self.lang = lang
        self.comparisons = comparisons
        self.scenarios = {(scenario.id, scenario.strategy.id): scenario for scenario in scenarios}
        self.provenance = provenance
        self.summary = results.summary()
        self.tidy = results.tidy(DRAWN)
        self.runs = [self._runs(case_id, cases) for case_id in dict.fromkeys(self.summary["case"])]
        used = {runs.case.id for runs in self.runs if runs.case is not None}
        self.without_runs = [case for case in cases if case.id not in used]
        known = {name: s for runs in self.runs for name, s in runs.strategies.items()}
        self.strategy_names = {name: _label(s, lang) if s else name for name, s in known.items()}

    def t(self, key: str, **words: Any) -> str:
        found = text(f"report.{key}", self.lang)
        return found.format(**words) if words else found

    def number(self, value: float, outcome: str, unit: str | None = None) -> str:
        return number(value, unit or SUMMARY[outcome].unit, self.lang)

    # -- the whole page -------------------------------------------------------------------------------------

    def context(self) -> dict[str, Any]:
        sections = [self.section(index, runs) for index, runs in enumerate(self.runs)]
        return {
            "lang": HTML_LANGUAGE[self.lang],
            "t": self.t,
            "text": lambda key: text(key, self.lang),
            "sections": sections,
            "empty_cases": [case.names[self.lang] for case in self.without_runs],
            "unlawful": any(_is_unlawful(s) for runs in self.runs for s in runs.strategies.values()),
            "overview": self.overview(),
            "differences": self.differences(),
            "failed": self.failed(),
            "not_for": [text(f"not_for.{key}", self.lang) for key in _NOT_FOR],
            "how": [text(f"how.{key}", self.lang) for key in _HOW],
            "reproduction": list(self.reproduction()),
            "failures": self.provenance.failures,
        }

    def failed(self) -> str:
        n = len(self.provenance.failures)
        return self.t("failed", n=n) if n else self.t("no_failed")

    def overview(self) -> list[dict[str, str]]:
        if len(self.runs) < 2:
            return []
        main = [(runs, _main(runs)) for runs in self.runs]
        rows = [(self.tidy["case"] == r.id) & (self.tidy["strategy"] == s) for r, s in main]
        figure = five_cities(
            self.tidy[np.logical_or.reduce(rows)],
            gates={r.id: r.gates[s] for r, s in main if s in r.gates},
            published={r.id: r.case.claims for r, _ in main if r.case is not None},
            lang=self.lang,
            names={r.id: r.name for r, _ in main},
        )
        return [_image(figure, self.t("figure_cities_alt"))]

    def differences(self) -> dict[str, Any] | None:
        if not self.comparisons:
            return None
        figure = paired_differences(self.summary, self.comparisons, lang=self.lang, names=self.strategy_names)
        names = self.strategy_names
        return {
            "figure": _image(figure, self.t("figure_paired_alt")),
            "note": self.t("differences_note", n=len(self.comparisons)),
            "rows": [self.difference_row(c) for c in self.comparisons],
            "verdicts": [
                c.verdict(self.lang, name_a=names.get(c.a, c.a), name_b=names.get(c.b, c.b)).strip()
                for c in self.comparisons
            ],
        }

    def difference_row(self, c: PairedDifference) -> dict[str, str]:
        def signed(value: float) -> str:
            if np.isinf(value):
                return text("verdict.beyond_later" if value > 0 else "verdict.beyond_earlier", self.lang)
            return number(value, SUMMARY[c.outcome].unit, self.lang, difference=True)

        pair = {key: self.strategy_names.get(name, name) for key, name in (("a", c.a), ("b", c.b))}
        interval = text("number.range", self.lang).format(low=signed(c.low), high=signed(c.high))
        return {
            "outcome": text(f"summary.{c.outcome}", self.lang),
            "pair": text("figure.a_minus_b", self.lang).format(**pair),
            "cases": self.t("list_separator").join(r.name for r in self.runs if r.id in c.cases) or "—",
            "difference": signed(c.difference),
            "interval": interval if c.n_pairs else text("number.missing", self.lang),
            "ahead": f"{round(c.share_ahead * c.n_pairs) if c.n_pairs else 0}/{c.n_pairs}",
            "ties": str(c.ties),
            "left_out": str(c.n_dropped + c.n_unpaired),
            "effect": number(c.effect_size, "1", self.lang, difference=True)
            if np.isfinite(c.effect_size)
            else "—",
        }

    def reproduction(self) -> Iterator[tuple[str, str]]:
        absent = self.t("not_given")
        yield self.t("command"), self.provenance.command or absent
        yield self.t("version"), self.provenance.version or absent
        yield self.t("date"), self.provenance.date or absent
        seeds = sorted(int(seed) for seed in self.summary["seed"].unique())
        yield self.t("seeds"), self.t("seeds_list", n=len(seeds), list=_spans(seeds))
        failed = len(self.provenance.failures)
        yield self.t("runs"), self.t("runs_counts", done=len(self.summary), failed=failed)
        hashes = [f"{c} · {s}: {scenario.content_hash()}" for (c, s), scenario in self.scenarios.items()]
        yield self.t("hashes"), "\n".join(hashes) or absent
        yield from self.provenance.notes.items()

    # -- one case -------------------------------------------------------------------------------------------

    def _runs(self, case_id: str, cases: Sequence[Case]) -> _Runs:
        case = next((c for c in cases if case_id == c.id or case_id.startswith(f"{c.id}/")), None)
        summary = self.summary[self.summary["case"] == case_id]
        tidy = self.tidy[self.tidy["case"] == case_id]
        scenarios = {s: self._scenario(case, case_id, s) for s in dict.fromkeys(summary["strategy"])}
        strategies = {name: s.strategy if s else _shipped(name) for name, s in scenarios.items()}
        gates = {name: s.effective_programme().consent_gate for name, s in scenarios.items() if s is not None}
        return _Runs(case_id, self._case_name(case, case_id), case, summary, tidy, strategies, gates)

    def _scenario(self, case: Case | None, case_id: str, strategy: str) -> Scenario | None:
        """What was run; where the caller does not say, what the files say."""
        if (case_id, strategy) in self.scenarios:
            return self.scenarios[case_id, strategy]
        if case is None:
            return None
        compound = case_id.partition("/")[2] or None
        try:
            return case.scenario(compound, case.strategy if strategy == case.strategy.id else strategy)
        except ScenarioError:  # a strategy of the caller's own that no file holds
            return None

    def _case_name(self, case: Case | None, case_id: str) -> str:
        if case is None:
            return case_id
        compound = case_id.partition("/")[2]
        if compound not in case.compounds or case.compounds[compound].names == case.names:
            return case.names[self.lang]
        return f"{case.names[self.lang]} · {case.compounds[compound].names[self.lang]}"

    def section(self, index: int, runs: _Runs) -> dict[str, Any]:
        summaries = [self.strategy_summary(runs, name) for name in runs.strategies]
        return {
            "anchor": f"case-{index + 1}",
            "name": runs.name,
            "summaries": summaries,
            "figures": list(self.figures(runs)),
            "table": self.table(runs),
            "instruments": [self.instruments(runs, name) for name in runs.strategies],
            "claims": [self.claim(runs, claim) for claim in runs.case.claims] if runs.case else [],
            "document": self.document(runs.case),
            "caveats": [caveat[self.lang] for caveat in runs.case.caveats] if runs.case else [],
        }

    def strategy_summary(self, runs: _Runs, strategy: str) -> dict[str, Any]:
        rows = runs.of(strategy)
        sentences = [
            self.reaches_80(runs, rows),
            self.t("consent_end", **self.consents(rows, "final_headline_consent", "final_valid_consent",
                   "final_insincere_share"), support=self.median(rows, "final_support_share")),
            self.gate(rows),
            self.payment(runs, rows),
            self.t("company", n=len(rows), present=_count(rows, "company_present_end"),
                   left=_count(rows, "company_left")),
            self.t("trust", change=self.median(rows, "trust_office_change")),
            self.t("effort", hours=self.median(rows, "office_hours_total"), yuan=self.median(rows, "office_yuan_total"),
                   per_signature=self.median(rows, "hours_per_valid_signature")),
            *self.dropped(runs, strategy),
        ]  # fmt: skip
        name = self.strategy_names_of(runs)[strategy]
        return {
            "title": self.t("case_names", case=runs.name, strategy=name),
            "text": "".join(sentences).strip(),
            "instruments": self.instruments_sentence(runs.strategies[strategy]).strip(),
            "not_lawful": self.not_lawful(runs.strategies[strategy]),
        }

    def strategy_names_of(self, runs: _Runs) -> dict[str, str]:
        return {name: _label(s, self.lang) if s else name for name, s in runs.strategies.items()}

    def median(self, rows: pd.DataFrame, outcome: str) -> str:
        return self.number(_quantiles(rows, outcome)[1], outcome)

    def consents(self, rows: pd.DataFrame, headline: str, valid: str, insincere: str) -> dict[str, str]:
        """The three that always go together."""
        names = {"headline": headline, "valid": valid, "insincere": insincere}
        return {key: self.median(rows, outcome) for key, outcome in names.items()}

    def reaches_80(self, runs: _Runs, rows: pd.DataFrame) -> str:
        week = _quantiles(rows, "weeks_to_80")[1]
        counts = {"n": len(rows), "reached": int(rows["weeks_to_80"].notna().sum())}
        if np.isfinite(week):
            return self.t("to_80_reached", **counts, week=number(week, "week", self.lang))
        horizon = int(runs.tidy["week"].max()) + 1
        return self.t("to_80_not_reached", **counts, horizon=number(horizon, "weeks", self.lang))

    def gate(self, rows: pd.DataFrame) -> str:
        week = _quantiles(rows, "gate_week")[1]
        reached = int(rows["gate_week"].notna().sum())
        if not np.isfinite(week):
            return self.t("gate_not_reached", reached=reached)
        consents = self.consents(
            rows, "headline_consent_at_gate", "valid_consent_at_gate", "insincere_share_at_gate"
        )
        return self.t("gate_reached", reached=reached, week=number(week, "week", self.lang), **consents)

    def payment(self, runs: _Runs, rows: pd.DataFrame) -> str:
        n = int(rows["payment_18_months"].notna().sum())
        value = self.median(rows, "payment_18_months")
        sentence = self.t("payment", value=value, n=n, total=len(rows)) if n else self.t("payment_none")
        claims = [c for c in runs.case.claims if c.outcome == "payment_18_months"] if runs.case else []
        if runs.case is not None and not claims:
            sentence += self.t("payment_unpublished")
        for claim in claims:
            words = {
                "value": published_value(claim, self.lang),
                "missing": claim.missing[self.lang].rstrip("。."),
            }
            sentence += self.t(
                "payment_published_rises" if claim.value is None else "payment_published", **words
            )
        return sentence + self.t("full_stop")

    def dropped(self, runs: _Runs, strategy: str) -> list[str]:
        last = runs.tidy[(runs.tidy["week"] == runs.tidy["week"].max()) & (runs.tidy["strategy"] == strategy)]
        stage = last.loc[last["outcome"] == "stage", "value"]
        n = int((stage == STAGES.index("dropped")).sum())
        return [self.t("dropped", n=n)] if n else []

    def instruments_sentence(self, strategy: Strategy | None) -> str:
        if strategy is None:
            return self.t("instruments_unknown")
        names = [self.instrument_name(name, always=False) for name in _in_use(strategy)]
        if not names:
            return self.t("instruments_none")
        return self.t("instruments_used", list=self.t("instrument_separator").join(names))

    def instrument_name(self, name: str, *, always: bool) -> str:
        label, legality = text(f"instrument.{name}", self.lang), _legality(name)
        if legality is Legality.LAWFUL and not always:
            return label
        return self.t("with_legality", name=label, legality=text(f"legality.{legality}", self.lang))

    def not_lawful(self, strategy: Strategy | None) -> str:
        names = (
            [self.instrument_name(name, always=True) for name in strategy.not_lawful()] if strategy else []
        )
        return self.t("not_lawful", list=self.t("instrument_separator").join(names)) if names else ""

    def figures(self, runs: _Runs) -> Iterator[dict[str, str]]:
        names = self.strategy_names_of(runs)
        main = runs.of(_main(runs))
        consents = self.consents(
            main, "final_headline_consent", "final_valid_consent", "final_insincere_share"
        )
        consent = consent_over_time(runs.tidy, gate=runs.gates, lang=self.lang, names=names)
        yield _image(consent, self.t("figure_consent_alt", case=runs.name, **consents))
        claims = runs.case.claims if runs.case else ()
        payment = payment_over_time(runs.tidy, published=claims, lang=self.lang, names=names)
        median = self.median(main, "payment_18_months")
        yield _image(payment, self.t("figure_payment_alt", case=runs.name, payment=median))
        if len(runs.strategies) > 1:
            compared = strategy_comparison(runs.summary, lang=self.lang, names=names)
            yield _image(compared, self.t("figure_comparison_alt", case=runs.name))

    def table(self, runs: _Runs) -> dict[str, Any]:
        groups = []
        for group, outcomes in GROUPS.items():
            rows = [
                (
                    text(f"summary.{outcome}", self.lang),
                    [self.cell(runs.of(s), outcome) for s in runs.strategies],
                )
                for outcome in outcomes
            ]
            groups.append((self.t(f"group_{group}"), rows))
        names = self.strategy_names_of(runs)
        strategies = [(name, self.t("n_seeds", n=len(runs.of(key)))) for key, name in names.items()]
        return {"strategies": strategies, "groups": groups}

    def cell(self, rows: pd.DataFrame, outcome: str) -> tuple[str, str]:
        """What stands in a cell of the table: the value, and of how many seeds."""
        total, n = len(rows), int(rows[outcome].notna().sum())
        if SUMMARY[outcome].unit == "0 or 1":
            return self.t("yes_of", n=_count(rows, outcome), total=total), ""
        low, median, high = (self.number(value, outcome) for value in _quantiles(rows, outcome))
        count = self.t("reached_of" if outcome in CENSORED else "n_of", n=n, total=total)
        if n == 0:
            return text("number.not_reached" if outcome in CENSORED else "number.missing", self.lang), count
        spread = text("number.range", self.lang).format(low=low, high=high)
        return self.t("median_range", median=median, range=spread), count if n < total else ""

    def instruments(self, runs: _Runs, name: str) -> dict[str, Any]:
        strategy = runs.strategies[name]
        return {
            "title": self.strategy_names_of(runs)[name],
            "note": "" if strategy is None else strategy.note_zh if self.lang == "zh" else strategy.note_en,
            "known": strategy is not None,
            "rows": [self.instrument_row(strategy, i) for i in _in_use(strategy)] if strategy else [],
        }

    def instrument_row(self, strategy: Strategy, name: str) -> dict[str, Any]:
        use, legality = strategy.instruments[name], _legality(name)
        start, end = use.start_week, use.end_week
        weeks = (
            self.t("from_week", start=start)
            if end >= FOREVER
            else self.t("from_until", start=start, end=end - 1)
        )
        return {
            "name": text(f"instrument.{name}", self.lang),
            "purpose": text(f"family.{INSTRUMENTS[Instrument[name.upper()]].family}", self.lang),
            "intensity": f"{use.intensity:.2f}",
            "weeks": weeks,
            "legality": text(f"legality.{legality}", self.lang),
            "lawful": legality is Legality.LAWFUL,
            "legality_note": text(f"legality_note.{legality}", self.lang),
        }

    def claim(self, runs: _Runs, claim: Claim) -> dict[str, str]:
        simulated = "—"
        if claim.outcome:
            simulated = self.median(runs.of(_main(runs)), claim.outcome)
        return {
            "text": claim.zh if self.lang == "zh" else claim.en,
            "value": self.claim_value(claim),
            "simulated": simulated,
            "claimed_by": claim.claimed_by[self.lang],
            "missing": claim.missing[self.lang],
            "use": text(f"claim_use.{claim.use.replace(' ', '_')}", self.lang),
        }

    def claim_value(self, claim: Claim) -> str:
        if claim.value is None or claim.unit == "share":
            return published_value(claim, self.lang)
        relation = "" if claim.relation == "=" else claim.relation
        if claim.unit == "yuan":
            return relation + number(claim.value, "yuan", self.lang)
        written = f"{claim.value:,.2f}".rstrip("0").rstrip(".")
        unit = catalogue(self.lang).get(f"claim_unit.{_unit_key(claim.unit)}", claim.unit)
        return f"{relation}{written} {unit}"

    def document(self, case: Case | None) -> str:
        if case is None or case.document is None:
            return ""
        document = case.document
        words = {
            key: getattr(document, key)[self.lang].rstrip("。.") for key in ("author", "genre", "selection")
        }
        return self.t("document", title=document.title, date=document.date, **words)


_NOT_FOR = ("profiling", "predicting", "automating", "proving", "targets", "data")
_HOW = (
    "headline",
    "valid",
    "insincere",
    "support",
    "payment",
    "weeks",
    "range",
    "judgement",
    "legality",
    "undetermined",
)


def _label(strategy: Strategy, lang: str) -> str:
    return strategy.zh if lang == "zh" else strategy.en


def _shipped(name: str) -> Strategy | None:
    try:
        return load_strategy(name)
    except ScenarioError:
        return None


def _main(runs: _Runs) -> str:
    """The strategy that stands for a case where there is room for one: its own, else the first."""
    own = runs.case.strategy.id if runs.case is not None else ""
    return own if own in runs.strategies else next(iter(runs.strategies))


def _in_use(strategy: Strategy) -> list[str]:
    return [name for name, use in strategy.instruments.items() if use.intensity > 0]


def _legality(name: str) -> Legality:
    return INSTRUMENTS[Instrument[name.upper()]].legality


def _is_unlawful(strategy: Strategy | None) -> bool:
    return strategy is not None and Legality.UNLAWFUL in strategy.not_lawful().values()


def _quantiles(rows: pd.DataFrame, outcome: str) -> tuple[float, float, float]:
    return quantiles(rows[outcome].to_numpy(float), censored=outcome in CENSORED)


def _count(rows: pd.DataFrame, outcome: str) -> int:
    return int((rows[outcome] > 0.5).sum())


def _unit_key(unit: str) -> str:
    """A unit as a key of the catalogue: `suggestions per household` → `suggestions_per_household`."""
    return "".join(character if character.isalnum() else "_" for character in unit.replace("²", "2"))


def _spans(seeds: Sequence[int]) -> str:
    """Whole numbers as spans: 0–29, 40."""
    spans: list[list[int]] = []
    for seed in seeds:
        if spans and seed == spans[-1][1] + 1:
            spans[-1][1] = seed
        else:
            spans.append([seed, seed])
    return ", ".join(f"{low}–{high}" if high > low else str(low) for low, high in spans)


def _image(figure: Figure, alt: str) -> dict[str, str]:
    data = base64.b64encode(svg(figure).encode()).decode()
    return {"source": f"data:image/svg+xml;base64,{data}", "alt": alt}
