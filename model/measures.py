"""What is measured, by name: weekly outcomes and the summary of a run, with label, unit and definition.

The insincere share stands beside every consent figure. Money is in yuan, rates are shares of the group named.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import IntEnum, IntFlag

from agents.categories import Kind, Stage
from model.directions import nearest


class Outcome(IntEnum):
    """Position of each weekly outcome in the engine's series."""

    STAGE = 0
    HEADLINE_CONSENT = 1
    HEADLINE_CONSENT_AREA = 2
    VALID_CONSENT = 3
    VALID_CONSENT_AREA = 4
    INSINCERE_SHARE = 5
    SUPPORT_SHARE = 6
    MEAN_SUPPORT = 7
    MEAN_VOICED = 8
    WEAKEST_BUILDING_CONSENT = 9
    WEAKEST_STAIRWELL_CONSENT = 10
    RISERS_READY = 11
    RISERS_COMPLETED = 12
    STRUCTURES_LEFT = 13
    WITHDRAWALS = 14
    PLEDGED = 15
    TRUST_OFFICE = 16
    TRUST_COMPANY = 17
    FAIRNESS = 18
    FAIRNESS_SPREAD = 19
    REACTANCE = 20
    ENGAGEMENT = 21
    PAYMENT_RATE = 22
    PAYMENT_RATE_AREA = 23
    PAYMENT_RATE_MONEY = 24
    PAYMENT_TRAILING_YEAR = 25
    ARREARS_YUAN = 26
    COMPANY_PRESENT = 27
    COMPANY_CASH_YUAN = 28
    QUALITY = 29
    INFRASTRUCTURE = 30
    SATISFACTION = 31
    OFFICE_HOURS = 32
    OFFICE_YUAN = 33
    VISITS = 34
    MEETINGS = 35
    SUGGESTIONS_PER_HOUSEHOLD = 36
    SUGGESTIONS_ADOPTED = 37
    OPEN_COMPLAINTS = 38
    COMPLAINTS = 39
    WORKS_PROGRESS = 40
    COMPLAINT_WEEKS = 41
    CONSENT_GAP = 42
    ITEMS_ADOPTED = 43
    PLAN_FIT = 44
    PLAN_YUAN_PER_M2 = 45
    OWN_YUAN_PER_HOUSEHOLD = 46
    DEFECTS = 47
    DELIVERED_QUALITY = 48
    FREED_M2 = 49
    LIFTS_BUILT = 50
    LIFT_BALLOTS = 51
    BUNDLE_TRANSFER_YUAN = 52
    COMPANIES_DISMISSED = 53
    SUITS = 54
    ACQUAINTANCES = 55
    UNSIGNED_NOT_ASKED = 56
    UNSIGNED_WAITING = 57
    UNSIGNED_LOSS = 58
    UNSIGNED_COST = 59
    UNSIGNED_NUISANCE = 60
    UNSIGNED_DISTRUST = 61
    UNSIGNED_PLAN = 62
    UNSIGNED_ABSENCE = 63
    UNSIGNED_PRESSURE = 64
    UNSIGNED_TASTE = 65


@dataclass(frozen=True)
class OutcomeInfo:
    """Label, unit and definition of an outcome."""

    zh: str
    en: str
    unit: str
    definition: str


#: Outcomes that are a category, by its number.
CATEGORIES_MEASURED: dict[Outcome, type[Kind]] = {Outcome.STAGE: Stage}

_O, _Info = Outcome, OutcomeInfo
_WHY = "has not signed, of all households: {}; counted every fourth week and in the last"
_STAGES = ", ".join(f"{stage.value} {stage.name.lower()}" for stage in Stage)

