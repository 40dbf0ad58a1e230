"""Measure the table of `docs/validation.md` again and print it: `python tools/patterns.py` (about a minute).

Six strategies on Wufuyuan, 50 seeds, medians with the 5–95 % range over seeds.
"""

import numpy as np
import pandas as pd

from model.engine import simulate
from model.measures import Outcome
from model.summary import mean_known
from scenarios.loading import load_case

STRATEGIES = (
    "information_only",
    "visible_example",
    "deliberation_example_compensation",
    "pressure",
    "full_bundle",
    "hardware_only",
)
SEEDS = range(50)
LONG_WEEKS = 416

ROWS = {
    "weeks to 80 %": ("weeks_to_80", 0),
    "headline consent at the gate": ("headline_consent_at_gate", 2),
    "insincere share at the gate": ("insincere_share_at_gate", 3),
    "hours per valid signature": ("hours_per_valid_signature", 1),
    "headline consent, week 155": ("final_headline_consent", 2),
    "risers completed": ("risers_completed", 2),
    "suggestions per household": ("suggestions_per_household", 2),
    "suggestions adopted": ("suggestions_adopted", 2),
    "change of trust in the office": ("trust_office_change", 3),
    "payment 18 months after handover": ("payment_18_months", 2),
}


def spread(values: pd.Series, digits: int) -> str:
    """Median, 5–95 % range and, where runs are missing, how many have a value."""
    known = values.dropna()
    if known.empty:
        return "– (n = 0)"
    low, middle, high = np.quantile(known, (0.05, 0.5, 0.95))
    text = f"{middle:.{digits}f} [{low:.{digits}f}, {high:.{digits}f}]"
    return text if len(known) == len(values) else f"{text} (n = {len(known)})"


def main() -> None:
    """Print the table in Markdown."""
    case = load_case("jinjiang")
    scenarios = [case.scenario(strategy=name) for name in STRATEGIES]
    results = simulate(scenarios, SEEDS)
    by_strategy = dict(list(results.summary().groupby("strategy")))
    longer = [s.model_copy(update={"horizon_weeks": LONG_WEEKS}) for s in scenarios]
    end = simulate(longer, SEEDS)
    last_year = mean_known(end.series[:, -52:, Outcome.PAYMENT_RATE])
    end_by_strategy = dict(list(end.summary().assign(last_year=last_year).groupby("strategy")))

    print("| | " + " | ".join(f"`{name}`" for name in STRATEGIES) + " |")
    print("|---" * (len(STRATEGIES) + 1) + "|")
    for label, (outcome, digits) in ROWS.items():
        print(
            f"| {label} | " + " | ".join(spread(by_strategy[n][outcome], digits) for n in STRATEGIES) + " |"
        )
    support, gate = results.series[:, :, Outcome.SUPPORT_SHARE], results.summary()["gate_week"]
    at_gate = pd.Series([support[i, int(w)] if np.isfinite(w) else np.nan for i, w in enumerate(gate)])
    groups = results.runs["strategy"]
    print(
        "| private support at the gate | "
        + " | ".join(spread(at_gate[groups == n], 2) for n in STRATEGIES)
        + " |"
    )
    for label, tables in (("week 155", by_strategy), (f"{LONG_WEEKS} weeks", end_by_strategy)):
        shares = (f"{tables[n]['company_left'].mean():.2f}" for n in STRATEGIES)
        print(f"| a company left, {label} | " + " | ".join(shares) + " |")
    paid = (spread(end_by_strategy[n]["last_year"], 2) for n in STRATEGIES)
    print(f"| {LONG_WEEKS} weeks: payment, last year | " + " | ".join(paid) + " |")


if __name__ == "__main__":
    main()
