"""The report of a set of runs: one HTML file that needs nothing beside itself.

    write_report("report.html", results, [load_case("jinshui")], scenarios=[...], comparisons=[...])

It answers first and explains afterwards: a paragraph, a table, the overview; then the comparisons; then every case
in words, figures and tables. The insincere share stands beside every consent figure; a number that is
not reached in all seeds says in how many it is; failed runs are counted; published numbers come with what they lack.
No scripts, no addresses, light and dark, readable on a phone and on paper.
"""

import base64
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined
from matplotlib.figure import Figure

from agents.categories import Stage
from model.instruments import INSTRUMENTS, Instrument, Legality
from model.specification import FOREVER, Scenario, Strategy
from model.thresholds import at_least
from scenarios.catalogue import between, catalogue, missing, number, text, unit_of_outcome
from scenarios.comparison import CENSORED, MINIMUM_PAIRS, Direction, PairedDifference, are_survivors
from scenarios.figures.compared import paired_differences, strategy_comparison
from scenarios.figures.fonts import font_face
from scenarios.figures.over_time import (
    cases_side_by_side,
    consent_over_time,
    payment_over_time,
    published_value,
)
from scenarios.figures.style import svg
from scenarios.files.strategyfile import instrument_name
from scenarios.ignorance import Ignorance
from scenarios.ignorance_words import difference_head, difference_rows, level_rows
from scenarios.loading import Case, Claim, ScenarioError, load_strategy
from scenarios.quantiles import quantiles

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
#: The columns of the opening table, in blocks under a common heading ("" where there is none). Every block with
#: consent has the insincere share right after it.
COLUMNS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("", ("weeks_to_80",)),
    ("at_gate", ("headline_consent_at_gate", "valid_consent_at_gate", "insincere_share_at_gate")),
    (
        "at_end",
        ("final_headline_consent", "final_valid_consent", "final_insincere_share", "final_support_share"),
    ),
    ("payment_heading", ("payment_18_months", "published")),
    ("", ("company_left",)),
    ("", ("trust_office_change",)),
    ("", ("hours_per_valid_signature",)),
    ("", ("office_yuan_total",)),
)
#: Under a common heading a column needs a word or two only.
SHORT = {
    "headline_consent_at_gate": "short_headline",
    "valid_consent_at_gate": "short_valid",
    "insincere_share_at_gate": "short_insincere",
    "final_headline_consent": "short_headline",
    "final_valid_consent": "short_valid",
    "final_insincere_share": "short_insincere",
    "final_support_share": "short_support",
    "payment_18_months": "simulated",
    "published": "published",
}
#: Columns whose heading names the unit.
_UNIT_IN_HEADING = ("weeks_to_80", "hours_per_valid_signature")
_MONEY = "office_yuan_total"
_UNIT = re.compile(r"(?<=\d)[^\d]+$")
#: Which characters a page needs is known when it has been written.
FONT_COMES_HERE = "/* the font of this page */"
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
    unknown: Ignorance | None = None,
    remarks: Sequence[str] = (),
) -> Path:
    """Write the report to `path` (folders are made) and return the path; see `render_report`."""
    page = render_report(
        results,
        cases,
        lang=lang,
        comparisons=comparisons,
        scenarios=scenarios,
        provenance=provenance,
        unknown=unknown,
        remarks=remarks,
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
    unknown: Ignorance | None = None,
    remarks: Sequence[str] = (),
) -> str:
    """The report as the text of one HTML page.

    cases : case files behind the runs (names, claims, caveats); a run belongs to the case its `case` begins with
    comparisons : paired differences to show
    scenarios : what was simulated, for gates, instruments and hashes; without it the gates and instruments
        are those of the case and strategy files and no hashes are printed
    provenance : command, version, date and failures; what is missing is said to be missing
    unknown : the same strategies under plausible sets of parameters; without it the page says that there is one set
    remarks : what else to know of the runs, a line each below their numbers
    """
    report = _Report(results, cases, lang, comparisons, scenarios, provenance or Provenance(), unknown)
    environment = Environment(
        loader=PackageLoader("scenarios"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    page = environment.get_template("report.html.j2").render(**report.context(), remarks=remarks)
    return page.replace(FONT_COMES_HERE, font_face(page), 1)


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
        unknown: Ignorance | None,
    ):
        self.lang = lang
        self.unknown = unknown
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
        return number(value, unit or unit_of_outcome(outcome), self.lang)

    # -- the whole page -------------------------------------------------------------------------------------

    def context(self) -> dict[str, Any]:
        sections = [self.section(index, runs) for index, runs in enumerate(self.runs)]
        return {
            "lang": HTML_LANGUAGE[self.lang],
            "t": self.t,
            "text": lambda key: text(key, self.lang),
            "sections": sections,
            "empty_cases": [case.names[self.lang] for case in self.without_runs],
            "lead": self.lead(),
            "summary": self.summary_table(),
            "marks": self.marks(),
            "overview": self.overview(),
            "differences": self.differences(),
            "unknown": self.what_is_not_known(),
            "failed": self.failed(),
            "not_for": [text(f"not_for.{key}", self.lang) for key in _NOT_FOR],
            "how": [text(f"how.{key}", self.lang) for key in _HOW],
            "reproduction": list(self.reproduction()),
            "failures": self.provenance.failures,
        }

    def failed(self) -> str:
        n = len(self.provenance.failures)
        return self.t("failed", n=n) if n else self.t("no_failed")

    def lead(self) -> str:
        """What was run and what stands out in it, in a few sentences."""
        rows = [(runs, name, runs.of(name)) for runs in self.runs for name in runs.strategies]
        seeds = sorted({len(found) for _, _, found in rows})
        words = {
            "n": str(seeds[0]) if len(seeds) == 1 else f"{seeds[0]}–{seeds[-1]}",
            "case": self.runs[0].name,
            "strategy": self.strategy_names_of(self.runs[0])[rows[0][1]],
            "cases": len(self.runs),
            "strategies": len({name for _, name, _ in rows}),
            "combinations": len(rows),
        }
        kind = "one" if len(rows) == 1 else "case" if len(self.runs) == 1 else "cases"
        sentences = [
            self.t(f"lead_{kind}", **words),
            self.lead_consent(rows),
            self.lead_payment(rows),
            self.lead_published(),
            self.t("lead_simulated"),
        ]
        return "".join(sentences).strip()

    def lead_consent(self, rows: Sequence[tuple[_Runs, str, pd.DataFrame]]) -> str:
        ends = {
            key: [_quantiles(found, outcome)[1] for _, _, found in rows]
            for key, outcome in {
                "headline": "final_headline_consent",
                "valid": "final_valid_consent",
                "insincere": "final_insincere_share",
            }.items()
        }
        sentence = self.t(
            "lead_consent", **{key: self.span(values, "final_valid_consent") for key, values in ends.items()}
        )
        gates = [
            (_quantiles(found, "insincere_share_at_gate")[1], index) for index, (*_, found) in enumerate(rows)
        ]
        gates = [(share, -index) for share, index in gates if np.isfinite(share)]
        if len(gates) < 2:
            return sentence
        share, index = max(gates)
        runs, name, found = rows[-index]
        return sentence + self.t(
            "lead_gate",
            who=self.combination(runs, name),
            insincere=self.number(share, "insincere_share_at_gate"),
            headline=self.median(found, "headline_consent_at_gate"),
        )

    def lead_payment(self, rows: Sequence[tuple[_Runs, str, pd.DataFrame]]) -> str:
        paid = [(_quantiles(found, "payment_18_months")[1], runs, name) for runs, name, found in rows]
        paid = [entry for entry in paid if np.isfinite(entry[0])]
        if not paid:
            return self.t("payment_none") + self.t("full_stop")
        low, high = min(paid, key=lambda entry: entry[0]), max(paid, key=lambda entry: entry[0])
        words = {
            "low": self.number(low[0], "payment_18_months"),
            "high": self.number(high[0], "payment_18_months"),
        }
        if words["low"] == words["high"]:
            return self.t("lead_payment_same", value=words["low"])
        who = {"who_low": self.combination(*low[1:]), "who_high": self.combination(*high[1:])}
        return self.t("lead_payment", **words, **who)

    def lead_published(self) -> str:
        """How the simulated payment stands to the published numbers, each case with its own strategy."""
        pairs = [
            (_quantiles(runs.of(_main(runs)), "payment_18_months")[1], claim.value)
            for runs in self.runs
            if _has_own(runs)
            for claim in _payment_claims(runs)
            if claim.value is not None
        ]
        known = [(value, published) for value, published in pairs if np.isfinite(value)]
        if not known:
            return ""
        below = sum(not at_least(np.array(value), published) for value, published in known)
        return self.t("lead_published", n=len(known), below=below)

    def span(self, values: Sequence[float], outcome: str) -> str:
        """The lowest and the highest of several numbers, written as one where they look the same."""
        low, high = self.number(min(values), outcome), self.number(max(values), outcome)
        return low if low == high else between(low, high, self.lang)

    def combination(self, runs: _Runs, name: str) -> str:
        """A case and a strategy as words of a sentence, marked where the strategy uses unlawful means."""
        label = self.t("quoted", name=self.strategy_names_of(runs)[name])
        if _is_unlawful(runs.strategies[name]):
            label = self.t("with_legality", name=label, legality=text("legality.unlawful", self.lang))
        if len(self.runs) == 1:
            return label
        alone = runs.case is not None and sum(other.case is runs.case for other in self.runs) == 1
        place = runs.case.names[self.lang] if runs.case is not None and alone else runs.name
        return self.t("lead_who", strategy=label, case=place)

    # -- the opening table ----------------------------------------------------------------------------------

    def summary_table(self) -> dict[str, Any]:
        """A row per case and strategy: first every case with its own, then what else was tried on one case."""
        groups: list[tuple[str, list[dict[str, Any]]]] = []
        own = [runs for runs in self.runs if len(runs.strategies) == 1 or _has_own(runs)]
        alone = len(self.runs) == 1
        if own and not alone:
            groups.append(
                (self.t("summary_cases"), [self.summary_row(runs, _main(runs), True) for runs in own])
            )
        for runs in self.runs:
            names = [name for name in runs.strategies if alone or runs not in own or name != _main(runs)]
            key = "summary_others" if runs in own and not alone else "summary_strategies"
            if names:
                rows = [self.summary_row(runs, name, False) for name in names]
                groups.append((self.t(key, case=runs.name), rows))
        blocks = [
            (
                self.t(heading) if heading else "",
                [self.heading(o) for o in outcomes],
                ["insincere" in o for o in outcomes],
            )
            for heading, outcomes in COLUMNS
        ]
        looks = [(index == 0, flag) for _, _, flags in blocks for index, flag in enumerate(flags)]
        return {"blocks": blocks, "groups": groups, "looks": looks, "width": 1 + len(looks)}

    def heading(self, outcome: str) -> str:
        if outcome in SHORT:
            return self.t(SHORT[outcome])
        name = text(f"summary.{outcome}", self.lang)
        unit = self.money_unit() if outcome == _MONEY else ""
        return self.t("with_unit", name=name, unit=unit) if unit else name

    def money_unit(self) -> str:
        """The unit of public money where all amounts have the same, so that the heading can say it once."""
        found = [runs.of(name) for runs in self.runs for name in runs.strategies]
        units = {_unit(self.number(value, _MONEY)) for rows in found for value in _quantiles(rows, _MONEY)}
        return units.pop().strip() if len(units) == 1 else ""

    def summary_row(self, runs: _Runs, name: str, with_case: bool) -> dict[str, Any]:
        rows, label = runs.of(name), self.strategy_names_of(runs)[name]
        return {
            "anchor": f"case-{self.runs.index(runs) + 1}",
            "name": runs.name if with_case else label,
            "strategy": label if with_case else "",
            "marks": [
                (str(legality), text(f"legality.{legality}", self.lang))
                for legality in (Legality.UNLAWFUL, Legality.RESTRICTED)
                if _instruments_that_are(runs.strategies[name], legality)
            ],
            "cells": [
                self.published_cell(runs) if o == "published" else self.summary_cell(rows, o)
                for _, outcomes in COLUMNS
                for o in outcomes
            ],
        }

    def summary_cell(self, rows: pd.DataFrame, outcome: str) -> tuple[str, list[str]]:
        """The median; in small type the range over seeds, and how many seeds have a value where not all have."""
        total, n = len(rows), int(rows[outcome].notna().sum())
        if unit_of_outcome(outcome) == "0 or 1":
            return f"{_count(rows, outcome)}/{total}", []
        censored = outcome in CENSORED
        always = outcome == "weeks_to_80"
        count = self.t("reached_of" if censored else "n_of", n=n, total=total)
        counted = [count] if always or n < total else []
        if n == 0:
            return missing(outcome, self.lang), counted
        low, median, high = (self.number(value, outcome) for value in _quantiles(rows, outcome))
        if len({_unit(value) for value in (low, median, high)}) == 1:  # then the median alone says it
            low, high = (_UNIT.sub("", value) for value in (low, high))
        if outcome in _UNIT_IN_HEADING or (outcome == _MONEY and self.money_unit()):
            median = _UNIT.sub("", median)
        plain = re.fullmatch(r"[\d.,]+", low + high)
        spread = self.t("close_range", low=low, high=high) if plain else between(low, high, self.lang)
        return median, [*([spread] if low != high else []), *counted]

    def published_cell(self, runs: _Runs) -> tuple[str, list[str]]:
        if runs.case is None:
            return "—", []
        claims = _payment_claims(runs)
        written = self.t("list_separator").join(published_value(claim, self.lang) for claim in claims)
        return (written, [self.t("with_caveats")]) if written else (self.t("unpublished"), [])

    def marks(self) -> list[tuple[str, str, str]]:
        """What the marks in the table mean: kind, word and sentence of each that occurs."""
        strategies = [s for runs in self.runs for s in runs.strategies.values()]
        return [
            (str(legality), text(f"legality.{legality}", self.lang), self.t(f"{legality}_banner"))
            for legality in (Legality.UNLAWFUL, Legality.RESTRICTED)
            if any(_instruments_that_are(s, legality) for s in strategies)
        ]

    def overview(self) -> list[dict[str, str]]:
        if len(self.runs) < 2:
            return []
        main = [(runs, _main(runs)) for runs in self.runs]
        rows = [(self.tidy["case"] == r.id) & (self.tidy["strategy"] == s) for r, s in main]
        figure = cases_side_by_side(
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
        return {
            "figure": _image(figure, self.t("figure_paired_alt")),
            "n": len(self.comparisons),
            "note": self.t("differences_note", n=len(self.comparisons)),
            "pairs": [self.pair(a, b) for a, b in dict.fromkeys((c.a, c.b) for c in self.comparisons)],
        }

    def pair(self, a: str, b: str) -> dict[str, Any]:
        """All comparisons of two strategies: rows of the table, and sentences."""
        found = [c for c in self.comparisons if (c.a, c.b) == (a, b)]
        names = {key: self.strategy_names.get(name, name) for key, name in (("a", a), ("b", b))}
        places = {case for c in found for case in c.cases}
        return {
            "title": text("figure.a_minus_b", self.lang).format(**names),
            "cases": self.t("list_separator").join(r.name for r in self.runs if r.id in places) or "—",
            "rows": [self.difference_row(c) for c in found],
            "verdicts": [c.verdict(self.lang, name_a=names["a"], name_b=names["b"]).strip() for c in found],
        }

    def difference_row(self, c: PairedDifference) -> dict[str, Any]:
        def signed(value: float) -> str:
            if np.isinf(value):
                return text("verdict.beyond_later" if value > 0 else "verdict.beyond_earlier", self.lang)
            return number(value, unit_of_outcome(c.outcome), self.lang, difference=True)

        interval = between(signed(c.low), signed(c.high), self.lang)
        return {
            "verdict": self.finding(c),
            "determined": c.determined,
            "outcome": text(f"summary.{c.outcome}", self.lang),
            "difference": signed(c.difference),
            "interval": interval if c.n_pairs else text("number.missing", self.lang),
            "ahead": f"{round(c.share_ahead * c.n_pairs) if c.n_pairs else 0}/{c.n_pairs}",
            "ties": str(c.ties),
            "left_out": str(c.n_dropped + c.n_unpaired),
            "effect": number(c.effect_size, "1", self.lang, difference=True)
            if np.isfinite(c.effect_size)
            else "—",
        }

    def finding(self, c: PairedDifference) -> str:
        """The verdict in a few words; the sentences say it in full."""
        if c.n_pairs and c.ties == c.n_pairs and not are_survivors(c.n_pairs, c.n_dropped):
            return self.t("finding_identical")
        if not c.determined:
            few, survivors = c.n_pairs < MINIMUM_PAIRS, are_survivors(c.n_pairs, c.n_dropped)
            why = "too_few" if few else "survivors" if survivors else "undetermined"
            return self.t(f"finding_{why}")
        first = (c.difference < 0) if c.direction is Direction.LOWER else (c.difference > 0)
        name = c.a if first else c.b
        neutral = c.direction is Direction.NEUTRAL
        key = "finding_higher" if neutral else "finding_earlier" if c.censored else "finding_ahead"
        return self.t(key, name=self.strategy_names.get(name, name))

    def what_is_not_known(self) -> dict[str, Any] | None:
        """Chance and ignorance of every strategy, and differences under every set of parameters."""
        found, names = self.unknown, self.strategy_names
        if found is None:
            return None
        pairs = dict.fromkeys((d.a, d.b) for d in found.differences)
        return {
            "title": text("ignorance.title", self.lang).format(sets=found.sets, seeds=found.seeds),
            "note": text("ignorance.note" if pairs else "ignorance.note_levels", self.lang),
            "levels": list(level_rows(found, names, self.lang)),
            "head": difference_head(
                text("ignorance.first", self.lang), text("ignorance.second", self.lang), self.lang
            ),
            "pairs": [
                {
                    "title": text("figure.a_minus_b", self.lang).format(a=names[a], b=names[b]),
                    "rows": list(difference_rows(found, a, b, names, self.lang)),
                }
                for a, b in pairs
            ],
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
            "title": self.t("strategy_called", strategy=name),
            "text": "".join(sentences).strip(),
            "instruments": self.instruments_sentence(runs.strategies[strategy]).strip(),
            "legality": list(self.legality(runs.strategies[strategy])),
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
        claims = _payment_claims(runs)
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
        n = int((stage == Stage.DROPPED).sum())
        return [self.t("dropped", n=n)] if n else []

    def instruments_sentence(self, strategy: Strategy | None) -> str:
        if strategy is None:
            return self.t("instruments_unknown")
        names = [self.instrument_name(strategy, name) for name in _in_use(strategy)]
        if not names:
            return self.t("instruments_none")
        return self.t("instruments_used", list=self.t("instrument_separator").join(names))

    def instrument_name(self, strategy: Strategy, name: str) -> str:
        label, legality = instrument_name(strategy, name, self.lang), strategy.legality(name)
        if legality is Legality.LAWFUL:
            return label
        return self.t("with_legality", name=label, legality=text(f"legality.{legality}", self.lang))

    def legality(self, strategy: Strategy | None) -> Iterator[tuple[str, str, str]]:
        """Kind, word and sentence about the unlawful instruments of a strategy, and about those the law restricts."""
        for legality in (Legality.UNLAWFUL, Legality.RESTRICTED):
            found = _instruments_that_are(strategy, legality)
            names = [instrument_name(strategy, name, self.lang) for name in found] if strategy else []
            if names:
                listed = self.t("instrument_separator").join(names)
                yield (
                    str(legality),
                    text(f"legality.{legality}", self.lang),
                    self.t(f"contains_{legality}", list=listed),
                )

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
        if unit_of_outcome(outcome) == "0 or 1":
            return self.t("yes_of", n=_count(rows, outcome), total=total), ""
        low, median, high = (self.number(value, outcome) for value in _quantiles(rows, outcome))
        count = self.t("reached_of" if outcome in CENSORED else "n_of", n=n, total=total)
        if n == 0:
            return missing(outcome, self.lang), count
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
        use, legality = strategy.uses[name], strategy.legality(name)
        own = name in strategy.own
        purpose = self.t("family_own") if own else text(f"family.{_family(name)}", self.lang)
        start, end = use.start_week, use.end_week
        weeks = (
            self.t("from_week", start=start)
            if end >= FOREVER
            else self.t("from_until", start=start, end=end - 1)
        )
        return {
            "name": instrument_name(strategy, name, self.lang),
            "purpose": purpose,
            "intensity": f"{use.intensity:.2f}",
            "weeks": weeks,
            "kind": str(legality),
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


def _unit(written: str) -> str:
    """What stands behind the last digit of a written number."""
    found = _UNIT.search(written)
    return found[0] if found else ""


def _label(strategy: Strategy, lang: str) -> str:
    return strategy.zh if lang == "zh" else strategy.en


def _shipped(name: str) -> Strategy | None:
    try:
        return load_strategy(name)
    except ScenarioError:
        return None


def _main(runs: _Runs) -> str:
    """The strategy that stands for a case where there is room for one: its own, else the first."""
    if runs.case is not None and _has_own(runs):
        return runs.case.strategy.id
    return next(iter(runs.strategies))


def _in_use(strategy: Strategy) -> list[str]:
    return [name for name, use in strategy.uses.items() if use.intensity > 0]


def _family(name: str) -> str:
    return INSTRUMENTS[Instrument[name.upper()]].family


def _instruments_that_are(strategy: Strategy | None, legality: Legality) -> list[str]:
    """Instruments in use that are unlawful, or that the law restricts."""
    return [name for name, found in strategy.not_lawful().items() if found is legality] if strategy else []


def _is_unlawful(strategy: Strategy | None) -> bool:
    return bool(_instruments_that_are(strategy, Legality.UNLAWFUL))


def _has_own(runs: _Runs) -> bool:
    """Whether the case was run with the strategy its file gives it."""
    return runs.case is not None and runs.case.strategy.id in runs.strategies


def _payment_claims(runs: _Runs) -> list[Claim]:
    return [c for c in runs.case.claims if c.outcome == "payment_18_months"] if runs.case else []


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