OUTCOMES: dict[Outcome, OutcomeInfo] = {
    _O.STAGE: _Info("阶段", "Stage", f"0–{len(Stage) - 1}", _STAGES),
    _O.HEADLINE_CONSENT: _Info(
        "名义同意率（户数）",
        "Headline consent (households)",
        "share",
        "signed, proxies included, of all households",
    ),
    _O.HEADLINE_CONSENT_AREA: _Info(
        "名义同意率（面积）",
        "Headline consent (area)",
        "share",
        "exclusive area of the signed, proxies included",
    ),
    _O.VALID_CONSENT: _Info(
        "有效同意率（户数）",
        "Valid consent (households)",
        "share",
        "signed by the household itself, of all households",
    ),
    _O.VALID_CONSENT_AREA: _Info(
        "有效同意率（面积）",
        "Valid consent (area)",
        "share",
        "exclusive area of those signed by the household itself",
    ),
    _O.INSINCERE_SHARE: _Info(
        "言不由衷比例",
        "Insincere share",
        "share",
        "signed although private support is below zero, of all households",
    ),
    _O.SUPPORT_SHARE: _Info(
        "私下支持率", "Private support", "share", "private support above zero, of all households"
    ),
    _O.MEAN_SUPPORT: _Info("平均私下态度", "Mean private support", "−1 to 1", "mean of private support"),
    _O.MEAN_VOICED: _Info("平均公开表态", "Mean voiced opinion", "−1 to 1", "mean of voiced opinion"),
    _O.WEAKEST_BUILDING_CONSENT: _Info(
        "最低楼栋同意率", "Consent of the weakest building", "share", "least headline consent of any building"
    ),
    _O.WEAKEST_STAIRWELL_CONSENT: _Info(
        "最低单元同意率",
        "Consent of the weakest stairwell",
        "share",
        "least headline consent of any stairwell",
    ),
    _O.RISERS_READY: _Info(
        "可施工立管比例",
        "Risers ready",
        "share",
        "risers on which every household signed itself or was designed around",
    ),
    _O.RISERS_COMPLETED: _Info(
        "已完成立管比例",
        "Risers completed",
        "share",
        "risers replaced, of all risers; 1 once works end where none is to be replaced",
    ),
    _O.STRUCTURES_LEFT: _Info(
        "剩余违建比例",
        "Structures left",
        "share",
        "structures not removed, of all at the start; none where there were none",
    ),
    _O.WITHDRAWALS: _Info("累计反悔户数", "Withdrawals", "households", "signatures withdrawn so far"),
    _O.PLEDGED: _Info("承诺缴费比例", "Pledged to pay", "share", "pledged to pay the fee, of all households"),
    _O.TRUST_OFFICE: _Info("对街道信任", "Trust in the office", "0 to 1", "mean over households"),
    _O.TRUST_COMPANY: _Info("对物业信任", "Trust in the company", "0 to 1", "mean over households"),
    _O.FAIRNESS: _Info("公平感", "Fairness", "0 to 1", "mean over households; 0.5 is neutral"),
    _O.FAIRNESS_SPREAD: _Info(
        "公平感差异", "Spread of fairness", "0 to 1", "standard deviation over households"
    ),
    _O.REACTANCE: _Info("逆反", "Reactance", "0 and up", "mean over households"),
    _O.ENGAGEMENT: _Info("参与习惯", "Engagement", "0 to 1", "mean over households"),
    _O.PAYMENT_RATE: _Info(
        "缴费率（户数）",
        "Payment rate (households)",
        "share",
        "households that paid the last bill, of those billed; none where nobody is billed",
    ),
    _O.PAYMENT_RATE_AREA: _Info(
        "缴费率（面积）",
        "Payment rate (area)",
        "share",
        "the same by exclusive area; none where nobody is billed",
    ),
    _O.PAYMENT_RATE_MONEY: _Info(
        "缴费率（金额）",
        "Payment rate (money)",
        "share",
        "yuan of the last bill paid, of yuan billed; none where nobody is billed",
    ),
    _O.PAYMENT_TRAILING_YEAR: _Info(
        "近一年缴费率",
        "Payment rate, trailing year",
        "share",
        "bills paid over bills issued in the last 52 weeks; none where none was issued",
    ),
    _O.ARREARS_YUAN: _Info("累计欠费", "Arrears", "yuan", "unpaid bills of all households"),
    _O.COMPANY_PRESENT: _Info(
        "物业在场", "Company present", "0 or 1", "a property company serves the compound"
    ),
    _O.COMPANY_CASH_YUAN: _Info("物业现金", "Company cash", "yuan", "cash of the company since it came"),
    _O.QUALITY: _Info("服务质量", "Service quality", "0 to 1", "quality of service"),
    _O.INFRASTRUCTURE: _Info("设施水平", "Infrastructure", "0 to 1", "state of roads, pipes, roofs, walls"),
    _O.SATISFACTION: _Info(
        "满意度", "Satisfaction", "0 to 1", "mean of service quality, infrastructure and trust in the office"
    ),
    _O.OFFICE_HOURS: _Info(
        "累计工时", "Organiser hours", "hours", "person-hours of the office and its helpers so far"
    ),
    _O.OFFICE_YUAN: _Info(
        "累计公共支出",
        "Public money",
        "yuan",
        "staff hours, devices, works, supervision, compensation, subsidies, income advanced and not paid back",
    ),
    _O.VISITS: _Info("累计走访", "Visits", "visits", "home visits so far"),
    _O.MEETINGS: _Info("累计会议", "Meetings", "meetings", "meetings so far"),
    _O.SUGGESTIONS_PER_HOUSEHOLD: _Info(
        "户均建议数", "Suggestions per household", "per household", "suggestions so far over households"
    ),
    _O.SUGGESTIONS_ADOPTED: _Info(
        "建议采纳率",
        "Suggestions adopted",
        "share",
        "suggestions adopted of all made so far; none where none was made",
    ),
    _O.OPEN_COMPLAINTS: _Info("未决投诉", "Open complaints", "complaints", "complaints not yet settled"),
    _O.COMPLAINTS: _Info("累计投诉", "Complaints", "complaints", "complaints so far"),
    _O.WORKS_PROGRESS: _Info("施工进度", "Works progress", "share", "share of works done"),
    _O.COMPLAINT_WEEKS: _Info(
        "累计未决投诉周数",
        "Weeks of open complaints",
        "weeks",
        "open complaints summed over weeks, per household",
    ),
    _O.CONSENT_GAP: _Info(
        "同意与支持之差",
        "Consent gap",
        "share, signed",
        "headline consent minus private support; negative where more support than sign",
    ),
    _O.ITEMS_ADOPTED: _Info("方案项目数", "Items in the plan", "items", "menu items the plan holds"),
    _O.PLAN_FIT: _Info("方案契合度", "Plan fit", "share", "share of households' wishes the plan meets, mean"),
    _O.PLAN_YUAN_PER_M2: _Info(
        "方案造价", "Cost of the plan", "yuan/m²", "per m² of exclusive area, all sources"
    ),
    _O.OWN_YUAN_PER_HOUSEHOLD: _Info(
        "户均自付", "Own cost", "yuan/household", "what residents pay of the plan as it stands, mean"
    ),
    _O.DEFECTS: _Info(
        "缺陷比例", "Defects", "share", "defective share of the whole works, of what has been built so far"
    ),
    _O.DELIVERED_QUALITY: _Info(
        "交付质量", "Delivered quality", "share", "as inspected at the end of works; 0 before"
    ),
    _O.FREED_M2: _Info("腾出空间", "Space freed", "m²", "by structures that are gone"),
    _O.LIFTS_BUILT: _Info("加装电梯数", "Lifts built", "lifts", "running so far"),
    _O.LIFT_BALLOTS: _Info("加梯表决次数", "Ballots on lifts", "ballots", "held in stairwells so far"),
    _O.BUNDLE_TRANSFER_YUAN: _Info(
        "打包调剂资金", "Money from the bundle", "yuan", "received from other compounds of the bundle so far"
    ),
    _O.COMPANIES_DISMISSED: _Info(
        "解聘物业次数", "Companies dismissed", "companies", "by a vote of the owners, so far"
    ),
    _O.SUITS: _Info("欠费诉讼数", "Suits for arrears", "suits", "brought by the company so far"),
    _O.ACQUAINTANCES: _Info("户均相识数", "Acquaintances", "ties", "personal ties of a household, mean"),
    _O.UNSIGNED_NOT_ASKED: _Info(
        "未签：无人问过",
        "Unsigned: not asked",
        "share",
        _WHY.format("nobody has visited or asked, since the last missed gate"),
    ),
    _O.UNSIGNED_WAITING: _Info(
        "未签：支持但观望", "Unsigned: in favour", "share", _WHY.format("private support above zero")
    ),
    _O.UNSIGNED_LOSS: _Info(
        "未签：违建、装修或加梯损失",
        "Unsigned: loss",
        "share",
        _WHY.format(
            "what stands out is the loss of a structure, of a fresh interior, or by a lift on a low floor"
        ),
    ),
    _O.UNSIGNED_COST: _Info(
        "未签：自付或缴费负担",
        "Unsigned: cost",
        "share",
        _WHY.format("what stands out is its own part of the cost, or the fee it is to pledge"),
    ),
    _O.UNSIGNED_NUISANCE: _Info(
        "未签：施工扰民",
        "Unsigned: nuisance",
        "share",
        _WHY.format("what stands out is the nuisance of the works"),
    ),
    _O.UNSIGNED_DISTRUST: _Info(
        "未签：不信兑现",
        "Unsigned: distrust",
        "share",
        _WHY.format("what stands out is that it does not believe the promise"),
    ),
    _O.UNSIGNED_PLAN: _Info(
        "未签：方案不合",
        "Unsigned: plan",
        "share",
        _WHY.format("what stands out is that the plan misses its wishes"),
    ),
    _O.UNSIGNED_ABSENCE: _Info(
        "未签：不住在此",
        "Unsigned: absence",
        "share",
        _WHY.format("what stands out is that it does not live there"),
    ),
    _O.UNSIGNED_PRESSURE: _Info(
        "未签：施压或强拆",
        "Unsigned: pressure",
        "share",
        _WHY.format("what stands out is reactance or resentment"),
    ),
    _O.UNSIGNED_TASTE: _Info(
        "未签：本不想改",
        "Unsigned: taste",
        "share",
        _WHY.format("what stands out is that it likes the project less than others, all else equal"),
    ),
}

