"""Every behavioural coefficient of the model, declared once.

A declaration carries the value before calibration, the unit, the plausible range (for sweeps and sliders), the range
the program accepts, a label in both languages, the evidence grade and the source. Tables, sliders, sweep bounds and the
JSON Schema are derived from it. The default of a coefficient is its calibrated value (`model/calibrated.py`); a
mechanism that was added later is declared at the value at which it does nothing.

Grades: A measured, B analogue (measured elsewhere or on something similar), C judgement.
Most are C. A judgement is not a finding; sweep it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field
from pydantic.fields import FieldInfo

from model.calibrated import CALIBRATED
from model.refusing import Input

_JUDGEMENT = "judgement"


def parameter(
    declared: float,
    *,
    zh: str,
    en: str,
    plausible: tuple[float, float],
    unit: str = "1",
    allowed: tuple[float, float] = (0.0, 20.0),
    symbol: str = "",
    neutral: bool = False,
    grade: str = "C",
    source: str = _JUDGEMENT,
) -> Any:
    """Declare one coefficient.

    declared : its value before calibration, which is the default of what is not calibrated
    neutral : that value says nothing of the evidence: at it, a mechanism that was added later does nothing
    plausible : range of sweeps and sliders; allowed : range a file may give; symbol : of the literature, if it has one
    zh, en : labels; grade, source : evidence for the declared value
    """
    return Field(
        declared,
        ge=allowed[0],
        le=allowed[1],
        title=en,
        json_schema_extra={
            "unit": unit,
            "declared": declared,
            "neutral": neutral,
            "plausible": list(plausible),
            "symbol": symbol,
            "title_zh": zh,
            "grade": grade,
            "source": source,
        },
    )


class Parameters(Input):
    """The coefficients of the decision rules and of the weekly processes, one value each.

    Frozen; unknown names are refused. `Parameters()` holds the calibrated values, `Parameters.declared()` those before
    calibration. `Parameters().record()` is the form the engine reads.
    """

    #: Built once its defaults are taken, below.
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, defer_build=True)
    # fmt: off

    # -- what the project is worth to a household ---------------------------------------------------------
    baseline_utility: float = parameter(
        -0.35, symbol="w0", plausible=(-0.525, -0.175), allowed=(-3, 3), zh="基础效用",
        en="Baseline utility of the project",
    )
    taste_scale: float = parameter(
        0.6, plausible=(0.3, 0.9), zh="个人偏好权重", en="Weight of personal taste",
    )
    taste_mean: float = parameter(
        0.62, plausible=(0.31, 0.93), allowed=(-3, 3), zh="个人偏好均值", en="Mean of personal taste",
    )
    taste_sd: float = parameter(
        0.40, plausible=(0.2, 0.6), zh="个人偏好标准差", en="Standard deviation of personal taste",
    )
    initial_support_sd: float = parameter(
        0.15, plausible=(0.05, 0.3), zh="初始态度噪声", en="Noise of the first opinion around utility",
    )
    benefit_weight: float = parameter(
        1.2, symbol="w_B", plausible=(0.6, 1.8), zh="收益权重", en="Weight of credible benefit",
    )
    fit_weight: float = parameter(
        0.35, symbol="w_F", plausible=(0.175, 0.525), zh="方案契合权重", en="Weight of plan fit",
    )
    cost_weight: float = parameter(
        0.35, symbol="w_C", plausible=(0.175, 0.525), zh="自付成本权重",
        en="Weight of own cost, per month of income",
    )
    structure_weight: float = parameter(
        0.85, symbol="w_S", plausible=(0.425, 1.275), zh="违建损失权重", en="Weight of losing a structure",
    )
    structure_scale_m2: float = parameter(
        8.0, unit="m²", plausible=(6, 12), allowed=(1, 100), grade="A",
        source="seed K9, K10: 35,000 m² / 4,362", zh="违建参照面积", en="Structure size that counts as one",
    )
    loss_aversion: float = parameter(
        1.95, symbol="λ", plausible=(1.3, 2.25), grade="A", source="Brown et al. 2024; Walasek et al. 2024",
        zh="损失厌恶", en="Loss aversion",
    )
    fresh_interior_weight: float = parameter(
        0.55, symbol="w_K", plausible=(0.275, 0.825), zh="新装修损失权重",
        en="Weight of disturbing a fresh interior",
    )
    nuisance_weight: float = parameter(
        0.35, symbol="w_N", plausible=(0.175, 0.525), zh="施工扰民权重", en="Weight of nuisance",
    )
    pledge_weight: float = parameter(
        0.0, neutral=True, symbol="w_L", plausible=(0, 0.6), zh="缴费承诺的阻力",
        en="Weight of a pledge to pay the fee, for those who do not mean to",
    )
    lift_in_plan: float = parameter(
        0.0, neutral=True, symbol="w_E", plausible=(0, 0.3), zh="方案中加装电梯的权重",
        en="Weight in consent of the lifts that the programme offers: a gain on high floors, a loss on low ones",
    )
    elder_nuisance: float = parameter(
        0.3, symbol="ν", plausible=(0, 0.6), zh="老人对扰民的额外敏感",
        en="Extra sensitivity of elders to nuisance",
    )
    present_bias: float = parameter(
        0.9, symbol="β", plausible=(0.85, 0.97), allowed=(0, 1), grade="B", source="Imai et al. 2021",
        zh="现时偏好折扣", en="Discount of delayed benefit (present bias)",
    )
    present_bias_sd: float = parameter(
        0.03, plausible=(0, 0.06), allowed=(0, 0.3), zh="现时偏好差异", en="Spread of present bias",
    )
    absentee_benefit: float = parameter(
        0.75, plausible=(0.5, 1), allowed=(0, 1), zh="不在住业主收益折扣",
        en="Benefit of an absentee owner relative to a resident",
    )
    example_credibility: float = parameter(
        0.15, plausible=(0, 0.3), allowed=(0, 1), grade="B", source="Güth et al. 2007; Jack & Recalde 2015",
        zh="身边先行者增加的可信度", en="Credibility added by a neighbour's visible first action",
    )
    expected_nuisance: float = parameter(
        0.6, plausible=(0.3, 0.9), allowed=(0, 1), zh="施工扰民程度（未缓解）",
        en="Nuisance of works without mitigation",
    )

    # -- how compounds differ -----------------------------------------------------------------------------
    compound_support_sd: float = parameter(
        0.0, neutral=True, symbol="σ_a", plausible=(0.1, 0.6), allowed=(0, 2), zh="小区间支持度差异",
        en="Spread of the mean taste for the project between compounds",
        source="uptake between 43 villages .192, sd .082; votes from 17 % to 98 % yes (targets H, G4): wide",
    )
    compound_trust_office_sd: float = parameter(
        0.0, neutral=True, plausible=(0.02, 0.15), allowed=(0, 0.5), zh="小区间对街道信任差异",
        en="Spread of initial trust in the office between compounds",
    )
    compound_trust_company_sd: float = parameter(
        0.0, neutral=True, plausible=(0.02, 0.2), allowed=(0, 0.5), zh="小区间对物业信任差异",
        en="Spread of initial trust in the company between compounds",
    )
    compound_free_riders_sd: float = parameter(
        0.0, neutral=True, plausible=(0.02, 0.12), allowed=(0, 0.5), zh="小区间搭便车者差异",
        en="Spread of the share of free riders between compounds",
    )
    compound_structures_log_sd: float = parameter(
        0.0, neutral=True, plausible=(0.2, 0.8), allowed=(0, 2), zh="小区间违建差异",
        en="Spread of the log share of structures between compounds",
    )
    compound_absence_sd: float = parameter(
        0.0, neutral=True, plausible=(0.03, 0.15), allowed=(0, 0.5), zh="小区间自住比例差异",
        en="Spread of the owner-occupied share between compounds",
    )
    compound_elders_sd: float = parameter(
        0.0, neutral=True, plausible=(0.03, 0.12), allowed=(0, 0.5), zh="小区间老龄差异",
        en="Spread of the share of elder households between compounds",
    )
    compound_infrastructure_sd: float = parameter(
        0.0, neutral=True, plausible=(0.02, 0.12), allowed=(0, 0.5), zh="小区间设施差异",
        en="Spread of initial infrastructure between compounds",
    )
    compound_income_log_sd: float = parameter(
        0.0, neutral=True, plausible=(0.1, 0.4), allowed=(0, 2), zh="小区间收入差异",
        en="Spread of the log income level between compounds",
    )
    compound_ties_log_sd: float = parameter(
        0.0, neutral=True, plausible=(0.1, 0.6), allowed=(0, 2), zh="小区间熟人密度差异",
        en="Spread of the log number of ties between compounds",
        source="43 Karnataka villages, an analogue only (targets H)",
    )
    compound_payment_sd: float = parameter(
        0.0, neutral=True, plausible=(0.05, 0.25), allowed=(0, 0.5), zh="小区间改造前缴费差异",
        en="Spread of payment before the works between compounds",
        source="Gejiu 2018: 20–90 % over 142 compounds (targets D5)", grade="B",
    )

    # -- support and voice --------------------------------------------------------------------------------
    support_rate: float = parameter(
        0.10, symbol="η", unit="1/week", plausible=(0.03, 0.25), allowed=(0, 1), zh="态度更新速度",
        en="Share of the gap closed in a week",
    )
    social_weight: float = parameter(
        0.5, symbol="ω", plausible=(0.25, 0.75), allowed=(0, 1), zh="社会影响权重",
        en="Weight of neighbours against own interest",
    )
    stubbornness_effect: float = parameter(
        0.6, plausible=(0.3, 0.9), allowed=(0, 1), zh="固执的减速作用",
        en="How far stubbornness slows change",
    )
    confidence_bound: float = parameter(
        0.9, symbol="ε", plausible=(0.5, 1.5), allowed=(0, 2), grade="B",
        source="Deffuant et al. 2000; Hegselmann & Krause 2002, rescaled", zh="信任界限",
        en="Confidence bound",
    )
    stairwell_influence: float = parameter(
        1.0, unit="ties", plausible=(0, 2), zh="单元氛围权重", en="Weight of the stairwell's mean voice",
    )
    building_influence: float = parameter(
        0.5, unit="ties", plausible=(0, 1), zh="楼栋氛围权重", en="Weight of the building's mean voice",
    )
    wechat_influence: float = parameter(
        1.0, unit="ties", plausible=(0, 2), zh="微信群氛围权重", en="Weight of the WeChat group's mean voice",
    )
    activity_influence: float = parameter(
        0.5, unit="ties", plausible=(0, 1), zh="活动小组氛围权重",
        en="Weight of the activity group's mean voice",
    )
    branch_influence: float = parameter(
        0.5, unit="ties", plausible=(0, 1), zh="党支部氛围权重（仅党员）",
        en="Weight of the Party branch's mean voice (members only)",
    )
    visit_gain: float = parameter(
        0.16, plausible=(0.02, 0.3), allowed=(0, 1), zh="入户走访效果", en="Effect of a trusted visit",
    )
    visit_fatigue: float = parameter(
        0.25, symbol="δ", unit="1/visit", plausible=(0.125, 0.375), zh="走访边际递减",
        en="Decay of effect with each visit",
    )
    visit_stubbornness: float = parameter(
        0.5, plausible=(0.25, 0.75), allowed=(0, 1), zh="固执对走访的削弱",
        en="How far stubbornness weakens a visit",
    )
    messenger_base: float = parameter(
        0.35, symbol="τ0", plausible=(0.2, 0.5), allowed=(-1, 1), zh="陌生走访者信任",
        en="Trust in any visitor",
    )
    messenger_trust: float = parameter(
        0.4, symbol="τ_T", plausible=(0.2, 0.6), allowed=(0, 1), zh="对街道信任的作用",
        en="Effect of trust in the office on a visit",
    )
    messenger_tie: float = parameter(
        0.3, symbol="τ_L", plausible=(0, 0.6), allowed=(0, 1), zh="熟人走访的作用",
        en="Effect of the visitor being a tie or stairwell neighbour",
    )
    messenger_elder: float = parameter(
        0.0, neutral=True, plausible=(-0.1, 0.3), allowed=(-1, 1), zh="老人作走访者的作用",
        en="Trust in an acquainted messenger who is an elder, added",
    )
    messenger_party: float = parameter(
        0.0, neutral=True, plausible=(-0.1, 0.3), allowed=(-1, 1), zh="党员作走访者的作用",
        en="Trust in an acquainted messenger from a Party household, added",
    )
    messenger_nominated: float = parameter(
        0.0, neutral=True, plausible=(-0.1, 0.3), allowed=(-1, 1), grade="B", source="Kim et al. 2015, direction",
        zh="被推举者作走访者的作用", en="Trust in an acquainted messenger whom others nominated, added",
    )
    messenger_reactance: float = parameter(
        0.0, neutral=True, symbol="τ_R", plausible=(0, 0.4), allowed=(0, 5), zh="逆反对走访的反作用",
        en="Trust in any visitor lost to reactance; below zero a visit pushes away",
    )
    messenger_voice: float = parameter(
        0.0, neutral=True, plausible=(0, 1), allowed=(0, 1), zh="走访者本人看法的分量",
        en="How far an acquainted messenger speaks for itself and not for the project",
    )
    messenger_stairwell: float = parameter(
        1.0, neutral=True, plausible=(0, 0.6), allowed=(0, 1), zh="同单元即相识",
        en="Chance that a messenger of the same stairwell counts as acquainted",
    )
    messenger_households: float = parameter(
        20000.0, neutral=True, unit="households", plausible=(5, 40), allowed=(0, 20000), zh="每位走访者能顾及的户数",
        en="Households one messenger can look after",
    )
    fairness_weight: float = parameter(
        0.2, symbol="w_fair", plausible=(0.1, 0.3), zh="公平感对态度的作用",
        en="Effect of fairness on support",
    )
    reactance_weight: float = parameter(
        0.05, symbol="κ_R", plausible=(0, 0.1), grade="B",
        source="reactance meta-analysis 2025 (hqaf016), direction", zh="逆反对态度的作用",
        en="Effect of reactance on support",
    )
    voice_social: float = parameter(
        0.6, symbol="θ_s", plausible=(0.5, 1), allowed=(0, 1), grade="B", source="Ye et al. 2019, form",
        zh="随众发言", en="Pull of what neighbours voice on what one says",
    )
    voice_pressure: float = parameter(
        1.0, symbol="θ_P", plausible=(0.5, 1.5), zh="压力对表态的作用",
        en="Pull of pressure on what one says",
    )

    # -- the office -----------------------------------------------------------------------------------------
    staff_effort: float = parameter(
        1.0, plausible=(0.25, 2.5), allowed=(0, 10), zh="实际投入工时的倍数",
        en="Staff hours really given, of those stated",
    )
    ranking_weeks: float = parameter(
        8.0, unit="weeks", plausible=(4, 13), zh="考核期限前的赶工期",
        en="Weeks before the deadline in which a ranked office hurries",
    )
    ranking_pressure: float = parameter(
        0.3, plausible=(0, 0.6), allowed=(0, 1), zh="考核下的施压程度",
        en="Pressure a ranked office turns to when it hurries",
    )
    ranking_proxies: float = parameter(
        0.1, plausible=(0, 0.3), allowed=(0, 1), zh="考核下的代签程度",
        en="Proxy signing a ranked office turns to when it hurries",
    )

    # -- pressure and reactance ---------------------------------------------------------------------------
    reactance_decay: float = parameter(
        0.06, symbol="δ_R", unit="1/week", plausible=(0.04, 0.09), allowed=(0, 1), grade="B",
        source="half-life 8–16 weeks", zh="逆反消退", en="Decay of reactance",
    )
    pressure_threshold: float = parameter(
        0.15, symbol="P*", plausible=(0.05, 0.3), allowed=(0, 1), zh="引发逆反的压力",
        en="Pressure above which reactance builds",
    )
    pressure_trust_loss: float = parameter(
        0.4, symbol="c_P", plausible=(0.2, 0.6), zh="压力的信任代价", en="Trust lost to pressure",
    )
    repeat_visit_pressure: float = parameter(
        0.1, unit="1/visit", plausible=(0, 0.2), zh="重复上门的压力",
        en="Pressure of each visit past patience",
    )
    visit_patience: float = parameter(
        3.0, unit="visits", plausible=(2, 6), zh="可接受走访次数",
        en="Visits before another is felt as pressure",
    )
    visit_rounds: float = parameter(
        0.0, neutral=True, plausible=(0, 2), allowed=(0, 100), zh="走访的轮转程度",
        en="How far each visit tried moves a household back where opinion decides who is visited; 2: everybody in turn",
    )
    autonomy_relief: float = parameter(
        0.5, plausible=(0, 0.8), allowed=(0, 1), zh="居民自主对逆反的缓解",
        en="How far deciding oneself lowers reactance",
    )

    # -- after pressure and enforcement -------------------------------------------------------------------
    resentment_signing: float = parameter(
        0.0, neutral=True, plausible=(0, 2), zh="违心签字留下的怨气",
        en="Resentment left by signing against one's mind under pressure",
    )
    resentment_enforcement: float = parameter(
        0.0, neutral=True, plausible=(0, 1), zh="强制拆除留下的怨气",
        en="Resentment left by losing a structure of standard size to the law",
    )
    resentment_half_life_weeks: float = parameter(
        52.0, unit="weeks", plausible=(8, 156), allowed=(1, 5200), zh="怨气半衰期", en="Half-life of resentment",
    )
    resentment_support: float = parameter(
        0.0, neutral=True, symbol="w_G", plausible=(0, 2), zh="怨气对态度的作用",
        en="Utility of the project lost to resentment of 1: what was taken stays a loss",
    )
    resentment_trust: float = parameter(
        0.0, neutral=True, unit="1/week", plausible=(0, 0.02), allowed=(0, 1), zh="怨气对信任的侵蚀",
        en="Trust in the office lost in a week to resentment of 1",
    )
    resentment_withdraw: float = parameter(
        0.0, neutral=True, unit="1/week", plausible=(0, 0.05), allowed=(0, 1), zh="怨气对反悔的作用",
        en="Hazard of withdrawing added by resentment of 1",
    )

    # -- fairness, trust, engagement ----------------------------------------------------------------------
    fairness_rate: float = parameter(
        0.10, symbol="μ_F", unit="1/round", plausible=(0.05, 0.15), allowed=(0, 1), zh="公平感变化速度",
        en="Change of fairness per round",
    )
    fairness_decay: float = parameter(
        0.01, symbol="δ_F", unit="1/week", plausible=(0.005, 0.015), allowed=(0, 1), zh="公平感回归",
        en="Return of fairness to neutral",
    )
    expected_responsiveness: float = parameter(
        0.3, symbol="resp0", plausible=(0.15, 0.45), allowed=(0, 1), zh="预期采纳率",
        en="Share of suggestions people expect to be adopted",
    )
    absent_attention: float = parameter(
        0.3, plausible=(0.1, 0.5), allowed=(0, 1), zh="未到会者的关注",
        en="Attention of those who did not attend",
    )
    trust_gain: float = parameter(
        0.05, symbol="α₊", plausible=(0.025, 0.1), allowed=(0, 1), grade="B",
        source="Slovic 1993, direction", zh="信任上升", en="Trust gained from a good surprise",
    )
    trust_loss: float = parameter(
        0.12, symbol="α₋", plausible=(0.05, 0.2), allowed=(0, 1), grade="B",
        source="Slovic 1993; later work finds symmetric cases, ratio 1–4", zh="信任下降",
        en="Trust lost to a bad surprise",
    )
    attend_base: float = parameter(
        -2.0, symbol="a0", unit="logit", plausible=(-3, -1), allowed=(-10, 5), zh="到会基础",
        en="Attendance, base",
    )
    attend_trust: float = parameter(
        1.2, symbol="a_T", unit="logit", plausible=(0.6, 1.8), zh="信任对到会的作用", en="Attendance, trust",
    )
    attend_elder: float = parameter(
        0.6, symbol="a_E", unit="logit", plausible=(0.3, 0.9), zh="老人对到会的作用", en="Attendance, elders",
    )
    attend_activist: float = parameter(
        1.0, symbol="a_A", unit="logit", plausible=(0, 2), zh="骨干对到会的作用", en="Attendance, activists",
    )
    attend_engagement: float = parameter(
        1.0, symbol="a_G", unit="logit", plausible=(0, 2), zh="参与习惯对到会的作用",
        en="Attendance, engagement",
    )
    attend_absent: float = parameter(
        1.0, symbol="a_abs", unit="logit", plausible=(0.5, 2), zh="不在住对到会的削弱",
        en="Attendance lost by absentees",
    )
    attend_open_air: float = parameter(
        0.4, unit="logit", plausible=(0, 0.8), zh="坝坝会对到会的作用",
        en="Attendance gained by open-air meetings",
    )
    engagement_gain: float = parameter(
        0.06, unit="1/occasion", plausible=(0.02, 0.12), allowed=(0, 1), zh="参与习惯增长",
        en="Engagement gained by taking part",
    )
    engagement_decay: float = parameter(
        0.01, unit="1/week", plausible=(0.003, 0.02), allowed=(0, 1), zh="参与习惯消退",
        en="Decay of engagement",
    )

    # -- consultation -------------------------------------------------------------------------------------
    suggest_attending: float = parameter(
        0.75, plausible=(0.4, 1), allowed=(0, 1), zh="到会者提建议概率",
        en="Chance an attendee makes a suggestion",
    )
    suggest_visited: float = parameter(
        0.35, plausible=(0.1, 0.6), allowed=(0, 1), zh="受访者提建议概率",
        en="Chance a visited household makes a suggestion",
    )
    disclosure_reach: float = parameter(
        0.5, plausible=(0.2, 0.8), allowed=(0, 1), zh="公示的触达", en="Attention added by full disclosure",
    )
    need_log_sd: float = parameter(
        0.5, plausible=(0, 0.8), allowed=(0, 3), zh="小区短板差异",
        en="Spread of what compounds lack: log of the wish for an item, common to a compound",
    )
    wish_of_beneficiaries: float = parameter(
        2.0, plausible=(1, 4), zh="受益户对该项的偏好倍数",
        en="Wish for an item among those it serves, relative",
    )
    wish_of_others: float = parameter(
        0.6, plausible=(0.2, 1), zh="非受益户对该项的偏好倍数",
        en="Wish for an item among those it does not serve",
    )
    menu_suggest: float = parameter(
        0.5, plausible=(0, 1), zh="菜单对提建议的作用", en="Suggestions added by a priced menu, relative",
    )
    feedback_value: float = parameter(
        0.3, plausible=(0, 0.6), allowed=(0, 1), zh="逐条答复的价值",
        en="Worth of a reasoned answer against adoption",
    )
    token_items: float = parameter(
        2.0, unit="items/round", plausible=(1, 4), allowed=(0, 20), zh="走过场时每轮自定项目",
        en="Items the office adopts of its own in a token round",
    )

    # -- who pays for the works ---------------------------------------------------------------------------
    alliance_yuan_per_household: float = parameter(
        1400.0, unit="yuan/household", plausible=(0, 3000), allowed=(0, 50000), grade="B",
        source="seed J6, J2: 700,000 / 497", zh="联盟单位筹资", en="Money an alliance gives",
    )
    alliance_premises: float = parameter(
        0.5, plausible=(0, 0.8), allowed=(0, 1), zh="存量用房节省的提升类成本",
        en="Cost of upgrade items saved by premises of an alliance",
    )
    renovate_once_saving: float = parameter(
        0.05, plausible=(0, 0.1), allowed=(0, 1), zh="最多改一次节省的成本", en="Cost saved by digging once",
    )
    renovate_once_nuisance: float = parameter(
        0.25, plausible=(0, 0.5), allowed=(0, 1), zh="最多改一次减少的扰民",
        en="Nuisance saved by digging once",
    )
    ceded_years: float = parameter(
        3.0, unit="years", plausible=(1, 5), allowed=(0, 30), zh="让渡公共收益年数",
        en="Years of common income ceded to the works",
    )
    company_investment_share: float = parameter(
        0.5, plausible=(0, 1), allowed=(0, 1), zh="运营方对提升类的投入",
        en="Residents' share of upgrade items an integrated operator pays",
    )
    third_party_share: float = parameter(
        0.015, plausible=(0.01, 0.03), allowed=(0, 0.2), zh="第三方监督费率",
        en="Cost of third-party supervision",
    )
    contribution_yuan: float = parameter(
        200.0, unit="yuan", plausible=(50, 500), allowed=(0, 20000), zh="楼道众筹金额",
        en="What a household is asked for its stairwell",
    )
    contribute_base: float = parameter(
        -0.5, unit="logit", plausible=(-1.5, 0.5), allowed=(-10, 10), zh="参与众筹基础",
        en="Contributing, base",
    )
    contribute_support: float = parameter(
        1.5, unit="logit", plausible=(0.5, 2.5), zh="态度对众筹的作用", en="Contributing, support",
    )
    contribute_income: float = parameter(
        0.8, unit="logit", plausible=(0, 1.6), zh="收入对众筹的作用",
        en="Contributing, income above the median",
    )
    left_out_fairness: float = parameter(
        0.1, plausible=(0, 0.2), allowed=(0, 1), zh="无力众筹者的不公平感",
        en="Fairness lost by those who could not contribute",
    )
    left_out_income: float = parameter(
        0.7, unit="median income", plausible=(0.5, 0.9), zh="无力众筹的收入界线",
        en="Income below which not contributing hurts",
    )
    contribution_quality: float = parameter(
        0.03, plausible=(0, 0.06), allowed=(0, 1), zh="众筹对交付质量的作用",
        en="Delivered quality gained when everybody contributes",
    )

    # -- signing, withdrawal, removal ---------------------------------------------------------------------
    sign_steepness: float = parameter(
        4.0, symbol="k", plausible=(2, 8), allowed=(0, 1e9), zh="签约陡度", en="Steepness of signing",
    )
    sign_threshold: float = parameter(
        0.25, symbol="θ", plausible=(0.1, 0.4), allowed=(-1, 1), zh="签约门槛",
        en="Support at which half sign",
    )
    sign_fresh: float = parameter(
        1.0, neutral=True, symbol="ζ", plausible=(0.02, 0.6), allowed=(0, 1), zh="每次签约的偶然成分",
        en="Share of chance in signing that is new at every ask; the rest is the household's own and stays",
    )
    refusal_memory: float = parameter(
        0.0, neutral=True, unit="1/refusal", plausible=(0, 1.5), zh="拒绝的记忆",
        en="How far each refusal weighs on being asked again without news",
    )
    refusal_pressure: float = parameter(
        0.0, neutral=True, unit="1/refusal", plausible=(0, 0.1), allowed=(0, 1), zh="拒绝后再访的压力",
        en="Pressure of being asked again without news, for each refusal",
    )
    withdrawal_refusals: float = parameter(
        0.0, neutral=True, unit="refusals", plausible=(0, 3), allowed=(0, 100), zh="撤回签字折合的拒绝次数",
        en="How many refusals a withdrawn signature counts for, rounded",
    )
    news_step: float = parameter(
        0.2, plausible=(0.1, 0.4), allowed=(0.02, 2), zh="算作新情况的变化",
        en="Change of neighbours' signatures or of one's own support that counts as news",
    )
    self_present_selective: float = parameter(
        0.0, neutral=True, plausible=(0, 1), allowed=(0, 1), zh="主动签约者的选择性",
        en="Share of those coming unasked who come only with private support and, once they refused, with news",
    )
    sign_social: float = parameter(
        0.9, symbol="χ_m", plausible=(0.45, 1.35), grade="B",
        source="Granovetter 1978; Centola & Macy 2007, form", zh="邻居签约的带动",
        en="Pull of neighbours' signatures",
    )
    sign_social_reference: float = parameter(
        0.25, symbol="M0", plausible=(0.1, 0.4), allowed=(0, 1), grade="B", source="Centola et al. 2018",
        zh="带动起点", en="Signed share at which neighbours neither pull nor push",
    )
    sign_pressure: float = parameter(
        1.1, symbol="χ_P", plausible=(0.55, 1.65), zh="压力对签约的作用", en="Pull of pressure on signing",
    )
    stairwell_weight: float = parameter(
        0.6, plausible=(0.3, 0.9), allowed=(0, 1), zh="单元在带动中的权重",
        en="Stairwell against ties in what neighbours do",
    )
    self_present: float = parameter(
        0.04, unit="1/week", plausible=(0.002, 0.06), allowed=(0, 1), zh="主动上门签约",
        en="Hazard of coming to sign",
    )
    absent_self_present: float = parameter(
        0.25, plausible=(0.1, 0.5), allowed=(0, 1), zh="不在住者主动签约折扣",
        en="Coming to sign, absentees relative to residents",
    )
    wechat_self_present: float = parameter(
        0.3, plausible=(0, 0.6), allowed=(0, 1), zh="微信群对主动签约的作用",
        en="Coming to sign, raised in the WeChat group and lowered outside",
    )
    absent_contact: float = parameter(
        0.3, plausible=(0.1, 0.6), allowed=(0, 1), zh="联系到不在住业主的概率",
        en="Chance a visit reaches an absentee owner",
    )
    withdraw_support: float = parameter(
        -0.3, plausible=(-0.5, -0.1), allowed=(-1, 1), zh="反悔门槛",
        en="Support below which a signer may withdraw",
    )
    withdraw_pressure: float = parameter(
        0.2, plausible=(0.1, 0.3), allowed=(0, 1), zh="压力解除界线",
        en="Pressure below which withdrawing is possible",
    )
    withdraw_hazard: float = parameter(
        0.01, unit="1/week", plausible=(0.005, 0.02), allowed=(0, 1), zh="反悔概率",
        en="Hazard of withdrawing",
    )
    withdraw_at_works: float = parameter(
        3.0, plausible=(1, 5), zh="开工首周反悔倍数", en="Withdrawal multiplied in the first week of works",
    )
    reconsider: float = parameter(
        0.0, neutral=True, plausible=(0, 0.3), allowed=(0, 1), zh="方案变更后撤签",
        en="Chance that an opposed signer takes the signature back when the plan changes",
    )
    removal_threshold: float = parameter(
        0.25, plausible=(0.1, 0.4), allowed=(-1, 1), zh="自拆门槛",
        en="Support at which half would remove, before loss",
    )
    removal_loss: float = parameter(
        0.15, plausible=(0, 0.3), zh="自拆损失权重", en="Weight of the loss in removing",
    )
    compliant_ties: float = parameter(
        2.0, unit="ties", plausible=(1, 3), allowed=(0, 10), grade="B", source="Centola & Macy 2007",
        zh="所需已拆邻居数", en="Distinct complying ties that make removal thinkable",
    )
    enforcement_trust_loss: float = parameter(
        0.25, plausible=(0.1, 0.4), allowed=(0, 1), zh="强制拆除的信任代价",
        en="Trust lost when a structure is cleared",
    )
    enforcement_reactance: float = parameter(
        1.0, plausible=(0, 2), zh="强制拆除引发的逆反",
        en="Reactance of a most prone household when cleared by law",
    )
    pioneer_support: float = parameter(
        -0.35, plausible=(-0.6, 0), allowed=(-1, 1), zh="先行者最低态度",
        en="Support a pioneer needs to act first",
    )
    pioneer_weekly: float = parameter(
        0.15, unit="1/week", plausible=(0.05, 0.3), allowed=(0, 1), zh="先行者行动速度",
        en="Hazard of a pioneer acting, per week",
    )
    member_support: float = parameter(
        0.0, plausible=(0, 0.2), allowed=(-1, 1), grade="B", source="Read 2012: no difference found",
        zh="党员身份本身对态度的作用", en="Shift of taste that goes with Party membership alone",
    )
    activist_support: float = parameter(
        0.0, plausible=(0, 0.3), allowed=(-1, 1), zh="骨干身份本身对态度的作用",
        en="Shift of taste that goes with activism alone",
    )
    proxy_rate: float = parameter(
        0.05, unit="1/week", plausible=(0.02, 0.1), allowed=(0, 1), zh="代签速度",
        en="Unsigned households signed for by others, per week at full intensity",
    )
    proxy_trust_loss: float = parameter(
        0.3, plausible=(0.1, 0.5), allowed=(0, 1), zh="代签被发现的信任代价",
        en="Trust lost when a proxy is found",
    )
    proxy_discovery: float = parameter(
        0.02, unit="1/week", plausible=(0.005, 0.05), allowed=(0, 1), zh="代签被发现概率",
        en="Hazard that a proxy signature is found and struck",
    )

    removal_ledger_share: float = parameter(
        0.25, plausible=(0.1, 0.4), allowed=(0, 1), grade="B", source="Centola et al. 2018, critical mass",
        zh="台账显示的带动比例", en="Share removed on a public ledger that makes removal thinkable",
    )
    freed_benefit: float = parameter(
        0.1, unit="1/(m²/household)", plausible=(0, 0.2), allowed=(0, 2), zh="腾出空间的收益",
        en="Benefit added by a square metre freed per household",
    )
    freed_income: float = parameter(
        3.0, unit="yuan/m²/month", plausible=(0, 6), allowed=(0, 100), zh="腾出空间的停车收益",
        en="Parking income of freed space",
    )
    strong_objection: float = parameter(
        -0.5, plausible=(-0.8, -0.2), allowed=(-1, 1), zh="强烈反对界线",
        en="Voiced opinion that counts as strong objection",
    )
    demonstration_attend: float = parameter(
        0.08, unit="1/visit", plausible=(0.02, 0.2), allowed=(0, 1), zh="参加观摩的概率",
        en="Chance of joining a visit to a finished compound",
    )
    demonstration_weight: float = parameter(
        0.5, plausible=(0, 1), allowed=(0, 1), grade="B",
        source="Banerjee et al. 2019; Airoldi & Christakis 2024, direction",
        zh="所见对可信度的作用", en="Weight of what one saw against trust",
    )
    grid_familiarity: float = parameter(
        0.5, plausible=(0, 1), allowed=(0, 1), zh="网格员相当于熟人的程度",
        en="How far a grid worker who knows the household is like a tie",
    )
    grid_contact: float = parameter(
        0.3, plausible=(0, 0.6), allowed=(0, 1), zh="网格员联系到业主的增量",
        en="Contact with absentees added by grid workers",
    )
    grid_reference: float = parameter(
        65.0, unit="households", plausible=(30, 100), allowed=(1, 2000), grade="A", source="seed J10: 30–100",
        zh="微网格户数", en="Households of a grid in which all are known",
    )

    # -- works --------------------------------------------------------------------------------------------
    mitigation_effect: float = parameter(
        0.45, plausible=(0.2, 0.7), allowed=(0, 1), zh="协调对扰民的缓解",
        en="Nuisance removed by full mediation",
    )
    complaint_hazard: float = parameter(
        0.02, unit="1/week", plausible=(0.005, 0.06), allowed=(0, 1), grade="B",
        source="seeds H3, H9: order of 0.1–2 issues per household", zh="投诉概率",
        en="Hazard of a complaint at full nuisance",
    )
    complaint_resolution: float = parameter(
        0.25, unit="1/week", plausible=(0.1, 0.5), allowed=(0, 1), zh="投诉办结（无机制）",
        en="Open complaints settled per week without mediation",
    )
    mediation_resolution: float = parameter(
        0.5, unit="1/week", plausible=(0.2, 0.7), allowed=(0, 1), zh="协调增加的办结",
        en="Complaints settled more by full mediation",
    )
    complaint_trust_loss: float = parameter(
        0.05, unit="1/week", plausible=(0.02, 0.1), allowed=(0, 1), zh="未决投诉的信任代价",
        en="Trust lost each week a complaint stays open",
    )
    complaint_delay: float = parameter(
        0.5, plausible=(0, 1), zh="投诉拖延工期", en="Progress lost per open complaint per household",
    )
    slowest_works: float = parameter(
        0.2, plausible=(0.1, 0.5), allowed=(0.01, 1), zh="最慢施工速度",
        en="Least pace of works under complaints",
    )
    branch_resolution: float = parameter(
        0.2, unit="1/week", plausible=(0, 0.4), allowed=(0, 1), zh="项目党支部增加的办结",
        en="Complaints settled more by a project branch",
    )
    branch_coordination: float = parameter(
        0.5, plausible=(0, 1), allowed=(0, 1), zh="项目党支部减少的拖延",
        en="Delay by complaints saved by a project branch",
    )
    third_party_effect: float = parameter(
        0.4, plausible=(0.2, 0.6), allowed=(0, 1), zh="第三方监督减少的缺陷",
        en="Defects avoided by third-party supervision",
    )
    review_repair: float = parameter(
        0.3, plausible=(0.1, 0.5), allowed=(0, 1), zh="复盘整改的缺陷",
        en="Defects so far mended after a review",
    )
    review_settles: float = parameter(
        0.5, plausible=(0.2, 0.8), allowed=(0, 1), zh="复盘办结的投诉",
        en="Open complaints settled by a review",
    )
    design_around: float = parameter(
        0.05, unit="1/week", plausible=(0.02, 0.1), allowed=(0, 1), zh="绕行方案",
        en="Hazard that a way round a refusing flat is found",
    )
    defect_rate: float = parameter(
        0.2, plausible=(0.1, 0.3), allowed=(0, 1), zh="缺陷比例（无监督）",
        en="Defective share without supervision",
    )
    supervision_effect: float = parameter(
        0.6, plausible=(0.3, 0.8), allowed=(0, 1), zh="监督减少的缺陷",
        en="Defects avoided by full supervision",
    )
    promised_quality: float = parameter(
        0.75, plausible=(0.65, 0.85), allowed=(0, 1), zh="承诺质量", en="Quality residents were promised",
    )
    delivery_base: float = parameter(
        0.80, plausible=(0.7, 0.9), allowed=(0, 1), zh="交付质量基础",
        en="Delivered quality without fit or defects",
    )
    delivery_fit: float = parameter(
        0.2, plausible=(0.1, 0.3), allowed=(0, 1), zh="契合对交付质量的作用",
        en="Delivered quality gained by plan fit",
    )
    delivery_risers: float = parameter(
        0.1, plausible=(0, 0.2), allowed=(0, 1), zh="未完成立管的损失",
        en="Delivered quality lost to unfinished risers",
    )
    delivery_surprise: float = parameter(
        4.0, plausible=(2, 6), zh="验收对信任的放大", en="Weight of delivery in trust",
    )
    infrastructure_decay: float = parameter(
        0.004, unit="1/bill", plausible=(0.002, 0.008), allowed=(0, 1), zh="设施老化（有管理）",
        en="Decay of infrastructure under good service",
    )
    infrastructure_neglect: float = parameter(
        0.012, unit="1/bill", plausible=(0.006, 0.024), allowed=(0, 1), zh="设施老化（失管）",
        en="Decay of infrastructure under poor service",
    )
    infrastructure_floor: float = parameter(
        0.15, plausible=(0.05, 0.25), allowed=(0, 1), zh="设施最低水平", en="Floor of infrastructure",
    )

    # -- lifts --------------------------------------------------------------------------------------------
    lift_call: float = parameter(
        0.1, unit="1/quarter", plausible=(0.03, 0.25), allowed=(0, 1), zh="发起加装电梯的概率",
        en="Chance that a stairwell with packages on offer calls a ballot",
    )
    lift_break_even: float = parameter(
        3.0, unit="floor", plausible=(2, 4), allowed=(1, 20), grade="B",
        source="Zhou, Liu & Yang, 2,133 resale flats",
        zh="电梯受益平衡楼层", en="Floor that neither gains nor loses by a lift",
    )
    lift_benefit: float = parameter(
        1.4, plausible=(0.7, 2.1), zh="电梯对顶层的收益", en="Benefit of a lift to the top floor",
    )
    lift_elder: float = parameter(
        0.5, plausible=(0, 1), zh="老人对电梯的额外收益", en="Extra benefit of a lift to elders, relative",
    )
    lift_loss: float = parameter(
        0.7, plausible=(0.35, 1.05), zh="电梯对底层的损失",
        en="Loss by a lift to the ground floor, before loss aversion",
    )
    lift_compensation_value: float = parameter(
        0.3, unit="1/(month of income)", plausible=(0.1, 0.6), zh="补偿对底层的作用",
        en="Worth of a month's income of compensation to a low floor",
    )
    lift_taste_sd: float = parameter(
        0.6, plausible=(0.3, 0.9), allowed=(0, 5), zh="对电梯的偏好差异", en="Spread of taste for a lift",
    )
    lift_base: float = parameter(
        0.1, plausible=(-0.3, 0.5), allowed=(-5, 5), zh="对电梯的基础态度",
        en="Attitude to a lift apart from floor and cost",
    )
    lift_steepness: float = parameter(
        4.0, plausible=(2, 8), zh="电梯投票陡度", en="Steepness of the vote on a lift",
    )
    lift_cost_weight: float = parameter(
        0.3, unit="1/(month of income)", plausible=(0.15, 0.45), zh="电梯自付的作用",
        en="Weight of one's own share of a lift",
    )
    lift_economy_yuan: float = parameter(
        400_000.0, unit="yuan", plausible=(300_000, 500_000), allowed=(0, 5e6), zh="低档电梯造价",
        en="Cost of an economy lift",
    )
    lift_standard_yuan: float = parameter(
        520_000.0, unit="yuan", plausible=(400_000, 650_000), allowed=(0, 5e6), zh="中档电梯造价",
        en="Cost of a standard lift",
    )
    lift_comfort_yuan: float = parameter(
        700_000.0, unit="yuan", plausible=(550_000, 1_000_000), allowed=(0, 5e6), grade="B",
        source="Beijing: 0.95–1.3 million, upper end", zh="高档电梯造价", en="Cost of a comfort lift",
    )
    lift_grade_value: float = parameter(
        0.15, plausible=(0, 0.3), allowed=(0, 1), zh="每升一档的收益",
        en="Benefit gained by each grade, relative",
    )
    lift_instalment_relief: float = parameter(
        0.35, plausible=(0.1, 0.6), allowed=(0, 1), zh="分期付款减轻的负担",
        en="Burden lifted by paying in instalments",
    )
    lift_card_relief: float = parameter(
        0.6, plausible=(0.3, 0.8), allowed=(0, 1), zh="按次刷卡减轻的负担",
        en="Burden lifted by paying for each use",
    )
    lift_card_users: float = parameter(
        0.75, plausible=(0.5, 0.9), allowed=(0, 1), zh="刷卡模式所需用户比例",
        en="Upper-floor households an operator needs to finance a lift paid by use",
    )
    lift_gap: float = parameter(
        0.15, plausible=(0, 0.3), allowed=(0, 0.9), zh="未赞成户可占的出资比例",
        en="Share of a lift's cost that need not come from those in favour",
    )
    lift_works_weeks: float = parameter(
        16.0, unit="weeks", plausible=(10, 26), allowed=(1, 104), zh="加装电梯工期",
        en="Weeks to build a lift",
    )
    lift_ballots_most: float = parameter(
        3.0, unit="ballots", plausible=(1, 6), allowed=(1, 100), zh="每单元最多表决次数",
        en="Ballots a stairwell holds at most",
    )

    # -- payment ------------------------------------------------------------------------------------------
    pay_base: float = parameter(
        1.1, symbol="a0", unit="logit", plausible=(0.5, 3), allowed=(-10, 10), zh="缴费基础",
        en="Payment, base",
    )
    pay_quality: float = parameter(
        2.2, symbol="p_q", unit="logit", plausible=(1.1, 3.3), zh="服务质量的作用", en="Payment, quality",
    )
    pay_belief: float = parameter(
        1.8, symbol="p_b", unit="logit", plausible=(0.9, 6), grade="B",
        source="Fischbacher & Gächter 2010, slope 0.4–0.8", zh="对他人缴费信念的作用",
        en="Payment, belief that others pay",
    )
    pay_unconditional: float = parameter(
        0.9, symbol="p_u", unit="logit", plausible=(0.45, 1.35), zh="无条件合作者",
        en="Payment, unconditional cooperators",
    )
    pay_free_rider: float = parameter(
        2.7, symbol="p_fr", unit="logit", plausible=(1.2, 4.0), zh="搭便车者",
        en="Payment lost with free riders",
    )
    pay_trust: float = parameter(
        1.3, symbol="p_T", unit="logit", plausible=(0.65, 1.95), zh="信任物业的作用",
        en="Payment, trust in the company",
    )
    pay_habit: float = parameter(
        1.25, symbol="p_h", unit="logit", plausible=(0.8, 2), grade="B",
        source="HKU thesis 2025, direction", zh="缴费习惯的作用", en="Payment, habit",
    )
    pay_pledge: float = parameter(
        0.6, symbol="p_s", unit="logit", plausible=(0.3, 0.9), zh="承诺缴费的作用", en="Payment, pledge",
    )
    pledge_unwilling: float = parameter(
        0.2, plausible=(0, 0.5), allowed=(0, 1), zh="言不由衷承诺的折扣",
        en="Force of a pledge given without support",
    )
    pay_fee: float = parameter(
        0.3, symbol="p_φ", unit="logit", plausible=(0.15, 0.45), zh="费用负担的作用",
        en="Payment lost per standard bill at median income",
    )
    pay_reactance: float = parameter(
        0.45, symbol="p_R", unit="logit", plausible=(0.2, 0.7), zh="逆反的作用",
        en="Payment lost with reactance",
    )
    pay_absent: float = parameter(
        0.8, symbol="p_abs", unit="logit", plausible=(0.4, 1.2), zh="空置的作用",
        en="Payment lost with vacancy",
    )
    pay_rented: float = parameter(
        0.0, neutral=True, unit="logit", plausible=(0, 0.8), zh="出租的作用",
        en="Payment lost with owners who rent their flat out",
    )
    pay_resentment: float = parameter(
        0.0, neutral=True, symbol="p_G", unit="logit", plausible=(0, 1.5), zh="怨气的作用",
        en="Payment lost with resentment of 1",
    )
    free_rider_messages: float = parameter(
        1.0, neutral=True, plausible=(0, 1), allowed=(0, 1), zh="搭便车者对提醒的反应",
        en="What reminders and norm messages do to free riders, relative to others",
    )
    free_rider_dunning: float = parameter(
        1.0, neutral=True, plausible=(0, 2), allowed=(0, 5), zh="搭便车者对催缴的反应",
        en="What lawful dunning does to free riders, relative to others",
    )
    cooperation_drift: float = parameter(
        0.0, neutral=True, unit="rounds/bill", plausible=(0, 1.5), allowed=(0, 5), zh="合作类型的漂移",
        en="How many rounds of the laboratory a bill counts for in the drift of types",
    )
    drift_with_company: float = parameter(
        1.0, neutral=True, plausible=(0, 1), allowed=(0, 1), zh="有物业时的漂移折扣",
        en="Drift of types where a company serves, relative to self-management without sanctions",
    )
    drift_to_selfish: float = parameter(
        0.109, unit="1/round", plausible=(0.08, 0.14), allowed=(0, 0.5), grade="A",
        source="Andreozzi, Ploner & Saral 2020: .137 a round at a belief of .37",
        zh="条件合作转为搭便车", en="Conditional cooperators who turn selfish in a round, at a belief of one half",
    )
    drift_to_conditional: float = parameter(
        0.147, unit="1/round", plausible=(0.11, 0.19), allowed=(0, 0.5), grade="A",
        source="Andreozzi, Ploner & Saral 2020: .109 a round at a belief of .37",
        zh="搭便车转为条件合作", en="Selfish households who turn conditional in a round, at a belief of one half",
    )
    pay_dunning: float = parameter(
        0.3, symbol="p_leg", unit="logit", plausible=(0.1, 0.5), zh="依法催缴的作用",
        en="Payment, lawful dunning",
    )
    pay_reminder: float = parameter(
        0.14, symbol="p_r", unit="logit", plausible=(0.08, 0.2), grade="B",
        source="Antinyan & Asatryan 2025: +2.7 points at 25 %", zh="提醒的作用", en="Payment, reminder",
    )
    pay_norm: float = parameter(
        0.07, symbol="p_n", unit="logit", plausible=(0, 0.33), grade="B",
        source="Antinyan & Asatryan 2025: +1.4 points; Del Carpio 2014: at most 0.33", zh="真实缴费率告知的作用",
        en="Payment, truthful norm message (only above one half)",
    )
    pay_engagement: float = parameter(
        0.5, symbol="p_g", unit="logit", plausible=(0, 1), zh="参与习惯对缴费的作用",
        en="Payment, engagement",
    )
    quality_reference: float = parameter(
        0.45, symbol="q0", plausible=(0.35, 0.55), allowed=(0, 1), zh="参照质量",
        en="Quality expected at the standard fee",
    )
    quality_expected_per_fee: float = parameter(
        0.15, plausible=(0, 0.3), zh="费用抬高的期望", en="Quality expected more when the fee doubles",
    )
    quality_noise: float = parameter(
        0.12, plausible=(0.05, 0.2), allowed=(0, 1), zh="质量感受差异", en="Spread of experienced quality",
    )
    open_accounts_trust: float = parameter(
        0.01, unit="1/bill", plausible=(0, 0.02), allowed=(0, 1), zh="账目公开的信任收益",
        en="Trust gained by open accounts",
    )
    habit_rate: float = parameter(
        0.25, symbol="λ_h", unit="1/bill", plausible=(0.15, 0.35), allowed=(0, 1), zh="习惯更新",
        en="Update of habit",
    )
    habit_idle: float = parameter(
        0.10, unit="1/bill", plausible=(0, 0.25), allowed=(0, 1), zh="无账单时习惯消退",
        en="Fading of habit when nobody bills",
    )
    belief_rate: float = parameter(
        0.35, symbol="λ_b", unit="1/bill", plausible=(0.2, 0.5), allowed=(0, 1), zh="信念更新",
        en="Update of belief",
    )
    pledge_belief: float = parameter(
        0.15, plausible=(0, 0.3), allowed=(0, 1), zh="公开承诺提升的信念",
        en="Belief added when everyone has pledged",
    )
    example_belief: float = parameter(
        0.1, plausible=(0, 0.15), allowed=(0, 1), grade="B", source="Gächter & Renner 2018, direction",
        zh="先行者缴费提升的信念", en="Belief added by a neighbour who pays first in public",
    )
    arrears_repaid: float = parameter(
        0.1, plausible=(0, 0.3), allowed=(0, 1), zh="补缴概率", en="Chance a payer also settles one old bill",
    )
    dunning_repaid: float = parameter(
        0.4, plausible=(0.1, 0.7), allowed=(0, 1), zh="催缴增加的补缴",
        en="Chance added by full lawful dunning",
    )
    mediation_after: float = parameter(
        3.0, unit="bills", plausible=(2, 6), allowed=(1, 60), zh="欠几期后调解",
        en="Bills owed before mediation",
    )
    suit_after: float = parameter(
        6.0, unit="bills", plausible=(4, 13), allowed=(1, 60), zh="欠几期后起诉",
        en="Bills owed before a suit",
    )
    demand_force: float = parameter(
        0.6, plausible=(0.3, 1), zh="书面催告的力度", en="Force of a written demand, relative",
    )
    mediation_force: float = parameter(
        1.0, plausible=(0.5, 1.5), zh="调解的力度", en="Force of mediation, relative",
    )
    suit_force: float = parameter(
        1.6, plausible=(1, 2.5), zh="诉讼的力度", en="Force of a suit, relative",
    )
    suit_yuan: float = parameter(
        100.0, unit="yuan", plausible=(50, 300), allowed=(0, 10000), zh="起诉成本",
        en="Cost of a suit to the company",
    )
    pay_points: float = parameter(
        0.15, unit="logit", plausible=(0, 0.3), zh="积分对缴费的作用", en="Payment, points",
    )
    points_crowding: float = parameter(
        0.1, unit="logit", plausible=(0, 0.3), grade="B",
        source="Frey & Oberholzer-Gee 1997; Bowles & Polanía-Reyes 2012, direction",
        zh="积分对自觉缴费者的挤出", en="Payment lost among unconditional cooperators to points",
    )
    attend_points: float = parameter(
        0.2, unit="logit", plausible=(0, 0.4), zh="积分对到会的作用", en="Attendance, points",
    )
    points_yuan: float = parameter(
        5.0, unit="yuan/bill", plausible=(2, 10), allowed=(0, 500), zh="每期积分价值",
        en="Worth of the points of a paid bill",
    )
    pay_contributed: float = parameter(
        0.3, unit="logit", plausible=(0, 0.6), zh="众筹者的缴费承诺感",
        en="Payment, having contributed to one's stairwell",
    )
    naming_pays: float = parameter(
        0.3, unit="logit", plausible=(-0.1, 0.6), allowed=(-5, 5), zh="公示欠费户的作用",
        en="Payment, naming debtors",
    )
    naming_trust_loss: float = parameter(
        0.05, plausible=(0.02, 0.1), allowed=(0, 1), zh="公示欠费户的信任代价",
        en="Trust lost by a named debtor",
    )

    # -- the company --------------------------------------------------------------------------------------
    reference_fee: float = parameter(
        0.5, unit="yuan/m²/month", plausible=(0.3, 1), allowed=(0.05, 10), grade="B", source="domain E.4",
        zh="成本参照费用", en="Fee at which full collection is the unit of cost",
    )
    fixed_cost: float = parameter(
        0.40, unit="full collections", plausible=(0.3, 0.6), zh="固定成本", en="Fixed cost of the company",
    )
    effort_cost: float = parameter(
        0.55, unit="full collections", plausible=(0.4, 0.9), zh="投入成本", en="Cost of full effort",
    )
    deficit_limit: float = parameter(
        2.2, unit="full collections", plausible=(1, 8), zh="可承受亏空",
        en="Deficit a company bears before notice",
    )
    company_exit: float = parameter(
        0.0, neutral=True, unit="1/year", plausible=(0, 0.06), allowed=(0, 1), grade="C",
        source="3.3 % of estates change their company in a year (targets F6)", zh="物业正常更替",
        en="Companies that give notice in a year where nothing is wrong",
    )
    effort_adjustment: float = parameter(
        0.25, unit="1/bill", plausible=(0.1, 0.4), allowed=(0, 1), zh="投入调整",
        en="Reaction of effort to the balance",
    )
    effort_floor: float = parameter(
        0.1, plausible=(0.05, 0.2), allowed=(0, 1), zh="最低投入", en="Least effort",
    )
    notice_weeks: float = parameter(
        13.0, unit="weeks", plausible=(13, 13), allowed=(0, 52), grade="A",
        source="Civil Code art. 947: 90 days", zh="退出通知期", en="Notice before leaving",
    )
    quality_lag: float = parameter(
        0.25, unit="1/bill", plausible=(0.15, 0.4), allowed=(0, 1), zh="质量调整",
        en="Reaction of quality to effort",
    )
    quality_base: float = parameter(
        0.07, plausible=(0, 0.15), allowed=(0, 1), zh="质量基础", en="Quality without effort",
    )
    quality_effort: float = parameter(
        0.75, plausible=(0.6, 0.9), allowed=(0, 1), zh="投入对质量的作用", en="Quality from full effort",
    )
    quality_infrastructure: float = parameter(
        0.12, plausible=(0, 0.25), allowed=(0, 1), zh="设施对质量的作用",
        en="Quality from new infrastructure",
    )
    fallback_quality: float = parameter(
        0.15, plausible=(0.1, 0.3), allowed=(0, 1), zh="街道代管质量", en="Quality under street fallback",
    )
    handover_trust: float = parameter(
        0.25, plausible=(0.1, 0.4), allowed=(0, 1), zh="新物业初始信任",
        en="Trust a new company starts with, before the office's",
    )
    selection_trust: float = parameter(
        0.15, plausible=(0, 0.3), allowed=(0, 1), zh="共同选聘的信任收益",
        en="Trust gained by joint selection",
    )
    integration_quality: float = parameter(
        0.1, plausible=(0, 0.2), allowed=(0, 1), zh="建管一体的质量收益",
        en="Defects avoided and quality kept by build–manage integration",
    )
    trial_trust: float = parameter(
        0.08, unit="1/bill", plausible=(0, 0.15), allowed=(0, 1), zh="试用期信任收益",
        en="Trust gained in a free trial, per unit of surprise",
    )

    before_quality: float = parameter(
        0.25, plausible=(0.15, 0.35), allowed=(0, 1), zh="改造前物业质量",
        en="Quality of the company before the works",
    )
    before_effort: float = parameter(
        0.35, plausible=(0.2, 0.5), allowed=(0, 1), zh="改造前物业投入",
        en="Effort of the company before the works",
    )
    belief_without_company: float = parameter(
        0.15, plausible=(0, 0.3), allowed=(0, 1), zh="无物业时的信念",
        en="Belief that others would pay where nobody bills",
    )
    handover_quality: float = parameter(
        0.5, plausible=(0.4, 0.6), allowed=(0, 1), zh="新物业初始质量",
        en="Quality a new company starts with",
    )
    handover_effort: float = parameter(
        0.6, plausible=(0.4, 0.8), allowed=(0, 1), zh="新物业初始投入", en="Effort a new company starts with",
    )
    trial_weeks: float = parameter(
        26.0, unit="weeks", plausible=(13, 26), allowed=(0, 156), zh="试用期", en="Weeks of a full trial",
    )
    trial_subsidy: float = parameter(
        0.8, unit="full collections", plausible=(0.6, 1), zh="试用期补贴", en="Subsidy a bill during a trial",
    )
    concession_income: float = parameter(
        0.3, unit="full collections", plausible=(0.1, 0.5), zh="资产让利收益",
        en="Income a bill from full concessions",
    )
    owners_patience: float = parameter(
        1.5, plausible=(1, 2), zh="业主承担亏空的倍数",
        en="Deficit that owners' accounts bear, relative to a company",
    )
    steady_effort: float = parameter(
        0.5, plausible=(0.3, 1), allowed=(0, 1), zh="预算制的投入调整",
        en="Reaction of effort under commission or trust, relative",
    )
    commission_openness: float = parameter(
        0.5, plausible=(0.3, 0.7), allowed=(0, 1), zh="酬金制的账目公开",
        en="Openness of the books on commission",
    )
    trust_openness: float = parameter(
        0.8, plausible=(0.6, 1), allowed=(0, 1), zh="信托制的账目公开", en="Openness of the books in trust",
    )
    self_openness: float = parameter(
        0.6, plausible=(0.4, 0.9), allowed=(0, 1), zh="自管的账目公开",
        en="Openness of the books under self-management",
    )
    self_fixed_cost: float = parameter(
        0.6, plausible=(0.4, 0.8), allowed=(0, 1), zh="自管的固定成本",
        en="Fixed cost under self-management, relative",
    )
    self_effort_base: float = parameter(
        0.35, plausible=(0.2, 0.5), allowed=(0, 1), zh="自管投入基础",
        en="Effort self-management can sustain without engagement",
    )
    self_effort_engagement: float = parameter(
        1.5, plausible=(0.5, 2.5), zh="参与习惯对自管的作用",
        en="Effort self-management gains with engagement",
    )
    committee_target: float = parameter(
        0.7, plausible=(0.5, 0.9), allowed=(0, 1), zh="业委会要求的投入",
        en="Effort an active committee insists on",
    )
    committee_monitoring: float = parameter(
        0.15, unit="1/bill", plausible=(0, 0.3), allowed=(0, 1), zh="业委会监督的作用",
        en="Share of the gap to that effort closed by a committee",
    )
    dismissal_quality: float = parameter(
        0.3, plausible=(0.2, 0.4), allowed=(0, 1), zh="启动解聘的质量",
        en="Quality below which a committee thinks of dismissal",
    )
    dismissal_bills: float = parameter(
        3.0, unit="bills", plausible=(2, 6), allowed=(1, 60), zh="启动解聘的期数",
        en="Poor bills before a vote on dismissal",
    )
    dismissal_weeks: float = parameter(
        9.0, unit="weeks", plausible=(9, 9), allowed=(0, 52), grade="A",
        source="Civil Code art. 946: 60 days",
        zh="解聘通知期", en="Notice to a dismissed company",
    )
    dismiss_base: float = parameter(
        0.0, unit="logit", plausible=(-0.5, 0.5), allowed=(-10, 10), zh="赞成解聘基础",
        en="Approving dismissal, base",
    )
    joint_meeting_quality: float = parameter(
        0.05, plausible=(0, 0.1), allowed=(0, 1), zh="联席会议的质量收益",
        en="Quality kept by joint meetings",
    )
    joint_meeting_trust: float = parameter(
        0.01, unit="1/bill", plausible=(0, 0.02), allowed=(0, 1), zh="联席会议的信任收益",
        en="Trust gained by joint meetings",
    )
    cross_effort: float = parameter(
        0.2, plausible=(0, 0.4), allowed=(0, 1), zh="交叉任职保住的投入",
        en="Least effort added by cross-appointments",
    )
    cross_trust: float = parameter(
        0.03, unit="1/bill", plausible=(0, 0.06), allowed=(0, 1), zh="交叉任职的信任传递",
        en="Trust in the company drawn to that in the office by cross-appointments",
    )
    supervisory_openness: float = parameter(
        0.3, plausible=(0, 0.6), allowed=(0, 1), zh="监督委员会增加的公开",
        en="Openness added by a supervisory committee",
    )

    # -- hiring the company by ballot ---------------------------------------------------------------------
    ballot_base: float = parameter(
        1.6, unit="logit", plausible=(0.8, 2.4), allowed=(-10, 10), zh="书面表决参与基础",
        en="Taking part in a written ballot, base",
    )
    ballot_organised: float = parameter(
        0.8, unit="logit", plausible=(0, 1.6), allowed=(0, 10), zh="共同选聘对表决的作用",
        en="Taking part and approving, raised by joint selection",
    )
    approve_base: float = parameter(
        0.5, unit="logit", plausible=(0, 1), allowed=(-10, 10), zh="赞成选聘基础",
        en="Approving the company, base",
    )
    approve_support: float = parameter(
        1.0, unit="logit", plausible=(0.5, 1.5), zh="项目态度对赞成的作用",
        en="Approving, support for the project",
    )
    approve_trust: float = parameter(
        2.0, unit="logit", plausible=(1, 3), zh="信任物业对赞成的作用", en="Approving, trust in the company",
    )
    ballot_retry_weeks: float = parameter(
        12.0, unit="weeks", plausible=(4, 26), allowed=(1, 156), zh="表决失败后重试间隔",
        en="Weeks until a failed ballot is repeated",
    )

    committee_ballot_weeks: float = parameter(
        26.0, unit="weeks", plausible=(13, 52), allowed=(1, 156), zh="公司退出后重新选聘间隔",
        en="Weeks between ballots after a company has left",
    )

    # -- what the office's devices take -------------------------------------------------------------------
    messenger_share: float = parameter(
        0.2, plausible=(0.05, 0.3), allowed=(0, 1), zh="邻里信使比例",
        en="Households that carry the message at full intensity",
    )
    pioneer_share_of_all: float = parameter(
        0.2, plausible=(0.1, 0.3), allowed=(0, 1), zh="不限身份时先行者比例",
        en="Households asked to act first where anyone may",
    )
    activity_share: float = parameter(
        0.3, plausible=(0.1, 0.4), allowed=(0, 1), zh="活动小组参与比例",
        en="Households that join an activity group",
    )
    activity_occasion: float = parameter(
        0.25, unit="1/week", plausible=(0.1, 0.5), zh="活动小组的参与机会",
        en="Occasions an activity group offers",
    )
    group_tie: float = parameter(
        0.1, unit="1/month", plausible=(0, 0.2), allowed=(0, 1), zh="活动中新结识",
        en="Chance that a member of a group meets another household's member",
    )
    volunteer_share: float = parameter(
        0.1, plausible=(0.02, 0.15), allowed=(0, 1), zh="志愿者比例",
        en="Households that volunteer at full intensity",
    )
    volunteer_hours: float = parameter(
        0.25, unit="hours/week", plausible=(0.1, 0.5), allowed=(0, 10), zh="志愿者每周工时",
        en="Hours of a volunteer for the project",
    )
    volunteer_occasion: float = parameter(
        0.5, unit="1/week", plausible=(0.2, 1), zh="志愿服务的参与机会", en="Occasions volunteering offers",
    )
    member_hours: float = parameter(
        0.5, unit="hours/week", plausible=(0.25, 1), allowed=(0, 10), zh="报到党员每周工时",
        en="Hours of a registered member",
    )
    recognition_occasion: float = parameter(
        0.3, plausible=(0, 0.6), zh="表彰相当的参与机会", en="Engagement of being praised, in occasions",
    )
    reference_households: float = parameter(
        500.0, unit="households", plausible=(500, 500), allowed=(1, 100000), zh="工时参照户数",
        en="Households for which hours of devices are stated",
    )
    tailored_visit_hours: float = parameter(
        1.0, unit="hours", plausible=(0.5, 2), zh="一户一策增加的工时",
        en="Hours a tailored plan adds to a visit",
    )
    mediation_hours: float = parameter(
        10.0, unit="hours/week", plausible=(5, 20), allowed=(0, 500), zh="调解工时",
        en="Hours of mediation during works",
    )
    branch_hours: float = parameter(
        6.0, unit="hours/week", plausible=(3, 12), allowed=(0, 500), zh="项目党支部工时",
        en="Hours of a project branch",
    )
    publicity_hours: float = parameter(
        8.0, unit="hours/week", plausible=(4, 16), allowed=(0, 500), zh="宣传工时", en="Hours of publicity",
    )
    activity_hours: float = parameter(
        6.0, unit="hours/week", plausible=(3, 12), allowed=(0, 500), zh="活动小组工时",
        en="Hours of activity groups",
    )
    volunteering_hours: float = parameter(
        2.0, unit="hours/week", plausible=(1, 4), allowed=(0, 500), zh="组织志愿者工时",
        en="Hours of organising volunteers",
    )
    grid_hours: float = parameter(
        4.0, unit="hours/week", plausible=(2, 8), allowed=(0, 500), zh="网格工时",
        en="Hours of keeping up the grids",
    )
    recognition_hours: float = parameter(
        2.0, unit="hours/week", plausible=(1, 4), allowed=(0, 500), zh="表彰工时", en="Hours of recognition",
    )
    demonstration_hours: float = parameter(
        2.5, unit="hours/week", plausible=(1, 5), allowed=(0, 500), zh="观摩工时",
        en="Hours of visits to finished compounds",
    )
    feedback_hours: float = parameter(
        4.0, unit="hours/week", plausible=(2, 8), allowed=(0, 500), zh="反馈工时",
        en="Hours of answering suggestions",
    )
    committee_hours: float = parameter(
        2.0, unit="hours/week", plausible=(1, 4), allowed=(0, 500), zh="指导业委会工时",
        en="Hours of helping a committee",
    )
    joint_meeting_hours: float = parameter(
        3.0, unit="hours/week", plausible=(1, 6), allowed=(0, 500), zh="联席会议工时",
        en="Hours of joint meetings",
    )
    publicity_yuan: float = parameter(
        0.1, unit="yuan/household/week", plausible=(0, 0.3), allowed=(0, 100), zh="宣传费用",
        en="Money for publicity",
    )
    activity_yuan: float = parameter(
        0.1, unit="yuan/household/week", plausible=(0, 0.3), allowed=(0, 100), zh="活动费用",
        en="Money for activity groups",
    )
    recognition_yuan: float = parameter(
        0.1, unit="yuan/household/week", plausible=(0, 0.3), allowed=(0, 100), zh="表彰费用",
        en="Money for recognition",
    )
    demonstration_yuan: float = parameter(
        0.2, unit="yuan/household/week", plausible=(0, 0.6), allowed=(0, 100), zh="观摩费用",
        en="Money for visits to finished compounds",
    )

    # -- unobserved differences between compounds ----------------------------------------------------------
    company_cost_sd: float = parameter(
        0.15, plausible=(0, 0.25), allowed=(0, 0.6), zh="物业成本差异",
        en="Spread of company cost between compounds",
    )
    contractor_sd: float = parameter(
        0.06, plausible=(0, 0.12), allowed=(0, 0.5), zh="施工单位差异",
        en="Spread of contractor quality between compounds",
    )

    # -- turnover -----------------------------------------------------------------------------------------
    move_rate: float = parameter(
        0.04, unit="1/year", plausible=(0.02, 0.08), allowed=(0, 1), zh="住户更替",
        en="Households replaced in a year",
    )
    return_rate: float = parameter(
        0.04, unit="1/year", plausible=(0, 0.1), allowed=(0, 1), zh="出租转自住",
        en="Rented flats reoccupied by owners after renovation",
    )

    # fmt: on

    @classmethod
    def declared(cls) -> Self:
        """Every coefficient as it is declared: before calibration, mechanisms that were added later without effect."""
        return cls(**{name: one.declared for name, one in declarations(cls).items()})

    def record(self) -> np.void:
        """The values as one row of the engine's parameter table (`PARAMETER_TYPE`)."""
        own = self.__dict__
        values = np.array([own[name] for name in _NAMES], np.float64)
        row: np.void = values.view(PARAMETER_TYPE)[0]
        return row


