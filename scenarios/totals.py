"""What is counted of a district as a whole, by name: label, unit and definition.

Shares of households weigh each compound by its households, so that they are shares of the district's households. The
insincere share stands beside every consent figure. How each is computed: `scenarios.district`.
"""

from model.brought import Brought, brought
from model.measures import OutcomeInfo as _Info

#: Totals of a district at the end.
TOTALS: dict[str, _Info] = {
    "compounds_past_gate": _Info("已过门槛的小区", "Compounds past the gate", "compounds", "at any time"),
    "households_past_gate": _Info(
        "已过门槛小区的户数", "Households in compounds past the gate", "households", "at any time"
    ),
    "share_past_gate": _Info(
        "占全部住户", "Their share of all households", "share", "of the district's households"
    ),
    "headline_consent": _Info(
        "名义同意率（全部住户）",
        "Headline consent, all households",
        "share",
        "signed, proxies included; compounds before the gate count too",
    ),
    "valid_consent": _Info(
        "有效同意率（全部住户）", "Valid consent, all households", "share", "signed by the household itself"
    ),
    "insincere_share": _Info(
        "言不由衷比例（全部住户）",
        "Insincere share, all households",
        "share",
        "signed although private support is below zero",
    ),
    "support_share": _Info(
        "私下支持率（全部住户）", "Private support, all households", "share", "private support above zero"
    ),
    "payment_rate": _Info(
        "缴费率（被收费的住户）",
        "Payment rate of households billed",
        "share",
        "households that paid the last bill, of those billed",
    ),
    "compounds_billed": _Info(
        "收取物业费的小区", "Compounds that bill", "compounds", "in a trial without bills left out"
    ),
    "compounds_with_company": _Info(
        "有物业在场的小区", "Compounds with a company", "compounds", "in a trial without bills too"
    ),
    "companies_left": _Info(
        "物业曾撤场的小区",
        "Compounds a company left",
        "compounds",
        "at any time after handover, dismissals included",
    ),
    "structures_removed": _Info(
        "拆除违建（约）",
        "Structures removed, about",
        "structures",
        "space freed over the mean size of a structure",
    ),
    "structures_removed_share": _Info(
        "占全部违建", "Their share of all structures", "share", "compounds weighted by households"
    ),
    "freed_m2": _Info("腾出空间", "Space freed", "m²", "by structures that are gone"),
    "lifts_built": _Info("加装电梯", "Lifts built", "lifts", "running at the end"),
    "lifts_per_100_buildings": _Info(
        "每百栋楼加装电梯", "Lifts per 100 buildings", "1", "of all buildings of the district"
    ),
    "office_hours": _Info(
        "投入工时（含党员与志愿者）",
        "Hours worked, members and volunteers too",
        "hours",
        "person-hours of the office and its helpers, whole run",
    ),
    "hours_available": _Info(
        "街道可用工时", "Staff hours the office has", "hours", "whole run, helpers not counted"
    ),
    "public_money": _Info("公共支出", "Public money", "yuan", "whole run"),
    "bundle_moved": _Info(
        "肥瘦搭配调剂的资金",
        "Money moved between compounds by bundling",
        "yuan",
        "what compounds received from their bundles, bill by bill, whole run",
    ),
}

#: Units of own outcomes whose mean over households says something of the whole; a mean of counts or weeks does not.
MEANT = ("share", "1")


def totals() -> dict[str, _Info]:
    """`TOTALS`, and those of own outcomes as long as they are brought."""
    return {**TOTALS, **own_totals(brought())}


def own_totals(own: Brought) -> dict[str, _Info]:
    """Totals of own outcomes: the mean over households, and of how many compounds it is."""
    found = {}
    for each in own.outcomes.values():
        if each.unit in MEANT:
            labels = f"{each.zh}（按户平均）", f"{each.en}, mean over households"
            found[each.name] = _Info(
                *labels, each.unit, "over the households of compounds with a value, at the end"
            )
            labels = f"{each.zh}：有数值的小区", f"{each.en}: compounds with a value"
            found[counted_of(each.name)] = _Info(*labels, "compounds", "at the end")
    return found


def counted_of(name: str) -> str:
    """What the number of compounds is called that have a value of an own outcome."""
    return f"{name}_compounds"


def weeks_of(instrument: str) -> tuple[str, str]:
    """Columns of an own instrument: weeks in which it was to act, and weeks of these in which it rested."""
    return f"{instrument}_weeks", f"{instrument}_weeks_rested"


def with_own_totals(groups: tuple[tuple[str, ...], ...]) -> tuple[tuple[str, ...], ...]:
    """Groups of totals as tables show them, and a last one of own outcomes as long as they are brought."""
    own = tuple(own_totals(brought()))
    return (*groups, own) if own else groups