#: Why those who have not signed have not: with headline consent they add up to 1.
REASONS = tuple(outcome for outcome in Outcome if outcome.name.startswith("UNSIGNED_"))

#: What takes a pass over all households for itself, beside trust in the office, which pages draw every week.
MEANS = (
    Outcome.MEAN_SUPPORT,
    Outcome.MEAN_VOICED,
    Outcome.TRUST_COMPANY,
    Outcome.FAIRNESS,
    Outcome.FAIRNESS_SPREAD,
    Outcome.REACTANCE,
    Outcome.ENGAGEMENT,
    Outcome.SATISFACTION,
    Outcome.PLAN_FIT,
    Outcome.PLAN_YUAN_PER_M2,
)


#: What is counted building by building, riser by riser or structure by structure.
PLACES = (
    Outcome.WEAKEST_BUILDING_CONSENT,
    Outcome.WEAKEST_STAIRWELL_CONSENT,
    Outcome.RISERS_READY,
    Outcome.STRUCTURES_LEFT,
)


class Weekly(IntFlag):
    """What is measured in every week beside what is at hand: a summary reads it in the first week and the last only."""

    NOTHING = 0
    TRUST = 1  # TRUST_OFFICE
    MEANS = 3  # `MEANS`, and trust with them
    REASONS = 4  # `REASONS`
    PLACES = 8  # `PLACES`
    ALL = 15

    @property
    def left_out(self) -> tuple[Outcome, ...]:
        """The outcomes that are NaN between the first week and the last."""
        return tuple(outcome for part, outcomes in _PARTS if part not in self for outcome in outcomes)