def _take_defaults(values: Mapping[str, float]) -> None:
    """Make the calibrated values the defaults."""
    for name, value in values.items():
        Parameters.model_fields[name].default = value
    Parameters.model_rebuild(force=True)


_take_defaults(CALIBRATED)


@dataclass(frozen=True)
class Declaration:
    """What is known of one parameter, for tables, sliders and sweep bounds."""

    name: str
    default: float
    declared: float
    neutral: bool
    unit: str
    plausible: tuple[float, float]
    allowed: tuple[float, float]
    symbol: str
    zh: str
    en: str
    grade: str
    source: str


@cache
def declarations(of: type[BaseModel] = Parameters) -> Mapping[str, Declaration]:
    """Every declared coefficient of a parameter class by name, in the order of declaration."""
    return MappingProxyType({name: _declaration(name, field) for name, field in of.model_fields.items()})


def _declaration(name: str, field: FieldInfo) -> Declaration:
    assert isinstance(field.json_schema_extra, dict)
    extra: dict[str, Any] = field.json_schema_extra
    bounds = {type(m).__name__: m for m in field.metadata}
    low, high = extra["plausible"]
    return Declaration(
        name=name,
        default=float(field.default),
        declared=float(extra["declared"]),
        neutral=bool(extra["neutral"]),
        unit=str(extra["unit"]),
        plausible=(low, high),
        allowed=(float(bounds["Ge"].ge), float(bounds["Le"].le)),
        symbol=str(extra["symbol"]),
        zh=str(extra["title_zh"]),
        en=str(field.title),
        grade=str(extra["grade"]),
        source=str(extra["source"]),
    )


#: The engine reads a parameter as `p.name`, double precision.
_NAMES = tuple(Parameters.model_fields)
PARAMETER_TYPE = np.dtype([(name, np.float64) for name in _NAMES])