_TRUST = (Outcome.TRUST_OFFICE,)
_PARTS = ((Weekly.TRUST, _TRUST), (Weekly.MEANS, MEANS), (Weekly.REASONS, REASONS), (Weekly.PLACES, PLACES))


def weekly_for(outcomes: Collection[str]) -> Weekly:
    """What must be measured in every week for these weekly outcomes to be known in every week."""
    names = {outcome.upper() for outcome in outcomes}
    found = Weekly.NOTHING
    for part, of in _PARTS:
        if names & {outcome.name for outcome in of}:
            found |= part
    return found


#: Summary of a run: derived from the weekly series. "Not reached" and a share of nothing are NaN.
SUMMARY: dict[str, OutcomeInfo] = {
    "final_headline_consent": _Info("期末名义同意率", "Final headline consent", "share", "at the horizon"),
    "final_valid_consent": _Info("期末有效同意率", "Final valid consent", "share", "at the horizon"),
    "final_insincere_share": _Info("期末言不由衷比例", "Final insincere share", "share", "at the horizon"),
    "final_support_share": _Info("期末私下支持率", "Final private support", "share", "at the horizon"),
    "weeks_to_50": _Info(
        "达到50%的周数", "Weeks to 50 %", "weeks", "first week with headline consent ≥ 0.5, heads and area"
    ),
    "weeks_to_80": _Info(
        "达到80%的周数", "Weeks to 80 %", "weeks", "first week with headline consent ≥ 0.8, heads and area"
    ),
    "weeks_to_95": _Info(
        "达到95%的周数", "Weeks to 95 %", "weeks", "first week with headline consent ≥ 0.95, heads and area"
    ),
    "gate_week": _Info(
        "通过启动门槛的周", "Week the gate was passed", "week", "programme gate and legal vote both passed"
    ),
    "headline_consent_at_gate": _Info(
        "过门槛时名义同意率", "Headline consent at the gate", "share", "in the gate week"
    ),
    "valid_consent_at_gate": _Info(
        "过门槛时有效同意率", "Valid consent at the gate", "share", "in the gate week"
    ),
    "insincere_share_at_gate": _Info(
        "过门槛时言不由衷比例", "Insincere share at the gate", "share", "in the gate week"
    ),
    "handover_week": _Info("进入长效管理的周", "Week of handover", "week", "management stage begins"),
    "risers_completed": _Info("完成立管比例", "Risers completed", "share", "at the horizon"),
    "payment_18_months": _Info(
        "移交后18个月缴费率",
        "Payment 18 months after handover",
        "share",
        "mean payment rate of households in weeks 70–82 after handover; none where nobody is billed",
    ),
    "payment_before": _Info(
        "改造前缴费率",
        "Payment before",
        "share",
        "mean over the weeks billed of the first 16; none where nobody is billed",
    ),
    "company_present_end": _Info("期末物业在场", "Company present at the end", "0 or 1", "at the horizon"),
    "company_left": _Info(
        "物业曾撤场", "A company left", "0 or 1", "at any time after handover, dismissals included"
    ),
    "trust_office_change": _Info(
        "对街道信任变化", "Change of trust in the office", "−1 to 1", "horizon minus first week"
    ),
    "satisfaction_end": _Info("期末满意度", "Satisfaction at the end", "0 to 1", "at the horizon"),
    "arrears_yuan_end": _Info("期末欠费", "Arrears at the end", "yuan", "at the horizon"),
    "office_hours_total": _Info("总工时", "Organiser hours", "hours", "whole run"),
    "hours_per_valid_signature": _Info(
        "每份有效签约工时",
        "Hours per valid signature",
        "hours",
        "hours up to the gate over signatures given by households themselves",
    ),
    "office_yuan_total": _Info("总公共支出", "Public money", "yuan", "whole run"),
    "withdrawals": _Info("反悔户数", "Withdrawals", "households", "whole run"),
    "suggestions_per_household": _Info(
        "户均建议数", "Suggestions per household", "per household", "whole run"
    ),
    "suggestions_adopted": _Info(
        "建议采纳率", "Suggestions adopted", "share", "whole run; none where none was made"
    ),
    **{
        o.name.lower(): _Info(
            f"期末{OUTCOMES[o].zh}", f"{OUTCOMES[o].en}, at the end", "share", "at the horizon"
        )
        for o in REASONS
    },
}


_BY_NAME = {outcome.name.lower(): outcome for outcome in Outcome}


def outcome_called(name: str, beside: Iterable[str] = ()) -> Outcome:
    """A weekly outcome by its name, in small letters as in `docs/odd.md`.

    beside : names that are known as well, for the message
    Raises KeyError with the nearest of the known names, and all of them.
    """
    found = _BY_NAME.get(name)  # asked for every outcome in every week of a Mesa run
    if found is None:
        known = [*_BY_NAME, *beside]
        raise KeyError(f"no outcome {name!r}{nearest(name, known)}; outcomes: {', '.join(known)}")
    return found
